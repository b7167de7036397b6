package llm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ollama/ollama/api"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/internal/servers"
)

// OllamaEmbedder embeds with the model of that name on one or several Ollama servers, by default the one in
// OLLAMA_HOST. The first request connects.
func OllamaEmbedder(model string, hosts ...string) Embedder {
	return NewOllamaEmbedder(OllamaConfig{Model: model, Hosts: hosts})
}

// NewOllamaEmbedder is OllamaEmbedder with more settings. It chooses among hosts, and fails, as NewOllama
// does. Texts are never truncated. Context has no effect: an embedding model's is fixed.
func NewOllamaEmbedder(c OllamaConfig) Embedder {
	return &ollamaEmbedder{NewOllama(c).(*ollama)}
}

type ollamaEmbedder struct{ server *ollama }

// Embed implements Embedder.
func (o *ollamaEmbedder) Embed(ctx context.Context, texts []string) (out Embeddings, err error) {
	if err := errors.Join(ctx.Err(), CheckTexts(texts)); err != nil || len(texts) == 0 {
		return out, err
	}

	err = &Error{Kind: ErrUnavailable, Err: errors.New("no Ollama host"), Remedy: "name one in OLLAMA_HOST"}
	for _, h := range o.server.inOrder() {
		out, err = o.ask(ctx, h, texts)
		if err == nil || !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return out, err
		}
	}

	return out, err
}

// ask makes the request of one host, and counts it among that host's calls until it ends.
func (o *ollamaEmbedder) ask(ctx context.Context, h *host, texts []string) (out Embeddings, err error) {
	wire := o.toWire(texts)
	reserved, err := reserve(ctx, wire, budget.Request{Model: o.server.config.Model, Silent: true})
	if err != nil {
		return out, err
	}
	defer reserved.Close()

	h.Begin()
	defer func() { h.End(errors.Is(err, ErrUnavailable)) }()
	began := time.Now()

	ctx, got := servers.Note(bearing(ctx, reserved))
	r, err := h.client.Embed(ctx, wire)
	if r != nil {
		settle(reserved, got, err == nil, r.PromptEvalCount, 0)
	}
	if err = o.failure(ctx, h, got, err); err != nil {
		return out, err
	}

	err = normalize(r.Embeddings)
	if len(r.Embeddings) != len(texts) {
		err = fmt.Errorf("%d vectors for %d texts", len(r.Embeddings), len(texts))
	}

	if err != nil {
		err = fmt.Errorf("ollama: %s on %s: %w", o.server.config.Model, h.url, err)
		return out, &Error{Kind: ErrRefused, Err: err, Remedy: "is it an embedding model?"}
	}

	return Embeddings{
		Vectors: r.Embeddings,
		Model:   r.Model,
		Tokens:  r.PromptEvalCount,
		Took:    time.Since(began),
	}, nil
}

func (o *ollamaEmbedder) toWire(texts []string) *api.EmbedRequest {
	c := o.server.config
	w := &api.EmbedRequest{
		Model:     c.Model,
		Input:     texts,
		Truncate:  new(false),
		KeepAlive: &api.Duration{Duration: c.KeepAlive},
	}
	if c.Threads > 0 {
		w.Options = map[string]any{"num_thread": c.Threads}
	}

	return w
}

// failure is that of a chat, except for the remedy for a text that is too long.
func (o *ollamaEmbedder) failure(ctx context.Context, h *host, got *servers.Response, cause error) error {
	err := o.server.failure(ctx, h, got, cause, api.ChatResponse{Done: cause == nil})

	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest {
		e.Remedy = "if a text is too long, cut it into passages"
	}
	return err
}
