package stage

import (
	"context"
	"fmt"
	"maps"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/journal"
)

// Settle lets an answer take effect, if it is the one that the key waits for and if it still holds. head is
// the first event of the operator's queue. An answer that nothing waits for is ignored: it came late, or
// twice.
func (m *Machine) Settle(a Answer, row *Row, head *Request, copies Copies) (Effects, error) {
	c := &a.Call
	q := row.Queue(c.Op)
	if q.IsEmpty() || head == nil ||
		head.ID != c.ID && !testhook.IsOff(testhook.AnswerEvent) ||
		q.Asked != c.Attempt && !testhook.IsOff(testhook.AnswerAttempt) {
		return Effects{Key: c.Key, Row: row, Ignored: true}, nil
	}
	return m.conclude(c.Key, c.Op, row, head, copies,
		func(r *run, _ error) error {
			if a.Unasked {
				r.uncount()
				r.park(&a)
				return nil
			}
			return r.settle(&a)
		},
		func(r *run, cause error) error { return r.settleAnyhow(&a, cause, (*run).settleWithout) },
		func(r *run, cause error) error { return r.settleAnyhow(&a, cause, (*run).leaveUnsettled) },
	)
}

// uncount takes back the attempt of a call that waited for a model which is down until the worker stopped. It
// says nothing against the case: see Policy.Lost.
func (r *run) uncount() {
	r.queue.Asked--
	r.queue.call = nil
	r.row.Queues = r.row.With(r.queue)
}

// settle decides what becomes of an answer: it is taken, it is replaced by one without asking, or the case is
// asked again.
//
// The case is rebuilt from the rows as they are now. If the answer does not hold for it any more, the case is
// asked again, up to Policy.Reasks times. After that, and at once if the operator failed, GiveUp may answer;
// what it returns has to hold, too. If it doesn't, the case is unsettled.
func (r *run) settle(a *Answer) error {
	now, err := r.rebuild()
	if err != nil {
		return err
	}

	if now == nil { // filtered out by now
		r.putOnRecord(a, journal.Void, nil, nil)
		r.advance()
		return nil
	}

	refusal := a.Err
	if refusal == nil {
		refusal = r.refusal(a, now.value)
		if isEngine(refusal) {
			return refusal
		}

		if refusal != nil && r.queue.Reasks < r.op.Async.Reasks {
			r.putOnRecord(a, journal.Again, refusal, nil)
			r.queue.Reasks++
			r.queue.call = nil
			r.queue.Cause = text.TruncateBytes(refusal.Error(), maxCause)
			r.row.Queues = r.row.With(r.queue)
			r.heads = append(r.heads, r.queue.Op)
			return nil
		}
	}

	if refusal == nil {
		r.putOnRecord(a, journal.Taken, nil, nil)
		return r.send(a, now, r.op.ID, a.Value, a.Headers)
	}

	return r.settleWithout(a, now, refusal)
}

// settleAnyhow settles a case whose answer can't be applied: a record that follows from it is too large, say,
// or a step below the operator panics. a is nil if there is no answer.
func (r *run) settleAnyhow(a *Answer, cause error, how func(*run, *Answer, *question, error) error) error {
	now, err := r.rebuild()
	switch {
	case err != nil:
		return err
	case now == nil: // filtered out by now
		r.advance()
		return nil
	case a == nil:
		a = r.noAnswer(now)
	}
	return how(r, a, now, cause)
}

// settleWithout settles a case whose operator gave no answer that holds.
func (r *run) settleWithout(a *Answer, now *question, refusal error) error {
	if a.unsettled {
		return r.leaveUnsettled(a, now, refusal)
	}

	w, cause := r.giveUp(now.value, refusal)
	switch {
	case isEngine(cause):
		return cause
	case cause != nil:
		return r.leaveUnsettled(a, now, cause)
	}
	r.putOnRecord(a, journal.Fallback, refusal, w)

	return r.send(a, now, r.op.ID, w, without(a, "fallback", refusal))
}

// leaveUnsettled removes the head and sends its failure on its way; if nothing takes failures, it is a dead
// letter.
func (r *run) leaveUnsettled(a *Answer, now *question, cause error) error {
	r.putOnRecord(a, journal.Unsettled, cause, nil)

	op := r.op.Async
	if len(r.m.stage.Next(op.Unsettled)) == 0 {
		r.deadLetter(cause)
		r.advance()
		return nil
	}

	return r.send(a, now, op.Unsettled, op.Fail(now.value, cause), without(a, "nobody", cause))
}

// maxProvenance bounds each entry of what an operator told of a case that it did not settle, in bytes.
const maxProvenance = 1000

// without is the provenance of a case that its operator did not settle. What the operator told is cut, since
// it may be why its answer did not fit.
func without(a *Answer, decidedBy string, cause error) map[string]string {
	provenance := with(a.Headers, "decidedby", decidedBy)
	for name, v := range provenance {
		provenance[name] = text.TruncateBytes(v, maxProvenance)
	}
	return with(provenance, "cause", text.TruncateBytes(cause.Error(), 300))
}

// refusal returns why an answer does not hold for the case as it is now, or nil.
func (r *run) refusal(a *Answer, now any) error {
	if testhook.IsOff(testhook.Recheck) {
		return nil
	}

	if changed := r.op.Async.Changed; changed != nil && changed(a.Call.Case, now) {
		return plan.ErrStale
	}

	if err := r.check(now, a.Value); err != nil {
		return fmt.Errorf("%w: %w", plan.ErrStale, err)
	}
	return nil
}

// check is the operator's Check, with reads of its own. An error of a copy is the engine's.
func (r *run) check(now, w any) error {
	from := newReads(r.op, r.copies)
	r.at = "check " + r.op.Name
	err := readable(r.op.Async.Check(plan.WithReads(context.Background(), from), now, w))
	if fault := from.engineFault(); fault != nil {
		return &engineError{fault}
	}
	return err
}

// giveUp asks for the answer without asking, and holds it to the same check.
func (r *run) giveUp(now any, cause error) (any, error) {
	r.at = "give up " + r.op.Name
	w, err := r.op.Async.GiveUp(now, cause)
	if err != nil {
		return nil, readable(err)
	}

	if bad := r.check(now, w); bad != nil {
		return nil, fmt.Errorf("%w; the answer without asking does not hold either: %w", cause, bad)
	}
	return w, nil
}

// send removes the head and hands a value, as an event that is the decision, to the steps below a node.
func (r *run) send(a *Answer, now *question, from int, value any, provenance map[string]string) error {
	r.advance()
	r.origin = r.head.Origin

	added := r.m.decision(r.head, r.queue.Asked, a, provenance)
	rec := now.item
	rec.ID, rec.Value, rec.Headers = r.head.ID, value, added
	return r.down(from, flow{rec: rec, anchor: rec, added: added, decided: r.head, sent: new(int)})
}

// with returns a copy of h with one more entry.
func with(h map[string]string, name, value string) map[string]string {
	out := maps.Clone(h)
	if out == nil {
		out = map[string]string{}
	}
	out[name] = value
	return out
}
