// Package rollout has another prompt, or another model, take the place of an operator step by step, while
// workers run.
//
//	now := llm.Operator[Case, Decision]{Model: model, Instructions: polite, ...}
//	brief := now
//	brief.Instructions = shorter
//
//	agent := rollout.Operator[Case, Decision]{
//		Operator: now,
//		Others:       map[string]topology.Operator[Case, Decision]{"brief": brief},
//	}
//	topology.Async(cases, "agent", agent, topology.Policy[Case]{Record: true})
//
// What a candidate does is an event, on the topic "<topology>.control": see processors.Client.SetOperator,
// and the verb operators. All workers obey within a second, and those that start later, too.
//
//	shadow     it decides beside the operator, on record only
//	canary     it decides for a share of the keys, always the same ones
//	promote    it decides for all keys
//	roll-back  the operator decides for all keys again
//
// A decision that a candidate has made says so in its provenance, by "candidate".
//
// A shadow is asked at the moment at which the operator is asked, about a copy of its case. Under a budget it
// is asked right after the decision, so that it does not take the room that the decision waits for. It has
// slots of its own, as many as Policy.InFlight: without a free one it is not asked. It is asked once, for no
// longer than Policy.Timeout, and its answer goes on the journal and nowhere else. A call of it that is under
// way when its worker ends is lost.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/slipstream-go/slipstream/topology"
)

// An Operator has candidates that may take its place. It decides itself until one is a canary, or promoted.
// Check and GiveUp are always the operator's own, so that the same rules guard what a candidate decides.
type Operator[V, W any] struct {
	topology.Operator[V, W]

	// Others are the candidates, by name. Names last: the control topic, the provenance and the journal keep
	// them.
	Others map[string]topology.Operator[V, W]
}

// Candidates returns Others.
func (o Operator[V, W]) Candidates() map[string]topology.Operator[V, W] { return o.Others }

// Declared returns why the operator itself can't work. A topology asks its candidates, too.
func (o Operator[V, W]) Declared() error {
	if o.Operator == nil {
		return errors.New("rollout.Operator has no Operator")
	}

	if d, ok := o.Operator.(interface{ Declared() error }); ok {
		return d.Declared()
	}
	return nil
}

// Warm implements topology.Warmer: it warms up the operator and its candidates, all at once.
func (o Operator[V, W]) Warm(ctx context.Context) error {
	var (
		warming sync.WaitGroup
		mu      sync.Mutex
		errs    []error
	)
	warm := func(op topology.Operator[V, W], format string, args ...any) {
		w, ok := op.(topology.Warmer)
		if !ok {
			return
		}
		warming.Go(func() {
			if err := w.Warm(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, fmt.Errorf(format, append(args, err)...))
			}
		})
	}

	warm(o.Operator, "%w")
	for name, candidate := range o.Others {
		warm(candidate, "candidate %s: %w", name)
	}
	warming.Wait()

	return errors.Join(errs...)
}
