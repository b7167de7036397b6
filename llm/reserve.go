package llm

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/ollama/ollama/api"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/internal/servers"
)

// reserve reserves what a request to Ollama may use. Its bytes are those of its JSON: no prompt that is made
// of it has more tokens, except for those of the template.
func (o *ollama) reserve(ctx context.Context, wire *api.ChatRequest) (*budget.Reservation, error) {
	output, _ := wire.Options["num_predict"].(int)
	return reserve(ctx, wire, budget.Request{
		Model:  o.config.Model,
		Within: o.config.Context, // a longer prompt is refused, since it is not to be truncated
		Output: output,
	})
}

// reserve fills in the bytes of a request, and reserves what it may use.
func reserve(ctx context.Context, wire any, q budget.Request) (*budget.Reservation, error) {
	if !budget.IsBound(ctx) {
		return nil, nil
	}

	body, err := json.Marshal(wire)
	if err != nil {
		return nil, &Error{Kind: ErrRefused, Err: err}
	}
	q.Bytes = len(body)

	r, err := budget.Reserve(ctx, q)
	if errors.Is(err, budget.ErrSpent) || errors.Is(err, budget.ErrUnbounded) {
		err = &Error{Kind: ErrRefused, Err: err}
	}
	return r, err
}

// bearing returns a context whose request names its reservation.
func bearing(ctx context.Context, r *budget.Reservation) context.Context {
	if r.ID() == "" {
		return ctx
	}
	return servers.WithHeader(ctx, budget.Header, r.ID())
}

// settle settles the reservation of a request that has ended, if what it has used is known: the server has
// said so in a whole answer, or the request has reached no connection.
func settle(r *budget.Reservation, got *servers.Response, whole bool, in, out int) {
	switch {
	case !got.IsSent():
		r.Unsent()
	case whole && !got.IsError() && in > 0:
		r.Settle(in, out)
	}
}
