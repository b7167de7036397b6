package stage

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"golang.org/x/sync/semaphore"
)

// Calls makes the calls of a stage, in the order in which they came: at most Policy.InFlight of an operator
// at once. It holds no more than the requests that wait, which the engine bounds.
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

// NewCalls makes calls until ctx ends; those under way then have no answer. Before each call lease is asked
// whether this worker may still make it; an error says that it may not. Operators read copies. answer is
// called once for each call, from a goroutine of its own.
func NewCalls(
	ctx context.Context, p *plan.Plan, s *plan.Stage, copies Copies,
	lease func(context.Context) error, answer func(Answer),
) *Calls {
	c := &Calls{
		ctx:    ctx,
		slots:  map[string]*semaphore.Weighted{},
		copies: copies,
		lease:  lease,
		answer: answer,
	}

	c.waiting, c.drain = context.WithCancel(ctx)
	for _, id := range s.Nodes {
		if n := &p.Nodes[id]; n.Kind == plan.KindAsync {
			c.slots[n.Name] = semaphore.NewWeighted(int64(n.Async.InFlight))
		}
	}

	return c
}

// Make makes a call in the background.
func (c *Calls) Make(call Call) { go c.make(call) }

func (c *Calls) make(call Call) {
	slot := c.slots[call.Op]
	if slot.Acquire(c.waiting, 1) != nil {
		return
	}
	c.count(1)
	defer c.count(-1)

	if c.waiting.Err() != nil { // drained between the two: Running may not have counted this one
		slot.Release(1)
		return
	}

	if c.lease(c.waiting) != nil { // this worker has lost the key: its new owner asks
		slot.Release(1)
		return
	}

	a := c.decide(call, func() { slot.Release(1) })
	if c.ctx.Err() == nil {
		c.answer(a)
	}
}

// Drain prevents further calls. Those under way are answered.
func (c *Calls) Drain() { c.drain() }

func (c *Calls) count(n int64) {
	c.moved.Add(1)
	c.running.Add(n)
}

// Moved counts the calls that have begun and the answers. While it stays the same, nothing happens.
func (c *Calls) Moved() int64 { return c.moved.Load() }

// Running returns how many calls are under way, or have an answer that is not yet taken.
func (c *Calls) Running() int { return int(c.running.Load()) }

// decide asks the operator, for no longer than its time-out and the deadline of the case. It calls done when
// the operator has returned; one that doesn't heed its context returns later than decide.
func (c *Calls) decide(call Call, done func()) Answer {
	ctx, cancel := c.bound(call)
	defer cancel()

	if ctx.Err() != nil {
		done()
		return Answer{Call: call, Err: context.Cause(ctx)}
	}

	from, began := newReads(call.op, c.copies), time.Now()
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
	a.Reads, a.draft = from.String(), from.draft(&a, began)

	return a
}

// bound returns the context of a call.
func (c *Calls) bound(call Call) (context.Context, context.CancelFunc) {
	timeout := call.op.Async.Timeout
	late := fmt.Errorf("operator %s: no answer within %v", call.Op, timeout)
	ctx, cancel := context.WithTimeoutCause(c.ctx, timeout, late)
	if call.deadline.IsZero() {
		return ctx, cancel
	}

	late = fmt.Errorf("operator %s: no answer before the deadline, %s",
		call.Op, call.deadline.Format(time.RFC3339))
	ctx, cancelDeadline := context.WithDeadlineCause(ctx, call.deadline, late)

	return ctx, func() {
		cancelDeadline()
		cancel()
	}
}

// ask calls the operator. A panic is its answer's error.
func ask(ctx context.Context, call Call) (a Answer) {
	a.Call = call
	defer func() {
		if p := recover(); p != nil {
			a.Err = fmt.Errorf("operator %s: panic: %v", call.Op, p)
		}
	}()
	a.Value, a.Headers, a.Err = call.op.Async.Decide(ctx, call.Case)
	return a
}
