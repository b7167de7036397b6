package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/llm"
)

// Ollama's /v1 takes no context size, and drops the oldest messages of a prompt that is too long for the one
// that the server is set to, without a word; so it does while it writes an answer that is too long. No text
// has more tokens than bytes, and a template adds few: if a request's bytes fit, its prompt was not cut.
// After each answer of an Ollama we look how large its context is, since any client that loads the model may
// change it.
type ollama struct {
	context atomic.Int64 // of the model as it was last seen, in tokens; 0: not known, or no Ollama
}

// errMayBeCut is why a prompt is refused.
type errMayBeCut struct{ size, context int }

func (e *errMayBeCut) Error() string {
	return fmt.Sprintf("the request has %d bytes, and an Ollama with a context of %d tokens would drop the "+
		"beginning of a prompt that is too long, without a word", e.size, e.context)
}

// templateTokens is more than a template adds to what is in the request.
const templateTokens = 256

// fits returns an error if a prompt may be too long, as far as is known before the request is made.
func (o *ollama) fits(size int) error {
	if c := int(o.context.Load()); c > 0 && size+templateTokens > c {
		return &errMayBeCut{size, c}
	}
	return nil
}

// look asks the server how large the context was that has just been used, and returns an error if a request
// of that size, or an answer that took the context to used tokens, may not have fit.
func (o *ollama) look(ctx context.Context, s *server, model string, size, used int) error {
	context, err := contextOf(ctx, s, model)
	if err != nil {
		return err
	}
	o.context.Store(int64(context))

	if used > context {
		return fmt.Errorf("prompt and answer have %d tokens, and its context %d: it has dropped some", used,
			context)
	}

	return o.fits(size)
}

// leastContext is Ollama's default on small machines. Older servers don't tell what they use.
const leastContext = 2048

// contextOf is the context of a loaded model.
func contextOf(ctx context.Context, s *server, model string) (int, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.url, "/v1")+"/api/ps", nil)
	if err != nil {
		return 0, err
	}

	r, err := s.client.Do(q)
	if err != nil {
		return 0, fmt.Errorf("it does not tell the size of its context: %w", err)
	}
	defer func() { _ = r.Body.Close() }()

	var loaded struct {
		Models []struct {
			Name, Model string
			Context     int `json:"context_length"`
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&loaded); err != nil {
		return 0, fmt.Errorf("it does not tell the size of its context: %s: %w", r.Status, err)
	}

	for _, m := range loaded.Models {
		if isNamed(m.Model, model) || isNamed(m.Name, model) {
			return cmp.Or(m.Context, leastContext), nil
		}
	}

	return leastContext, nil
}

// isNamed reports whether an Ollama's full name of a model is meant by another one.
func isNamed(full, short string) bool { return full == short || full == short+":latest" }

func (m *model) explainOllama(s *server, err error) error {
	return &llm.Error{
		Kind: llm.ErrRefused,
		Err:  fmt.Errorf("openai: %s on %s: %w", m.config.Model, s.url, err),
		Remedy: "llm.Ollama asks such a server so that nothing is cut; or show fewer facts, or set " +
			"OLLAMA_CONTEXT_LENGTH",
	}
}

// excerpt is what an error shows of a text.
func excerpt(s string) string { return text.Truncate(s, 200) }
