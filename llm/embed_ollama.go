package llm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ollama/ollama/api"
)

// OllamaEmbedder embeds by the model of that name on one or several Ollama servers, by default the one in OLLAMA_HOST.
// It connects to nothing until it is asked.
func OllamaEmbedder(model string, hosts ...string) Embedder {
	return NewOllamaEmbedder(OllamaConfig{Model: model, Hosts: hosts})
}

// NewOllamaEmbedder is OllamaEmbedder with more to say. It chooses among hosts, and fails, as NewOllama does. Texts are
// never truncated. Context is the model's own: an embedding model has no more to give.
func NewOllamaEmbedder(c OllamaConfig) Embedder {
	return &ollamaEmbedder{NewOllama(c).(*ollama)}
}

type ollamaEmbedder struct{ server *ollama }

// Embed implements Embedder.
func (o *ollamaEmbedder) Embed(ctx context.Context, texts []string) (out Embeddings, err error) {
	if err := errors.Join(ctx.Err(), Embeddable(texts)); err != nil || len(texts) == 0 {
		return out, err
	}
	err = &Error{Kind: ErrUnavailable, Err: errors.New("no Ollama host"), Remedy: "name one in OLLAMA_HOST"}
	for _, h := range o.server.hosts.order() {
		out, err = o.ask(ctx, h, texts)
		if err == nil || !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return out, err
		}
	}
	return out, err
}

// ask makes the request of one host, and counts it among that host's calls until it ends.
func (o *ollamaEmbedder) ask(ctx context.Context, h *host, texts []string) (out Embeddings, err error) {
	h.begin()
	defer func() { h.end(err) }()
	began := time.Now()
	r, err := h.client.Embed(ctx, o.wire(texts))
	if err = o.failure(ctx, h, err); err != nil {
		return out, err
	}
	err = unit(r.Embeddings)
	if len(r.Embeddings) != len(texts) {
		err = fmt.Errorf("%d vectors for %d texts", len(r.Embeddings), len(texts))
	}
	if err != nil {
		err = &Error{Kind: ErrRefused, Err: fmt.Errorf("ollama: %s on %s: %w", o.server.config.Model, h.url, err), Remedy: "is it an embedding model?"}
		return out, err
	}
	return Embeddings{Vectors: r.Embeddings, Model: r.Model, Tokens: r.PromptEvalCount, Took: time.Since(began)}, nil
}

func (o *ollamaEmbedder) wire(texts []string) *api.EmbedRequest {
	no, c := false, o.server.config
	w := &api.EmbedRequest{Model: c.Model, Input: texts, Truncate: &no, KeepAlive: &api.Duration{Duration: c.KeepAlive}}
	if c.Threads > 0 {
		w.Options = map[string]any{"num_thread": c.Threads}
	}
	return w
}

// failure is that of a chat, where only the remedy for a text that is too long is another.
func (o *ollamaEmbedder) failure(ctx context.Context, h *host, cause error) error {
	err := o.server.failure(ctx, h, cause, api.ChatResponse{Done: cause == nil})
	var status api.StatusError
	var e *Error
	if errors.As(cause, &status) && status.StatusCode == http.StatusBadRequest && errors.As(err, &e) {
		e.Remedy = "if a text is too long, cut it into passages"
	}
	return err
}
