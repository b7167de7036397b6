package stage

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"golang.org/x/sync/semaphore"
)

// Calls makes the calls of a stage: at most Policy.InFlight of an operator at once, those that came first, first. It
// holds no more than the requests that wait, which the engine bounds.
type Calls struct {
	ctx     context.Context
	waiting context.Context // ends when no more calls are to begin
	drain   context.CancelFunc
	running atomic.Int64
	moved   atomic.Int64 // calls that have begun, and answers
	slots   map[string]*semaphore.Weighted
	copies  Copies
	lease   func(context.Context) error
	answer  func(Answer)
}

// NewCalls makes calls until ctx ends; what is under way then has no answer. Before each call lease must agree that
// this worker may still make it. Operators read copies. answer is called once for each call, from a goroutine of its own.
func NewCalls(ctx context.Context, p *plan.Plan, s *plan.Stage, copies Copies, lease func(context.Context) error, answer func(Answer)) *Calls {
	c := &Calls{ctx: ctx, slots: map[string]*semaphore.Weighted{}, copies: copies, lease: lease, answer: answer}
	c.waiting, c.drain = context.WithCancel(ctx)
	for _, id := range s.Nodes {
		if n := &p.Nodes[id]; n.Kind == plan.KindAsync {
			c.slots[n.Name] = semaphore.NewWeighted(int64(n.Async.InFlight))
		}
	}
	return c
}

// Make makes a call in the background.
func (c *Calls) Make(call Call) {
	go func() {
		slot := c.slots[call.Op]
		if slot.Acquire(c.waiting, 1) != nil {
			return
		}
		c.count(1)
		defer c.count(-1)
		if c.waiting.Err() != nil { // drained between the two: whoever waits for the calls may not have seen this one
			slot.Release(1)
			return
		}
		if c.lease(c.waiting) != nil {
			slot.Release(1)
			return // this worker has lost the key: its new owner asks
		}
		a := c.decide(call, func() { slot.Release(1) })
		if c.ctx.Err() == nil {
			c.answer(a)
		}
	}()
}

// Drain lets no more calls begin. Those under way are answered.
func (c *Calls) Drain() { c.drain() }

func (c *Calls) count(n int64) {
	c.moved.Add(1)
	c.running.Add(n)
}

// Moved counts the calls that have begun and the answers: while it stays, nothing happens.
func (c *Calls) Moved() int64 { return c.moved.Load() }

// Running returns how many calls are under way, or have an answer that is not yet taken.
func (c *Calls) Running() int { return int(c.running.Load()) }

// decide asks the operator, for no longer than allowed. done is called when the operator has returned, which one that
// doesn't heed its context does later.
func (c *Calls) decide(call Call, done func()) Answer {
	d, timeout := call.step, call.step.op.Async.Timeout
	ctx, cancel := context.WithTimeoutCause(c.ctx, timeout, fmt.Errorf("operator %s: no answer within %v", call.Op, timeout))
	if !d.deadline.IsZero() {
		ctx, cancel = both(ctx, cancel, d.deadline, fmt.Errorf("operator %s: no answer before the deadline, %s", call.Op, d.deadline.Format(time.RFC3339)))
	}
	defer cancel()
	if ctx.Err() != nil {
		done()
		return Answer{Call: call, Err: context.Cause(ctx)}
	}
	from, began := newReads(d.op, c.copies), time.Now()
	answers := make(chan Answer, 1)
	go func() {
		defer done()
		answers <- ask(plan.WithReads(ctx, from), call)
	}()
	var a Answer
	select {
	case a = <-answers:
		if a.Err != nil && ctx.Err() != nil {
			a.Err = fmt.Errorf("%w (%w)", context.Cause(ctx), a.Err)
		}
	case <-ctx.Done():
		a = Answer{Call: call, Err: context.Cause(ctx)}
	}
	a.Reads, a.account = from.String(), from.account(&a, began)
	return a
}

func both(ctx context.Context, cancel func(), deadline time.Time, cause error) (context.Context, func()) {
	ctx, second := context.WithDeadlineCause(ctx, deadline, cause)
	return ctx, func() { second(); cancel() }
}

func ask(ctx context.Context, call Call) (a Answer) {
	a.Call = call
	defer func() {
		if p := recover(); p != nil {
			a.Err = fmt.Errorf("operator %s: panic: %v", call.Op, p)
		}
	}()
	a.Value, a.Headers, a.Err = call.step.op.Async.Decide(ctx, call.Case)
	return a
}
