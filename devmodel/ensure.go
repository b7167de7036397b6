package devmodel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/slipstream-go/slipstream/devmodel/llamacpp"
)

// Ensure returns a model that is ready to be asked, as the package comment says. It blocks while it downloads
// and loads, and ends early with ctx. What an interrupted run has downloaded is kept. Errors name what to
// install or set.
func Ensure(ctx context.Context, c Config) (*Local, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("devmodel: no cache folder; set SLIPSTREAM_CACHE: %w", err)
	}

	for _, find := range []func(context.Context) (*Local, error){c.running, c.installed} {
		l, err := find(ctx)
		if l != nil || ctx.Err() != nil {
			return l, errors.Join(err, ctx.Err())
		}
	}

	return c.own(ctx)
}

// running uses an Ollama that is there already; nil says that it is of no use, which has been told.
func (c Config) running(ctx context.Context) (*Local, error) {
	host := usualHost()
	e := connect(host)

	version, err := e.version(ctx)
	if err != nil {
		if os.Getenv("OLLAMA_HOST") != "" {
			c.Progress(fmt.Sprintf("OLLAMA_HOST names %s, which does not answer: a server of our own is "+
				"used instead", host))
		}
		return nil, nil
	}
	c.Progress(fmt.Sprintf("Ollama %s is running on %s", version, host))

	return c.on(ctx, e, "already running"), nil
}

// installed starts the ollama on the PATH. It returns nil if there is no such program, or if it can't be
// used, after it has told why.
func (c Config) installed(ctx context.Context) (*Local, error) {
	program, err := exec.LookPath("ollama")
	if err != nil {
		return nil, nil
	}
	c.Progress("starting " + program)

	s, err := c.start(ctx, program)
	if err != nil {
		c.Progress(err.Error() + "; a server of our own is used instead")
		return nil, nil
	}

	l := c.on(ctx, s.engine, "started "+filepath.Base(program))
	if l == nil {
		return nil, s.stop()
	}
	l.stop = s.stop

	return l, nil
}

// on describes the models on an Ollama, pulled if need be; nil says that it lacks the first one. Without an
// embedder, words have to do.
func (c Config) on(ctx context.Context, e engine, source string) *Local {
	model, err := c.pulled(ctx, e, c.Model)
	if err != nil {
		c.Progress(fmt.Sprintf("it has no %s: %v; a server of our own is used instead", c.Model, err))
		return nil
	}

	l := &Local{Host: e.host, Model: model, Source: source}
	if e.isHere() { // how a server on another machine computes is its owner's choice
		l.Threads, l.Context = c.Threads, c.Context
	}

	if c.Embedder == "" {
		return l
	}

	if l.Embedder, err = c.pulled(ctx, e, c.Embedder); err != nil {
		c.Progress(fmt.Sprintf("it has no %s: %v; passages are found by their words alone", c.Embedder, err))
		l.Embedder = ""
	}

	return l
}

// own starts the server of llama.cpp.
func (c Config) own(ctx context.Context) (*Local, error) {
	s, err := llamacpp.Start(ctx, llamacpp.Config{
		Model:    c.Model,
		Dir:      c.Dir,
		Context:  c.Context,
		Threads:  c.Threads,
		Parallel: c.Parallel,
		Progress: c.Progress,
	})
	if err != nil {
		return nil, fmt.Errorf("devmodel: %w", err)
	}
	c.Progress(fmt.Sprintf("llama.cpp listens on %s (%d of %d cores, %d tokens of context)", s.URL, c.Threads,
		numCPU, c.Context))

	if c.Embedder != "" {
		c.Progress("no Ollama, so no model that embeds: passages are found by their words alone")
	}

	return &Local{Host: s.URL, Key: s.Key, Model: s.Model, Source: "started llama.cpp", stop: s.Close}, nil
}
