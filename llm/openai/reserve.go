package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	api "github.com/openai/openai-go"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/internal/servers"
	"github.com/slipstream-go/slipstream/llm"
)

// reserve reserves what a request of so many bytes may use.
func (m *model) reserve(ctx context.Context, p api.ChatCompletionNewParams,
	size int) (*budget.Reservation, error) {
	if !budget.IsBound(ctx) {
		return nil, nil
	}

	if err := m.config.checkBounds(); err != nil {
		err = fmt.Errorf("%w: %w", budget.ErrUnbounded, err)
		return nil, &llm.Error{Kind: llm.ErrRefused, Err: err}
	}

	with, err := json.Marshal(m.config.With)
	if err != nil {
		return nil, &llm.Error{Kind: llm.ErrRefused, Err: err}
	}

	r, err := budget.Reserve(ctx, budget.Request{
		Model:  m.config.Model,
		Bytes:  size + len(with),
		Output: int(max(p.MaxTokens.Value, p.MaxCompletionTokens.Value)),
	})
	if errors.Is(err, budget.ErrSpent) || errors.Is(err, budget.ErrUnbounded) {
		err = &llm.Error{Kind: llm.ErrRefused, Err: err}
	}
	return r, err
}

// unbounding are fields that bound an answer, or multiply it, or tell what was used.
var unbounding = []string{"max_tokens", "max_completion_tokens", "model", "messages", "n", "best_of",
	"stream", "stream_options", "prediction", "tools", "web_search_options"}

// checkBounds returns which setting takes the bound from an answer, or hides what was used.
func (c Config) checkBounds() error {
	for name := range c.With {
		if slices.Contains(unbounding, name) {
			return fmt.Errorf("openai: Config.With sets %q: leave it out, for the budget's sake", name)
		}
	}

	for _, name := range c.Without {
		if slices.Contains(unbounding, name) {
			return fmt.Errorf("openai: Config.Without leaves out %q: keep it, for the budget's sake", name)
		}
	}

	return nil
}

// settle settles a reservation, if what was used is known: the stream has come to its end, and said so; or
// nothing was sent.
func (a *answer) settle(r *budget.Reservation, got *servers.Response, err error) {
	switch {
	case !got.IsSent():
		r.Unsent()
	case err == nil && !got.IsError() && a.finish != "" && a.usage.PromptTokens > 0:
		r.Settle(int(a.usage.PromptTokens), int(a.usage.CompletionTokens))
	}
}
