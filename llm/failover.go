package llm

import (
	"context"
	"errors"
	"fmt"
)

// Failover asks the first model, and the next one if that one can't answer: it is down, it refuses, or its
// answer was cut off. Order them by preference. A reply's Model says which one answered, and the provenance
// of a decision with it.
//
//	llm.Failover(llm.Resilient(local, c), llm.Resilient(cloud, c))
//
// A model of Resilient that is not the last one is asked once, and not at all while it is down: the next one
// is asked at once, whatever ResilientConfig.Attempts and Outage. The last one is asked again. So that all
// are asked again while all are down, put Resilient around.
//
// An answer that does not hold is no reason to ask another model; see Operator.Fallback.
func Failover(models ...Model) Model { return failover(models) }

type failover []Model

// Chat implements Model. If none answers, the error is that of the last one, and tells those of the others.
func (f failover) Chat(ctx context.Context, r Request) (reply Reply, err error) {
	if len(f) == 0 {
		return Reply{}, &Error{Kind: ErrRefused, Err: errors.New("llm: Failover of no models")}
	}

	var before []error
	for i, m := range f {
		asked := ctx
		if i < len(f)-1 {
			asked = context.WithValue(ctx, impatient{}, true)
		}

		reply, err = m.Chat(asked, r)
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrInvalid) {
			return reply, err
		}
		before = append(before, err)
	}

	if others := errors.Join(before[:len(before)-1]...); others != nil {
		err = fmt.Errorf("%w; before that: %v", err, others)
	}
	return Reply{}, err
}

// WarmUp implements Warmer: it warms all of them up, and fails only if all do.
func (f failover) WarmUp(ctx context.Context, r Request) error { return warmUpAll(ctx, f, r) }

// warmUpAll warms up models, one after the other, and fails only if all do.
func warmUpAll(ctx context.Context, models []Model, r Request) error {
	var errs []error
	for _, m := range models {
		if err := warmUp(ctx, m, r); err != nil {
			errs = append(errs, err)
		}
	}

	if len(errs) < len(models) {
		return nil
	}
	return errors.Join(errs...)
}

// impatient is the key of a context whose caller has another model to ask.
type impatient struct{}

func isImpatient(ctx context.Context) bool { return ctx.Value(impatient{}) != nil }
