package llm

import (
	"context"
	"errors"
	"sync"
)

// A Warmer is a Model that WarmUp does not ask as others do: one with several hosts, which warms up each, or
// one around another model, which warms that one up.
type Warmer interface {
	// WarmUp makes a request whose answer is of no interest.
	WarmUp(ctx context.Context, r Request) error
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
	if w, ok := m.(Warmer); ok {
		return w.WarmUp(ctx, r)
	}
	_, err := m.Chat(ctx, r)
	return err
}

// WarmUp implements Warmer: it asks all hosts at once. It fails only if all of them do.
func (o *ollama) WarmUp(ctx context.Context, r Request) error {
	wire, err := o.toWire(r)
	if err != nil {
		return err
	}

	errs := make([]error, len(o.hosts))
	var all sync.WaitGroup
	for i, h := range o.hosts {
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

// WarmUp implements Warmer. It doesn't wait for a model that is down: a worker starts without it.
func (r *resilient) WarmUp(ctx context.Context, q Request) error {
	_, err := r.do(ctx, 0, 0, func(ctx context.Context) (Reply, error) {
		return Reply{}, warmUp(ctx, r.model, q)
	})
	return err
}
