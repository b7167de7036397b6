package stage

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/journal"
)

// # Shadows
//
// While an operator decides, a candidate may be asked the same beside, or the operator beside a candidate
// that decides: see Setting. The answer goes on record, in a transaction of its own (Machine.OnRecord), and
// has no other effect. Nothing waits for it: it has slots of its own, without a free one nobody is asked, and
// its call ends when the worker stops.

// shadows are the calls beside of a stage.
type shadows struct {
	slots   map[string]chan struct{} // by operator
	running atomic.Int64
}

func newShadows(p *plan.Plan, s *plan.Stage) *shadows {
	all := &shadows{slots: map[string]chan struct{}{}}
	for _, id := range s.Nodes {
		if n := &p.Nodes[id]; n.Kind == plan.KindAsync && len(n.Async.Candidates) > 0 {
			all.slots[n.Name] = make(chan struct{}, n.Async.InFlight)
		}
	}
	return all
}

// Shadows returns how many calls beside are under way, or have an answer that is not yet taken.
func (c *Calls) Shadows() int { return int(c.shadows.running.Load()) }

// assign has the call made by who decides about its key now, and returns how who is beside is asked.
func (c *Calls) assign(call Call) (decides Call, askBeside func()) {
	d := c.o.Control.Deciders(call.op, call.Key)
	call.By = d.Decides

	if d.Beside == nil || c.o.Beside == nil {
		return call, func() {}
	}

	beside := call
	beside.By = *d.Beside
	if !testhook.IsOff(testhook.ShadowCase) {
		beside.Case = call.copied
	}

	return call, func() { c.beginBeside(beside) }
}

// beginBeside makes a call beside in the background, if a slot is free.
func (c *Calls) beginBeside(call Call) {
	select {
	case c.shadows.slots[call.op.Name] <- struct{}{}:
		c.shadows.running.Add(1)
		c.moved.Add(1)
		if testhook.IsOff(testhook.ShadowBeside) {
			c.makeBeside(call)
		} else {
			go c.makeBeside(call)
		}
	default: // all slots are taken
	}
}

// makeBeside makes a call beside.
func (c *Calls) makeBeside(call Call) {
	defer func() {
		<-c.shadows.slots[call.op.Name]
		c.shadows.running.Add(-1)
		c.moved.Add(1)
		c.o.Ready()
	}()

	timeout := call.op.Async.Timeout
	ctx, cancel := context.WithTimeoutCause(c.waiting, timeout, fmt.Errorf("no answer within %v", timeout))
	defer cancel()

	from, began := newReads(call.op, c.o.Copies), time.Now()
	ctx, _ = c.spending(ctx, call)
	a := ask(plan.WithReads(ctx, from), call)
	if c.waiting.Err() != nil || IsSpent(a.Err) {
		return
	}

	if a.Err != nil && ctx.Err() != nil {
		a.Err = fmt.Errorf("%w (%w)", context.Cause(ctx), a.Err)
	}
	a.Reads, a.draft = from.String(), from.draft(&a, began)
	c.o.Beside(a)
}

// OnRecord puts an answer beside on record. It has no other effect.
func (m *Machine) OnRecord(a Answer, row *Row) (Effects, error) {
	r := m.start(a.Call.Key, row, nil)
	if r.op = m.ops[a.Call.Op]; r.op == nil || a.Call.head == nil {
		return Effects{}, errors.New("an answer beside of no operator")
	}
	r.head = a.Call.head
	r.putOnRecord(&a, journal.Shadow, nil, nil)

	return Effects{Key: a.Call.Key, Row: row, Outputs: r.outputs}, nil
}
