package devmodel

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ollama/ollama/api"
)

// chatML is the chat template of every model in the catalogue that chats. A file's own template is only
// matched against the ones that Ollama knows, and what it finds has no tools; so it is written out.
//
//go:embed chatml.tmpl
var chatML string

// settings go into the created model: they hold for requests that set nothing else.
type settings struct {
	SHA256, Template string
	Parameters       map[string]any
}

func (c Config) settings(w weights) settings {
	if w.folder != nil {
		return settings{w.sha256, "", map[string]any{"num_thread": c.Threads}}
	}

	return settings{w.sha256, chatML, map[string]any{
		"num_ctx":     c.Context,
		"num_thread":  c.Threads,
		"temperature": 0,
		"stop":        []string{"<|im_start|>", "<|im_end|>"},
	}}
}

// isCreated reports whether the server's model was made by us, with the settings of now.
func (c Config) isCreated(ctx context.Context, e engine, w weights) bool {
	made, err := os.ReadFile(c.receipt(w))
	wanted, _ := json.Marshal(c.settings(w))
	return err == nil && string(made) == string(wanted) && e.has(ctx, w.name)
}

// receipt is the file that keeps the settings a model was created with.
func (c Config) receipt(w weights) string {
	return filepath.Join(c.Dir, "ollama", "created", w.name+".json")
}

// create makes the model on the server: from weights that its store holds already, else from fetched ones.
func (c Config) create(ctx context.Context, e engine, w weights) error {
	if err := c.supply(ctx, e, w); err != nil {
		return err
	}

	files := map[string]string{}
	for path, sum := range w.files() {
		files[path] = digest(sum)
	}

	s := c.settings(w)
	err := e.client.Create(ctx, &api.CreateRequest{Model: w.name, Files: files, Template: s.Template,
		Parameters: s.Parameters},
		func(api.ProgressResponse) error { return nil })
	if err == nil && !e.has(ctx, w.name) {
		err = errors.Join(errors.New("it ended without saying why"), ctx.Err()) // the client takes a cut stream for success
	}

	if err != nil {
		return fmt.Errorf("devmodel: Ollama cannot create %s: %w", w.name, err)
	}
	made, _ := json.Marshal(s)

	return writeFile(c.receipt(w), made)
}

// supply sees to it that the server's store has every file of the model. What had to be fetched for that
// then goes.
func (c Config) supply(ctx context.Context, e engine, w weights) error {
	for path, sum := range w.files() {
		if e.hasBlob(ctx, digest(sum)) {
			continue
		}

		dir, err := c.fetch(ctx, w) // at once, if it was for a file before
		if err != nil {
			return err
		}

		if sum == w.sha256 {
			c.Progress("handing " + w.name + " to Ollama")
		}

		if err := upload(ctx, e, digest(sum), filepath.Join(dir, path)); err != nil {
			return fmt.Errorf("devmodel: Ollama does not take %s: %w", w.name, err)
		}
	}

	return os.RemoveAll(c.fetched(w))
}

func upload(ctx context.Context, e engine, digest, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return e.client.CreateBlob(ctx, digest, f)
}
