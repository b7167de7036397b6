package llm

import (
	"context"
	"errors"
	"sync"
)

// A warmer has more than one place to warm up, or one inside.
type warmer interface {
	warmUp(ctx context.Context, r Request) error
}

// WarmUp has the model loaded and the instructions evaluated before the first case asks, on every host that m
// has: later prompts that begin with them, and offer the same tools, are answered sooner. On slow hardware it takes as
// long as a first call.
func WarmUp(ctx context.Context, m Model, instructions string, tools ...Tool) error {
	// The answer is one token, which is thrown away.
	r := Request{Messages: []Message{{Role: System, Text: instructions}, {Role: User, Text: "."}}, Tools: tools, MaxTokens: 1}
	if err := warmUp(ctx, m, r); !errors.Is(err, ErrInvalid) { // a token need be no answer
		return err
	}
	return nil
}

func warmUp(ctx context.Context, m Model, r Request) error {
	if w, ok := m.(warmer); ok {
		return w.warmUp(ctx, r)
	}
	_, err := m.Chat(ctx, r)
	return err
}

// warmUp asks all hosts at once. It fails if none is warm.
func (o *ollama) warmUp(ctx context.Context, r Request) error {
	wire, err := o.wire(r)
	if err != nil {
		return err
	}
	errs := make([]error, len(o.hosts.all))
	var all sync.WaitGroup
	for i, h := range o.hosts.all {
		all.Go(func() { _, errs[i] = o.ask(ctx, h, wire) })
	}
	all.Wait()
	for _, err := range errs {
		if err == nil {
			return nil
		}
	}
	return errors.Join(errs...)
}

func (r *resilient) warmUp(ctx context.Context, q Request) error {
	_, err := r.do(ctx, func(ctx context.Context) (Reply, error) { return Reply{}, warmUp(ctx, r.model, q) })
	return err
}
