package llm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
)

// ResilientConfig says how long to bear with a model that fails. Its zero value works.
type ResilientConfig struct {
	// Attempts is how often a request is made at most, while its error is Retryable. Defaults to 4.
	Attempts int
	// Backoff is the wait before the second attempt. It doubles for each further one, a quarter of it by
	// chance, up to MaxBackoff. Defaults to 250 milliseconds.
	Backoff time.Duration
	// MaxBackoff is the longest wait. Defaults to 10 seconds.
	MaxBackoff time.Duration
	// Timeout is the longest that one attempt may take. Defaults to 2 minutes.
	Timeout time.Duration
	// Failures in a row, of all callers together, open the breaker: then nobody asks. Defaults to 5.
	Failures int
	// Cooldown is how long the breaker stays open, after which single requests try again. Defaults to 5 seconds.
	Cooldown time.Duration
}

func (c ResilientConfig) withDefaults() ResilientConfig {
	set(&c.Attempts, 4)
	set(&c.Backoff, 250*time.Millisecond)
	set(&c.MaxBackoff, max(10*time.Second, 2*c.Backoff))
	set(&c.Timeout, 2*time.Minute)
	set(&c.Failures, 5)
	set(&c.Cooldown, 5*time.Second)
	return c
}

func set[N int | time.Duration](field *N, otherwise N) {
	if *field <= 0 {
		*field = otherwise
	}
}

// untilClosed is how long to wait for a breaker that is open for so long, or, at 0, whose trial call is under way.
// A third more outweighs the chance in the waits, which may take a quarter away.
func (c ResilientConfig) untilClosed(remaining time.Duration) time.Duration {
	if remaining <= 0 {
		remaining = c.Cooldown / 2
	}
	return remaining + remaining/3 + c.Backoff
}

// Resilient makes a request of m again when that may help, and leaves m alone for a while when it keeps failing.
// Who is refused by the open breaker waits until it may be asked again, at the cost of an attempt. The end of
// ctx ends all of it, the waits too. The breaker belongs to the returned Model: make one, and share it among operators.
func Resilient(m Model, c ResilientConfig) Model {
	c = c.withDefaults()
	breaker := circuitbreaker.NewBuilder[Reply]().
		HandleIf(func(_ Reply, err error) bool { return isOutage(err) }).
		WithFailureThreshold(uint(c.Failures)).WithSuccessThreshold(1).WithDelay(c.Cooldown).Build()
	retries := retrypolicy.NewBuilder[Reply]().
		HandleIf(func(_ Reply, err error) bool { return Retryable(err) || isOurs(err) }).
		WithMaxAttempts(c.Attempts).WithBackoff(c.Backoff, c.MaxBackoff).WithJitterFactor(0.25).
		WithDelayFunc(func(e failsafe.ExecutionAttempt[Reply]) time.Duration {
			if errors.Is(e.LastError(), circuitbreaker.ErrOpen) {
				return c.untilClosed(breaker.RemainingDelay())
			}
			return -1 // the backoff
		}).
		ReturnLastFailure().Build()
	limit := timeout.New[Reply](c.Timeout)
	return &resilient{m, c, failsafe.With[Reply](retries, breaker, limit)}
}

// isOurs tells the errors of the policies themselves from those of the model.
func isOurs(err error) bool {
	return errors.Is(err, circuitbreaker.ErrOpen) || errors.Is(err, timeout.ErrExceeded)
}

// isOutage tells what speaks against the model's health: a request that it refuses does not.
func isOutage(err error) bool {
	return Retryable(err) || errors.Is(err, timeout.ErrExceeded) || errors.Is(err, context.DeadlineExceeded)
}

type resilient struct {
	model    Model
	config   ResilientConfig
	policies failsafe.Executor[Reply]
}

// Chat implements Model.
func (r *resilient) Chat(ctx context.Context, q Request) (Reply, error) {
	return r.do(ctx, func(ctx context.Context) (Reply, error) { return r.model.Chat(ctx, q) })
}

func (r *resilient) do(ctx context.Context, ask func(context.Context) (Reply, error)) (Reply, error) {
	var last error // of the model
	reply, err := r.policies.WithContext(ctx).GetWithExecution(func(e failsafe.Execution[Reply]) (Reply, error) {
		reply, err := ask(e.Context())
		if err != nil && !ended(err) {
			last = err
		}
		return reply, err
	})
	if err == nil {
		return reply, nil
	}
	return Reply{}, r.explain(ctx, err, last)
}

// explain says in the end what the model said last, whatever ended the attempts.
func (r *resilient) explain(ctx context.Context, err, last error) error {
	switch {
	case ctx.Err() != nil && last != nil:
		return fmt.Errorf("llm: %w; before that: %w", ctx.Err(), last)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, timeout.ErrExceeded):
		return &Error{ErrUnavailable, fmt.Errorf("llm: no answer in %v", r.config.Timeout), "a shorter prompt, a smaller model or a longer ResilientConfig.Timeout"}
	case errors.Is(err, circuitbreaker.ErrOpen) && last != nil:
		return last
	case errors.Is(err, circuitbreaker.ErrOpen):
		return &Error{ErrUnavailable, fmt.Errorf("llm: the model has failed %d times in a row and is left alone for %v", r.config.Failures, r.config.Cooldown), "its earlier errors say why"}
	}
	return err
}
