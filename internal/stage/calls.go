package stage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/internal/allowance"
	"github.com/slipstream-go/slipstream/internal/plan"
)

// Calls makes the calls of a stage: at most Policy.InFlight of an operator at once. Heads that wait for a
// slot stand in line: see order.
type Calls struct {
	o       CallOptions
	ctx     context.Context
	waiting context.Context // ends when no more calls are to begin
	drain   context.CancelFunc
	line    *line
	shadows *shadows
	parking *parking // nil: no operator has a budget
	running atomic.Int64
	moved   atomic.Int64 // calls that have begun, and answers
}

// CallOptions are what Calls need of their engine. All functions are called by goroutines of Calls.
type CallOptions struct {
	// Copies are what operators read.
	Copies Copies
	// Lease is asked before each call whether this worker may still make it; an error says that it may not.
	Lease func(context.Context) error
	// Control tells which operators may be asked. Defaults to all of them.
	Control Control
	// Ledger is that of the budgets of operators. It must be set if any has one.
	Ledger Ledger
	// Answer is called once for each call.
	Answer func(Answer)
	// Beside is called for each answer of a call beside: see shadows. Defaults to nil: nobody is asked
	// beside.
	Beside func(Answer)
	// Ready is called when Next may have something. It must not block.
	Ready func()
	// Early has attempts counted before the turn of their heads, so that they are committed by then: see
	// Next.
	Early bool
	// Abandoned is told of a call that has not returned within grace of its end: it loses its slot. Defaults
	// to nil: nobody is told.
	Abandoned func(c Call, grace time.Duration)
	// Down is told why a call waits for a model that is down, possibly often. Defaults to nil: nobody is
	// told.
	Down func(op string, why error)
}

// errUnasked is the cause of a call that ends, because the worker stops, while it waits for its model.
var errUnasked = errors.New("the worker stops, and the model has not been asked")

// abandonGrace is how long a call that does not heed its context keeps its slot beyond its end.
const abandonGrace = time.Second

// NewCalls makes calls until ctx ends; those under way then have no answer.
func NewCalls(ctx context.Context, p *plan.Plan, s *plan.Stage, o CallOptions) *Calls {
	if o.Ready == nil {
		o.Ready = func() {}
	}

	if o.Abandoned == nil {
		o.Abandoned = func(Call, time.Duration) {}
	}

	if o.Down == nil {
		o.Down = func(string, error) {}
	}

	if o.Control == nil {
		o.Control = free{}
	}
	c := &Calls{o: o, ctx: ctx, line: newLine(p, s, o), shadows: newShadows(p, s)}
	c.waiting, c.drain = context.WithCancel(ctx)
	context.AfterFunc(c.waiting, c.line.close)

	if p.HasBudgets() {
		c.parking = newParking(c)
		go c.parking.run(c.waiting)
	}

	return c
}

// Take takes a slot of an operator if one is free and nobody stands in line for it. It must be given back by
// Make or by Release.
func (c *Calls) Take(op string) bool { return c.line.take(op) }

// Release gives back a slot for which there was no call to make.
func (c *Calls) Release(op string) { c.line.release(op) }

// Add puts a head in line.
func (c *Calls) Add(h Head) {
	c.parking.forget(h.Key, h.Op)
	c.line.add(h)
}

// Next returns a head that is to be asked now: see Machine.Ask. If it has a slot, that must be given back by
// Make or by Release. If it is early, it stays in line: see Machine.CountEarly.
func (c *Calls) Next() (h Head, ok bool) { return c.line.next() }

// Startable reports whether Next has something.
func (c *Calls) Startable() bool { return c.line.startable() }

// Make makes a call in the background. Its slot is given back when it has ended.
func (c *Calls) Make(call Call) {
	c.parking.forget(call.Key, call.Op)
	c.count(1)

	go func() {
		defer c.count(-1)

		if why := c.permit(call); why != nil {
			c.Release(call.Op)
			if a, ok := answerOf(call, why); ok && c.ctx.Err() == nil {
				c.o.Answer(a)
			}
			return
		}

		call, askBeside := c.assign(call)
		hasBudget := !call.op.Async.Budget.IsZero()
		if !hasBudget {
			askBeside()
		}

		a := c.decide(call)
		if hasBudget && !a.Unasked { // it would take the room that the decision waits for
			askBeside()
		}

		if c.ctx.Err() == nil {
			c.o.Answer(a)
		}
	}()
}

// Drain prevents further calls. Those under way are answered, except for those that wait for their model.
func (c *Calls) Drain() { c.drain() }

func (c *Calls) count(n int64) {
	c.moved.Add(1)
	c.running.Add(n)
}

// Moved counts the calls that have begun and the answers. While it stays the same, nothing happens.
func (c *Calls) Moved() int64 { return c.moved.Load() }

// Running returns how many calls are under way, or have an answer that is not yet taken.
func (c *Calls) Running() int { return int(c.running.Load()) }

// decide asks the operator, for no longer than its time-out and the deadline of the case. One that doesn't
// heed its context returns later than decide.
func (c *Calls) decide(call Call) Answer {
	ctx, cancel := c.bound(call)
	defer cancel()

	release := sync.OnceFunc(func() { c.Release(call.Op) })
	if ctx.Err() != nil {
		release()
		return Answer{Call: call, Err: context.Cause(ctx)}
	}

	from, began := newReads(call.op, c.o.Copies), time.Now()
	from.seen = call.seen
	ctx, spent := c.spending(ctx, call)
	answers := make(chan Answer, 1)
	returned := make(chan struct{})
	go func() {
		defer release()
		defer close(returned)

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
		go c.abandon(call, returned, release)
	case <-call.gone():
		cancel()
		a = Answer{Call: call, Err: ErrSuperseded}
		go c.abandon(call, returned, release)
	}
	a.Unasked = errors.Is(a.Err, errUnasked)
	spent.judge(&a)
	a.Reads, a.draft = from.String(), from.draft(&a, began)

	return a
}

// abandon takes the slot of a call that has ended and does not return.
func (c *Calls) abandon(call Call, returned <-chan struct{}, release func()) {
	select {
	case <-time.After(abandonGrace):
		c.o.Abandoned(call, abandonGrace)
		release()
	case <-returned:
	case <-c.ctx.Done():
	}
}

// bound returns the context of a call.
func (c *Calls) bound(call Call) (context.Context, context.CancelFunc) {
	timeout := call.op.Async.Timeout
	ctx, cancel := allowance.With(c.ctx, allowance.Config{
		Time:     timeout,
		Cause:    fmt.Errorf("operator %s: no answer within %v", call.Op, timeout),
		Stopping: c.waiting,
		Unasked:  errUnasked,
		Down:     func(why error) { c.o.Down(call.Op, why) },
	})
	if call.deadline.IsZero() {
		return ctx, cancel
	}

	ctx, cancelDeadline := context.WithDeadlineCause(ctx, call.deadline, late(call.op, call.deadline))

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
	a.Value, a.Headers, a.Err = call.op.Async.By(call.By)(ctx, call.Case)
	a.Err = readable(a.Err)

	return a
}
