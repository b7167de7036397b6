package stage

import (
	"errors"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # Only the newest
//
// With Policy.Latest a newer event of the key takes the place of the one that waits, in the effects of its
// own arrival: the older one leaves its queue and is told superseded. A call about it ends, and its answer is
// one that nothing waits for. The newer one has the place in line of the older one (line.add), so that a key
// with many events has its turn as often as others.
//
// If events came faster than answers, each call would be ended by the next event. So calls are, one after
// the other, at most as often as a changed case is asked again: Queue.Reasks counts them, and goes on to the
// newer event. Then the call is left to end, and the newest event waits behind it.

// ErrSuperseded is the cause of a case that is not asked about any more: a newer event of its key waits.
var ErrSuperseded = errors.New("superseded: a newer event of its key waits")

// maxSuperseded is how many events of one queue are superseded at once.
const maxSuperseded = 100

// A callUnderWay is a call that ends if another event takes the place of its own.
type callUnderWay struct {
	once sync.Once
	gone chan struct{} // closed then
}

func (c *callUnderWay) end() { c.once.Do(func() { close(c.gone) }) }

// gone is closed if the call's event is superseded; nil: it can't be.
func (c *Call) gone() <-chan struct{} {
	if c.underWay == nil || testhook.IsOff(testhook.CallGone) {
		return nil
	}
	return c.underWay.gone
}

// isGone reports whether the call's event is superseded.
func (c *Call) isGone() bool {
	select {
	case <-c.gone():
		return true
	default:
		return false
	}
}

// isPassed reports whether the head of a queue gives way to a newer event.
func isPassed(op *plan.Node, q Queue) bool {
	return op.Async.Latest && q.Next-q.First > 1 && (!q.wasAsked() || q.Reasks < op.Async.Reasks)
}

// wasAsked reports whether a call about the head has been made.
func (q Queue) wasAsked() bool { return q.Asked > 1 || q.Asked == 1 && !q.Early }

// HasTurn reports whether a head that has left the line is to be asked about. Another event may have taken
// its place since: then that one has a place of its own in line, or its call is under way.
func (m *Machine) HasTurn(h Head, row *Row, head *Request) bool {
	if n := m.ops[h.Op]; n == nil || !n.Async.Latest || head == nil {
		return true
	}

	isLate := !head.Deadline.IsZero() && !time.Now().Before(head.Deadline)
	return row.Queue(h.Op).call == nil && (h.Slot || isLate)
}

// HasCall reports whether a call is under way that a newer event of the key may end: a Queue.call, which no
// store keeps.
func (r *Row) HasCall() bool {
	for _, q := range r.Queues {
		if q.call != nil {
			return true
		}
	}
	return false
}

// WithoutCalls returns the row as one whose calls are cut off.
func (r *Row) WithoutCalls() *Row {
	out := *r
	out.Queues = append([]Queue(nil), r.Queues...)
	for i := range out.Queues {
		out.Queues[i].call = nil
	}
	return &out
}

// supersede ends the head of a queue because of a newer event. If nothing takes what is unsettled, nothing is
// told of it.
func (r *run) supersede(error) error {
	now, err := r.rebuild()
	if err != nil {
		return err
	}

	if was := r.queue; was.wasAsked() || was.Reasks > 0 {
		defer r.passOn(was)
	}

	if now == nil || len(r.m.stage.Next(r.op.Async.Unsettled)) == 0 {
		r.advance()
		return nil
	}
	return r.leaveUnsettled(r.noAnswer(now), now, ErrSuperseded)
}

// passOn has the next event of a queue count how many calls in a row were ended.
func (r *run) passOn(was Queue) {
	q := r.row.Queue(was.Op)
	if q.IsEmpty() {
		return
	}

	q.Reasks = was.Reasks
	if was.wasAsked() {
		q.Reasks++
	}
	r.row.Queues = r.row.With(q)
}
