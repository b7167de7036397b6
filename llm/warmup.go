package llm

import (
	"context"
	"errors"
	"sync"
)

// A warmer is a model with several hosts to warm up, or one around another model.
type warmer interface {
	warmUp(ctx context.Context, r Request) error
}

// WarmUp has every host of the model load it and evaluate the instructions before the first case asks.
// Later prompts that begin with these instructions, and offer the same tools, are answered sooner. On slow
// hardware it takes as long as a first call.
func WarmUp(ctx context.Context, m Model, instructions string, tools ...Tool) error {
	r := Request{
		Messages:  []Message{{Role: System, Text: instructions}, {Role: User, Text: "."}},
		Tools:     tools,
		MaxTokens: 1, // it is thrown away
	}
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

// warmUp asks all hosts at once. It fails only if all of them do.
func (o *ollama) warmUp(ctx context.Context, r Request) error {
	wire, err := o.toWire(r)
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

// warmUp doesn't wait for a model that is down: a worker starts without it.
func (r *resilient) warmUp(ctx context.Context, q Request) error {
	_, err := r.do(ctx, 0, func(ctx context.Context) (Reply, error) {
		return Reply{}, warmUp(ctx, r.model, q)
	})
	return err
}
