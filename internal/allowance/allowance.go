// Package allowance bounds the time of a call in such a way that a call can stop its own clock: time in which
// it waits for a place at a model, or for a model that is down, is no time of the call.
package allowance

import (
	"context"
	"sync"
	"time"
)

// An Allowance is the time that a call may take. All methods are safe for use by several goroutines, and do
// nothing if the Allowance is nil.
type Allowance struct {
	cancel context.CancelCauseFunc
	cause  error
	config Config

	mu      sync.Mutex // guards what follows
	left    time.Duration
	since   time.Time // the clock runs since then; zero: it is stopped
	charged time.Time // until then all is charged
	holds   int
	waits   int
	timer   *time.Timer
}

// Config sets how an allowance ends.
type Config struct {
	// Time is how much there is, and Cause that of the context once it is spent.
	Time  time.Duration
	Cause error
	// Stopping ends when the worker begins to stop. A call that waits then ends with Unasked as its cause.
	Stopping context.Context
	Unasked  error
	// Down is told that the call waits because of a model that is down, and why that is. It may be called
	// often.
	Down func(error)
}

// bounded is a context with an allowance. It has no Deadline: that would change, and a context that is
// derived with a later one would rely on it.
type bounded struct {
	context.Context
	allowance *Allowance
}

type key struct{}

// With returns a context that ends once the allowance is spent. Its clock runs at once.
func With(ctx context.Context, c Config) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancelCause(ctx)
	a := &Allowance{cancel: cancel, cause: c.Cause, config: c, left: c.Time}
	a.mu.Lock() // the timer may be quick
	a.since = time.Now()
	a.timer = time.AfterFunc(c.Time, a.expire)
	a.mu.Unlock()

	unwatch := context.AfterFunc(c.Stopping, a.stopWaiting)

	return bounded{inner, a}, func() {
		unwatch()
		a.timer.Stop()
		cancel(nil)
	}
}

// Of returns the allowance of a call, or nil.
func Of(ctx context.Context) *Allowance {
	a, _ := ctx.Value(key{}).(*Allowance)
	return a
}

// Value implements context.Context.
func (b bounded) Value(k any) any {
	if k == (key{}) {
		return b.allowance
	}
	return b.Context.Value(k)
}

// Err implements context.Context.
func (b bounded) Err() error {
	err := b.Context.Err()
	if err != nil && context.Cause(b.Context) == b.allowance.cause {
		return context.DeadlineExceeded
	}
	return err
}

// expire is called by the timer.
func (a *Allowance) expire() {
	a.mu.Lock()
	defer a.mu.Unlock()

	if a.since.IsZero() { // held meanwhile
		return
	}

	if left := a.left - time.Since(a.since); left > 0 {
		a.timer.Reset(left)
		return
	}
	a.cancel(a.cause)
}

// Hold stops the clock until Release. Holds nest.
func (a *Allowance) Hold() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()

	a.holds++
	if a.holds == 1 {
		a.timer.Stop()
		now := time.Now()
		a.left -= now.Sub(a.since)
		a.since, a.charged = time.Time{}, now
	}
}

// Release has the clock run on.
func (a *Allowance) Release() {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()

	a.holds--
	if a.holds == 0 {
		a.since = time.Now()
		a.timer.Reset(max(a.left, 0))
	}
}

// Spend charges the time since then, although the clock is stopped. Time that several goroutines charge is
// charged once.
func (a *Allowance) Spend(since time.Time) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()

	if since.Before(a.charged) {
		since = a.charged
	}

	if now := time.Now(); now.After(since) {
		a.left -= now.Sub(since)
		a.charged = now
	}

	if a.left <= 0 {
		a.cancel(a.cause)
	}
}

// Left returns how much of the time is left, or otherwise if there is no allowance.
func (a *Allowance) Left(otherwise time.Duration) time.Duration {
	if a == nil {
		return otherwise
	}
	a.mu.Lock()
	defer a.mu.Unlock()

	left := a.left
	if !a.since.IsZero() {
		left -= time.Since(a.since)
	}
	return min(left, otherwise)
}

// Wait tells that the call waits, until done is called. Meanwhile a worker that stops ends it.
func (a *Allowance) Wait() (done func()) {
	if a == nil {
		return func() {}
	}
	a.mu.Lock()
	defer a.mu.Unlock()

	a.waits++
	if a.config.Stopping.Err() != nil {
		a.cancel(a.config.Unasked)
	}

	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.waits--
	}
}

func (a *Allowance) stopWaiting() {
	a.mu.Lock()
	defer a.mu.Unlock()

	if a.waits > 0 {
		a.cancel(a.config.Unasked)
	}
}

// Down tells why the call waits for a model that is down.
func (a *Allowance) Down(why error) {
	if a != nil && a.config.Down != nil {
		a.config.Down(why)
	}
}
