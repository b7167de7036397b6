package devmodel

import (
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Version is the Ollama that is built when none is found. Later ones (v0.30 and up) keep their inference code
// outside the Go module and cannot be built from it alone.
const Version = "v0.24.0"

// Config says which model is wanted and where things are kept. Its zero value works.
type Config struct {
	// Model is a name of the catalogue (see Names) or any that an Ollama server knows.
	// Defaults to qwen-coder-1.5b.
	Model string
	// Embedder is a second model, on the same server, that embeds: a name of Embedders or any that the
	// server knows. Defaults to none.
	Embedder string
	// Dir keeps the binary, the weights and the server's data. Several processes may share it.
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
	// Progress takes a line for people; it is called from one goroutine at a time. Defaults to silence.
	Progress func(line string)
}

func (c Config) withDefaults() (Config, error) {
	var err error
	if c.Dir == "" {
		c.Dir, err = cacheDir()
	}

	if c.Model == "" {
		c.Model = catalogue[0].name
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

func cacheDir() (string, error) {
	if d := os.Getenv("SLIPSTREAM_CACHE"); d != "" {
		return filepath.Abs(d)
	}
	d, err := os.UserCacheDir()
	return filepath.Join(d, "slipstream"), err
}

// A Local is a model that answers on this machine, or where OLLAMA_HOST says. Close it after use.
type Local struct {
	Host     string // base URL of the server
	Model    string // the model's name there
	Embedder string // of the embedder, if one was wanted
	Threads  int    // to ask for in each request; 0: the server's choice, as it is on another machine
	Context  int    // tokens, to ask for in each request; 0: the server's default
	Source   string // how it was found, for people: "already running", "started /usr/bin/ollama", ...

	server *server // nil unless we started it
}

// Close stops the server if Ensure has started it, its runners included. It may be called twice.
func (l *Local) Close() error {
	if l.server == nil {
		return nil
	}
	return l.server.stop()
}
