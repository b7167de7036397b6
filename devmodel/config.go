package devmodel

import (
	"io"
	"runtime"
	"time"

	"github.com/slipstream-go/slipstream/devmodel/internal/progress"
	"github.com/slipstream-go/slipstream/devmodel/llamacpp"
)

// Config says which model is wanted and where things are kept. Its zero value works.
type Config struct {
	// Model is a name of the catalogue (see Names) or any that an Ollama server knows.
	// Defaults to qwen-coder-1.5b.
	Model string
	// Embedder is a second model, on the same Ollama, that embeds, such as all-minilm. The server of
	// llama.cpp has none. Defaults to none.
	Embedder string
	// Dir keeps the servers' data and the weights. Several processes may share it.
	// Defaults to SLIPSTREAM_CACHE, else to slipstream in the user's cache folder.
	Dir string
	// Context is the tokens of context per request. Defaults to 2048.
	Context int
	// Threads compute. They spin at barriers, so one per core stalls as soon as anything else runs.
	// Defaults to the number of cores less one, at least one.
	Threads int
	// Parallel is how many requests the server decodes together. More on few cores only adds slots that each
	// start cold. Defaults to 1 on up to 4 cores, else to 2.
	Parallel int
	// Patience is how long a pull may go without a byte before it is given up. Defaults to 15 seconds.
	Patience time.Duration
	// Progress takes a line for people, see Lines; it is called from one goroutine at a time. Defaults to
	// silence.
	Progress func(line string)
}

func (c Config) withDefaults() (Config, error) {
	var err error
	if c.Dir == "" {
		c.Dir, err = llamacpp.CacheDir()
	}

	if c.Model == "" {
		c.Model = Names()[0]
	}

	if c.Progress == nil {
		c.Progress = func(string) {}
	}
	c.Context = positive(c.Context, 2048)
	c.Threads = positive(c.Threads, max(1, runtime.NumCPU()-1))
	c.Parallel = positive(c.Parallel, min(2, 1+runtime.NumCPU()/5))
	c.Patience = positive(c.Patience, 15*time.Second)

	return c, err
}

func positive[N int | time.Duration](n, otherwise N) N {
	if n > 0 {
		return n
	}
	return otherwise
}

// Names are the models to chat with that can be brought without Ollama, the default first.
func Names() []string { return llamacpp.Names() }

// Lines is for Config.Progress: it prints lines to a file or a terminal, where a bar is drawn over the one
// before.
func Lines(w io.Writer) func(line string) { return progress.Lines(w) }
