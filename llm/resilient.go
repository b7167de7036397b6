package llm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// ResilientConfig bounds how long a model that fails is asked again. Its zero value works.
type ResilientConfig struct {
	// Attempts is the largest number of times that a request is made, while its error is Retryable.
	// Defaults to 4.
	Attempts int

	// Backoff is the wait before the second attempt. It doubles with each attempt, up to MaxBackoff, and is
	// up to a quarter longer or shorter by chance. Defaults to 250 milliseconds.
	Backoff time.Duration
	// MaxBackoff is the longest wait. Defaults to 10 seconds.
	MaxBackoff time.Duration

	// Timeout is the longest that one attempt may take. Defaults to 2 minutes.
	Timeout time.Duration

	// Failures in a row, of all callers together, open the breaker. While it is open, the model is not asked.
	// Defaults to 5.
	Failures int
	// Cooldown is how long the breaker stays open. After it, one request at a time tries again. Defaults to
	// 5 seconds.
	Cooldown time.Duration
}

func (c ResilientConfig) withDefaults() ResilientConfig {
	c.Attempts = cmp.Or(max(c.Attempts, 0), 4)
	c.Backoff = cmp.Or(max(c.Backoff, 0), 250*time.Millisecond)
	c.MaxBackoff = cmp.Or(max(c.MaxBackoff, 0), max(10*time.Second, 2*c.Backoff))
	c.Timeout = cmp.Or(max(c.Timeout, 0), 2*time.Minute)
	c.Failures = cmp.Or(max(c.Failures, 0), 5)
	c.Cooldown = cmp.Or(max(c.Cooldown, 0), 5*time.Second)
	return c
}

// Resilient repeats a request of m when that may help, and leaves m alone for a while when it keeps
// failing. A caller that the open breaker turns away waits until it may ask again; the wait costs an
// attempt. The end of ctx ends all of it, the waits too. The breaker belongs to the returned Model: make
// one, and share it among operators.
func Resilient(m Model, c ResilientConfig) Model {
	r := &resilient{model: m, config: c.withDefaults()}
	r.breaker = gobreaker.NewCircuitBreaker[Reply](gobreaker.Settings{
		Timeout:      max(1, r.config.Cooldown-1), // the breaker asks again only after it
		IsSuccessful: func(err error) bool { return !isOutage(err) },
		ReadyToTrip: func(counts gobreaker.Counts) bool {
			return int(counts.ConsecutiveFailures) >= r.config.Failures
		},
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				r.opened.Store(new(time.Now()))
			}
		},
	})

	return r
}

type resilient struct {
	model   Model
	config  ResilientConfig
	breaker *gobreaker.CircuitBreaker[Reply]
	opened  atomic.Pointer[time.Time] // when the breaker last did; nil: never
}

// errTimeout ends an attempt after ResilientConfig.Timeout.
var errTimeout = errors.New("no answer in time")

// isOpen reports whether the breaker has turned a caller away.
func isOpen(err error) bool {
	return errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests)
}

// isOutage reports whether an error speaks against the model's health. A request that it refuses does not.
func isOutage(err error) bool {
	return Retryable(err) || errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded)
}

// Chat implements Model.
func (r *resilient) Chat(ctx context.Context, q Request) (Reply, error) {
	return r.do(ctx, func(ctx context.Context) (Reply, error) { return r.model.Chat(ctx, q) })
}

func (r *resilient) do(ctx context.Context, ask func(context.Context) (Reply, error)) (Reply, error) {
	var last error // of the model

	for attempt := 1; ; attempt++ {
		if ctx.Err() != nil {
			return Reply{}, r.explain(ctx, ctx.Err(), last)
		}

		reply, err := r.breaker.Execute(func() (Reply, error) { return r.attempt(ctx, ask) })
		if err == nil {
			return reply, nil
		}

		mayHelp := Retryable(err) || errors.Is(err, errTimeout) || isOpen(err)
		if !isOpen(err) && !errors.Is(err, errTimeout) && !isContextError(err) {
			last = err
		}

		if !mayHelp || attempt == r.config.Attempts {
			return Reply{}, r.explain(ctx, err, last)
		}

		select {
		case <-time.After(r.wait(attempt, err)):
		case <-ctx.Done():
		}
	}
}

// attempt asks once, for at most the timeout.
func (r *resilient) attempt(ctx context.Context, ask func(context.Context) (Reply, error)) (Reply, error) {
	inner, cancel := context.WithTimeoutCause(ctx, r.config.Timeout, errTimeout)
	defer cancel()

	reply, err := ask(inner)
	if err != nil && context.Cause(inner) == errTimeout {
		err = errTimeout
	}
	return reply, err
}

// wait is the time between a failed attempt and the next one.
func (r *resilient) wait(attempt int, err error) time.Duration {
	if isOpen(err) {
		return r.untilClosed()
	}

	d := r.config.Backoff
	for n := 1; n < attempt && d < r.config.MaxBackoff; n++ {
		d *= 2
	}

	return jittered(min(d, r.config.MaxBackoff))
}

// untilClosed is how long a caller waits that the breaker has turned away. A third more than what remains
// keeps callers from arriving at once with the trial call; while that is under way, nothing remains.
func (r *resilient) untilClosed() time.Duration {
	var remaining time.Duration
	if opened := r.opened.Load(); opened != nil {
		remaining = r.config.Cooldown - time.Since(*opened)
	}

	if remaining <= 0 {
		remaining = r.config.Cooldown / 2
	}

	return jittered(remaining + remaining/3 + r.config.Backoff)
}

// jittered is d, up to a quarter shorter or longer.
func jittered(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}

// explain returns the error that the caller sees: in the end it is what the model said last, whatever ended
// the attempts.
func (r *resilient) explain(ctx context.Context, err, last error) error {
	switch {
	case ctx.Err() != nil && last != nil:
		return fmt.Errorf("llm: %w; before that: %w", ctx.Err(), last)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errTimeout):
		return &Error{
			Kind:   ErrUnavailable,
			Err:    fmt.Errorf("llm: no answer in %v", r.config.Timeout),
			Remedy: "a shorter prompt, a smaller model or a longer ResilientConfig.Timeout",
		}
	case isOpen(err) && last != nil:
		return last
	case isOpen(err):
		return &Error{
			Kind: ErrUnavailable,
			Err: fmt.Errorf("llm: the model has failed %d times in a row and is left alone for %v",
				r.config.Failures, r.config.Cooldown),
			Remedy: "its earlier errors say why",
		}
	}

	return err
}
