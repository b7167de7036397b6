package topology

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// An Operator answers cases by something slow, remote and fallible, such as a model. llm.Operator is one, and
// [Func] makes one of a function. Its methods are called concurrently. One that is also a [Warmer] is warmed
// up before the first event. One with a method Declared() error is asked when it is declared why it can't
// work, and [Topology.Validate] reports that. One with a method Candidates() map[string]Operator[V, W] has
// others that may take its place while it runs: see package rollout.
type Operator[V, W any] interface {
	// Decide asks. It may be called again after a crash, and must return soon after ctx ends. With ctx it may
	// [Get] and [Scan] the tables in Policy.Reads. The provenance goes with the answer, or with the failure.
	Decide(ctx context.Context, v V) (W, Provenance, error)

	// Check returns why the answer does not hold for the case as it is now, or nil. It is called when the
	// answer settles, also with an answer of GiveUp, in the goroutine of the key's partition: it must be
	// quick. With ctx it may [Get] and [Scan] the tables in Policy.Reads as they are then; except for these
	// reads it is pure.
	Check(ctx context.Context, v V, w W) error

	// GiveUp answers without asking; an error leaves the case unsettled. It is pure.
	GiveUp(v V, cause error) (W, error)
}

// Provenance is what an operator tells about an answer, such as the model and its tokens. Each entry becomes
// a header of the records that follow from the answer, named "ce_" and its name. A name has lower-case
// letters and digits.
type Provenance = map[string]string

// A Warmer is an [Operator] whose first answer takes longer than the others, because a model has to be loaded
// and to evaluate the instructions that all its prompts begin with. A type that wraps an operator passes this
// on by a method of its own.
type Warmer interface {
	// Warm returns once the operator is ready; the error tells why it can't be. It may be called more than
	// once.
	Warm(ctx context.Context) error
}

// Warm warms up every operator that is a [Warmer], all at once, and returns what went wrong with each. Call
// it before the first event, so that none waits for a model to be loaded.
func (t *Topology) Warm(ctx context.Context) error {
	var warming sync.WaitGroup
	errs := make([]error, len(t.nodes))
	for i, n := range t.nodes {
		if n.Async == nil || n.Async.Warm == nil {
			continue
		}
		warming.Go(func() {
			if err := warm(ctx, n.Async); err != nil {
				errs[i] = fmt.Errorf("topology %s: warm up operator %s: %w", t.name, n.Name, err)
			}
		})
	}
	warming.Wait()

	return errors.Join(errs...)
}

// warm warms up one operator. A panic is an error: the first event will show whether it matters.
func warm(ctx context.Context, a *plan.Async) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return a.Warm(ctx)
}

// Func is an Operator whose answers always hold and that never answers without asking.
type Func[V, W any] func(context.Context, V) (W, error)

// Decide calls f.
func (f Func[V, W]) Decide(ctx context.Context, v V) (W, Provenance, error) {
	w, err := f(ctx, v)
	return w, nil, err
}

// Check accepts every answer.
func (f Func[V, W]) Check(context.Context, V, W) error { return nil }

// GiveUp leaves the case unsettled.
func (f Func[V, W]) GiveUp(_ V, cause error) (w W, _ error) { return w, cause }
