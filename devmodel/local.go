package devmodel

import (
	"context"
	"errors"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/openai"
)

// A Local is a model that answers on this machine, or where OLLAMA_HOST says. Close it after use.
type Local struct {
	Host     string // base URL of the server
	Key      string // of its OpenAI API; "": it is an Ollama
	Model    string // the model's name there
	Embedder string // of the embedder; "": there is no such model
	Threads  int    // to ask an Ollama for in each request; 0: its choice, as it is on another machine
	Context  int    // tokens, in the same way; 0: the server's default
	Source   string // how it was found, for people: "already running", "started /usr/bin/ollama", ...

	stop func() error // nil unless we started it
}

// Close stops the server if Ensure has started it, its runners included. It may be called twice.
func (l *Local) Close() error {
	if l.stop == nil {
		return nil
	}
	return l.stop()
}

// NewModel is the model as package llm asks it.
func (l *Local) NewModel() (llm.Model, error) {
	if l.Key != "" {
		return openai.New(openai.Config{Model: l.Model, Hosts: []string{l.Host + "/v1"}, Key: l.Key})
	}
	return llm.NewOllama(l.ollama(l.Model)), nil
}

// NewEmbedder is the embedder as package llm asks it. Where there is no such model it refuses each text, so
// that an index finds passages by their words.
func (l *Local) NewEmbedder() llm.Embedder {
	if l.Embedder == "" {
		return wordsAlone{}
	}
	return llm.NewOllamaEmbedder(l.ollama(l.Embedder))
}

func (l *Local) ollama(model string) llm.OllamaConfig {
	return llm.OllamaConfig{Model: model, Hosts: []string{l.Host}, Context: l.Context, Threads: l.Threads}
}

type wordsAlone struct{}

// Embed implements llm.Embedder.
func (wordsAlone) Embed(ctx context.Context, _ []string) (llm.Embeddings, error) {
	if err := ctx.Err(); err != nil {
		return llm.Embeddings{}, err
	}
	return llm.Embeddings{}, &llm.Error{Kind: llm.ErrRefused,
		Err: errors.New("devmodel: no model that embeds: passages are found by their words")}
}
