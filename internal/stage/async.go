package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/journal"
)

// request makes the event wait for its operator's answer. The operator is asked at once if it is the first of
// its key.
func (r *run) request(n *plan.Node, f flow) error {
	event, err := r.m.codec(n).Marshal(f.anchor.Value)
	if err != nil {
		return fmt.Errorf("cannot be kept for operator %s: %w", n.Name, err)
	}

	origin := r.origin
	if k := r.requests[n.Name]; k > 0 {
		origin += "/" + strconv.Itoa(k)
	}

	if r.requests == nil {
		r.requests = map[string]int{}
	}

	r.requests[n.Name]++

	q := Request{
		ID:        r.m.plan.Name + "/" + n.Name + "/" + origin,
		Op:        n.Name,
		Origin:    origin,
		Topic:     f.anchor.Topic,
		Partition: f.anchor.Partition,
		Offset:    f.anchor.Offset,
		EventID:   f.anchor.ID,
		Time:      f.anchor.Time,
		Headers:   f.anchor.Headers,
		Event:     event,
	}

	if r.head(n.Name) == nil {
		r.newHeads = append(r.newHeads, n.Name)
	}
	r.row.Pending = append(r.row.Pending[:len(r.row.Pending):len(r.row.Pending)], q)
	r.row.Time, r.pendingChanged = f.rec.Time, true

	return nil
}

// codec is the one in which the events of an operator's anchor wait.
func (m *Machine) codec(op *plan.Node) plan.Codec {
	if anchor := &m.plan.Nodes[op.Async.Anchor]; anchor.Kind == plan.KindFrom {
		return m.plan.Topic(anchor.Name).Codec
	}
	return plan.JSON{}
}

// head is the first request of an operator, or nil.
func (r *run) head(op string) *Request {
	for i := range r.row.Pending {
		if r.row.Pending[i].Op == op {
			return &r.row.Pending[i]
		}
	}
	return nil
}

// replace puts another request in the place of the head of its operator; nil removes it.
func (r *run) replace(op string, by *Request) {
	pending := make([]Request, 0, len(r.row.Pending))
	done := false
	for _, q := range r.row.Pending {
		switch {
		case done || q.Op != op:
			pending = append(pending, q)
		case by != nil:
			pending, done = append(pending, *by), true
		default:
			done = true
		}
	}
	r.row.Pending, r.pendingChanged = pending, true
}

// advance is replace, after which the new head is asked.
func (r *run) advance(op string, by *Request) {
	r.replace(op, by)
	r.newHeads = append(r.newHeads, op)
}

// ask makes a call of the head of an operator's queue. A head whose case is filtered out, or that cannot be
// built, is dropped, and the next one asked. An error is the engine's, never the event's.
func (r *run) ask(op string) error {
	for head := r.head(op); head != nil; head = r.head(op) {
		call, err := r.call(head)
		switch {
		case isEngine(err):
			return err
		case err != nil:
			r.drop(head, err)
		case call == nil: // filtered out
			r.replace(op, nil)
		default:
			next := *head
			next.Asked++
			r.replace(op, &next)
			r.calls = append(r.calls, *call)
			return nil
		}
	}

	return nil
}

// call builds the case of a request. nil: it is filtered out.
func (r *run) call(head *Request) (call *Call, err error) {
	err = r.guard(func() error {
		q, err := r.rebuild(head)
		if q == nil {
			return err
		}

		n := r.m.ops[head.Op]
		call = &Call{
			Key:     r.key,
			ID:      head.ID,
			Op:      head.Op,
			Attempt: head.Asked + 1,
			Case:    q.value,
			Rows:    join(q.rows),
			op:      n,
		}
		if n.Async.Record {
			call.seen = q.rows
		}

		if n.Async.Deadline != nil {
			call.deadline = n.Async.Deadline(q.value)
		}

		return nil
	})

	return call, err
}

// drop removes the head of an operator's queue and leaves a dead letter.
func (r *run) drop(q *Request, err error) {
	r.deadLetter(q, err)
	r.replace(q.Op, nil)
}

func (r *run) deadLetter(q *Request, err error) {
	r.outputs = append(r.outputs, r.m.deadLetter(q.message(r.key), q.Op, err))
	r.deadLetters++
}

// message is the record that a waiting event came from, as far as it is known: its bytes are the event's.
func (q *Request) message(key string) Message {
	return Message{
		Topic:     q.Topic,
		Partition: q.Partition,
		Offset:    q.Offset,
		Key:       key,
		Value:     q.Event,
		Time:      q.Time,
		Headers:   q.Headers,
	}
}

// A question is what an operator is asked, built from the rows as they are now. It shares no memory with
// them.
type question struct {
	value any
	item  plan.Item
	rows  []seenRow
}

func join(rows []seenRow) string {
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.String()
	}
	return strings.Join(names, ",")
}

// rebuild runs the steps between a waiting event and its operator. nil: the case is filtered out.
func (r *run) rebuild(request *Request) (*question, error) {
	n := r.m.ops[request.Op]
	if n == nil {
		return nil, fmt.Errorf("operator %s is gone from the topology", request.Op)
	}

	v, err := decode(r.m.codec(n), &r.m.plan.Nodes[n.Async.Anchor].Value, request.Event)
	if err != nil {
		return nil, fmt.Errorf("a waiting event of operator %s cannot be decoded: %w", request.Op, err)
	}

	q := &question{item: plan.Item{
		Key:       r.key,
		ID:        request.EventID,
		Topic:     request.Topic,
		Value:     v,
		Time:      request.Time,
		Headers:   request.Headers,
		Partition: request.Partition,
		Offset:    request.Offset,
	}}
	for _, id := range n.Async.Path {
		if kept, err := r.repeat(&r.m.plan.Nodes[id], q); err != nil || !kept {
			return nil, err
		}
	}
	q.value = q.item.Value

	return q, nil
}

// repeat runs one step of an operator's path once more. It reports whether the step kept the case.
func (r *run) repeat(n *plan.Node, q *question) (kept bool, err error) {
	if n.Read == nil {
		values, err := n.Each(q.item)
		if err != nil || len(values) == 0 {
			return false, err
		}
		q.item.Value = values[0]
		return true, nil
	}

	row, saw, err := r.read(n, q.item)
	if n.Kind == plan.KindJoin && err == nil { // the call's own copy, of the row as this event has made it
		row, err = r.decodeRow()
		saw = r.own()
	}

	if err != nil {
		return false, err
	}

	q.rows = append(q.rows, saw)
	q.item.Value = n.Read(q.item, row)

	return true, nil
}

// Settle lets an answer take effect, if it is the one that the key waits for and if it still holds. An answer
// that nothing waits for is ignored: it came late, or twice.
func (m *Machine) Settle(a Answer, row *Row, copies Copies) (Effects, error) {
	r := m.start(a.Call.Key, row, copies)
	q := r.head(a.Call.Op)
	if q == nil || q.ID != a.Call.ID || q.Asked != a.Call.Attempt {
		return Effects{Key: a.Call.Key, Row: row, Ignored: true}, nil
	}

	err := r.guard(func() error {
		if err := r.settle(q, &a); err != nil {
			return err
		}
		return r.finish()
	})
	if err == nil {
		return r.effects(), nil
	}

	if cannot := new(engineError); errors.As(err, &cannot) {
		return Effects{Row: row}, cannot.error
	}

	r = m.start(a.Call.Key, row, copies) // nothing of it has happened
	r.drop(q, err)
	r.newHeads = append(r.newHeads, q.Op)

	return r.effectsOr(r.finish())
}

// settle decides what becomes of an answer: it is taken, it is replaced by one without asking, or the case is
// asked again.
//
// The case is rebuilt from the rows as they are now. If the answer does not hold for it any more, the case is
// asked again, up to Policy.Reasks times. After that, and at once if the operator failed, GiveUp may answer;
// what it returns has to hold, too. If it doesn't, the case is unsettled.
func (r *run) settle(q *Request, a *Answer) error {
	now, err := r.rebuild(q)
	if err != nil {
		return err
	}

	if now == nil { // filtered out by now
		r.putOnRecord(q, a, journal.Void, nil, nil)
		r.advance(q.Op, nil)
		return nil
	}

	op := r.m.ops[q.Op]

	refusal := a.Err
	if refusal == nil {
		refusal = r.refusal(op, a, now.value)
		if isEngine(refusal) {
			return refusal
		}

		if refusal != nil && q.Reasks < op.Async.Reasks {
			r.putOnRecord(q, a, journal.Again, refusal, nil)
			again := *q
			again.Reasks++
			r.advance(q.Op, &again)
			return nil
		}
	}

	if refusal == nil {
		r.putOnRecord(q, a, journal.Taken, nil, nil)
		return r.take(q, a, now, a.Value, a.Headers)
	}

	return r.settleWithout(q, a, now, refusal)
}

// settleWithout settles a case whose operator gave no answer that holds.
func (r *run) settleWithout(q *Request, a *Answer, now *question, refusal error) error {
	provenance := with(a.Headers, "decidedby", "fallback")
	provenance = with(provenance, "cause", text.TruncateBytes(refusal.Error(), 300))

	w, cause := r.giveUp(r.m.ops[q.Op], now.value, refusal)
	switch {
	case isEngine(cause):
		return cause
	case cause == nil:
		r.putOnRecord(q, a, journal.Fallback, refusal, w)
		return r.take(q, a, now, w, provenance)
	}
	r.putOnRecord(q, a, journal.Unsettled, cause, nil)

	return r.fail(q, a, now, with(provenance, "decidedby", "nobody"), cause)
}

// refusal returns why an answer does not hold for the case as it is now, or nil.
func (r *run) refusal(op *plan.Node, a *Answer, now any) error {
	if changed := op.Async.Changed; changed != nil && changed(a.Call.Case, now) {
		return plan.ErrStale
	}

	if err := r.check(op, now, a.Value); err != nil {
		return fmt.Errorf("%w: %w", plan.ErrStale, err)
	}
	return nil
}

// check is the operator's Check, with reads of its own. An error of a copy is the engine's.
func (r *run) check(op *plan.Node, now, w any) error {
	from := newReads(op, r.copies)
	err := op.Async.Check(plan.WithReads(context.Background(), from), now, w)
	if fault := from.engineFault(); fault != nil {
		return &engineError{fault}
	}
	return err
}

// giveUp asks for the answer without asking, and holds it to the same check.
func (r *run) giveUp(op *plan.Node, now any, cause error) (any, error) {
	w, err := op.Async.GiveUp(now, cause)
	if err != nil {
		return nil, err
	}

	if bad := r.check(op, now, w); bad != nil {
		return nil, fmt.Errorf("%w; the answer without asking does not hold either: %w", cause, bad)
	}
	return w, nil
}

// take removes the request and sends an answer on its way.
func (r *run) take(q *Request, a *Answer, now *question, w any, provenance map[string]string) error {
	return r.send(q, a, now, r.m.ops[q.Op].ID, w, provenance)
}

// fail removes the request and sends its failure on its way; if nothing takes failures, it is a dead letter.
func (r *run) fail(q *Request, a *Answer, now *question, provenance map[string]string, cause error) error {
	op := r.m.ops[q.Op].Async
	if len(r.m.stage.Next(op.Unsettled)) == 0 {
		r.advance(q.Op, nil)
		r.deadLetter(q, cause)
		return nil
	}
	return r.send(q, a, now, op.Unsettled, op.Fail(now.value, cause), provenance)
}

// send removes the request and hands a value, as an event that is the decision, to the steps below a node.
func (r *run) send(
	q *Request, a *Answer, now *question, from int, value any, provenance map[string]string,
) error {
	r.advance(q.Op, nil)
	r.origin = q.Origin

	added := r.m.decision(q, a, provenance)
	rec := now.item
	rec.ID, rec.Value, rec.Headers = q.ID, value, added
	return r.down(from, flow{rec: rec, anchor: rec, added: added, sent: new(int)})
}

// Resume counts one more attempt for the head of each queue of a recovered row. Its calls are to be made when
// the effects are durable.
func (m *Machine) Resume(key string, row *Row, copies Copies) (Effects, error) {
	r := m.start(key, row, copies)
	for i := range row.Pending {
		if op := row.Pending[i].Op; r.head(op) == &r.row.Pending[i] {
			r.newHeads = append(r.newHeads, op)
		}
	}
	return r.effectsOr(r.finish())
}

// effectsOr returns the run's effects; with an error there are none.
func (r *run) effectsOr(err error) (Effects, error) {
	if err != nil {
		return Effects{Row: r.before}, err
	}
	return r.effects(), nil
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
