package stage

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/journal"
)

// request makes the event wait for its operator's answer. It is asked when it is the first of its key.
func (r *run) request(n *plan.Node, f flow) error {
	event, err := r.m.codec(n).Marshal(f.anchor.Value)
	if err != nil {
		return fmt.Errorf("cannot be kept for operator %s: %w", n.Name, err)
	}
	origin := r.origin
	if k := r.asked[n.Name]; k > 0 {
		origin += "/" + strconv.Itoa(k)
	}
	if r.asked == nil {
		r.asked = map[string]int{}
	}
	r.asked[n.Name]++
	q := Request{ID: r.m.plan.Name + "/" + n.Name + "/" + origin, Op: n.Name, Origin: origin, Topic: f.anchor.Topic, Partition: f.anchor.Partition, Offset: f.anchor.Offset,
		EventID: f.anchor.ID, Time: f.anchor.Time, Headers: f.anchor.Headers, Event: event}
	first := r.head(n.Name) == nil
	r.row.Pending = append(r.row.Pending[:len(r.row.Pending):len(r.row.Pending)], q)
	r.row.Time, r.queue = f.rec.Time, true
	if first {
		r.heads = append(r.heads, n.Name)
	}
	return nil
}

// codec is the one in which the events of an operator's anchor wait.
func (m *Machine) codec(op *plan.Node) plan.Codec {
	if a := &m.plan.Nodes[op.Async.Anchor]; a.Kind == plan.KindFrom {
		return m.plan.Topic(a.Name).Codec
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
	r.row.Pending, r.queue = pending, true
}

// advance is replace, after which the new head is asked.
func (r *run) advance(op string, by *Request) {
	r.replace(op, by)
	r.heads = append(r.heads, op)
}

// ask makes a call of the head of an operator's queue. A head whose case is filtered out, or that cannot be built, is
// dropped, and the next one asked. An error is the engine's, never the event's.
func (r *run) ask(op string) error {
	for q := r.head(op); q != nil; q = r.head(op) {
		next := *q
		next.Asked++
		a := r.m.ops[op]
		var c *question
		var deadline time.Time
		err := r.guard(func() (err error) {
			if c, err = r.rebuild(q); c != nil && a.Async.Deadline != nil {
				deadline = a.Async.Deadline(c.value)
			}
			return err
		})
		if cannot := new(engineError); errors.As(err, &cannot) {
			return err
		}
		if err != nil {
			r.drop(q, err)
			continue
		}
		if c == nil {
			r.replace(op, nil)
			continue
		}
		r.replace(op, &next)
		call := Call{Key: r.key, ID: next.ID, Op: op, Attempt: next.Asked, Case: c.value, Rows: join(c.rows), step: deciding{op: a, deadline: deadline}}
		if a.Async.Record {
			call.seen = c.rows
		}
		r.calls = append(r.calls, call)
		return nil
	}
	return nil
}

// drop removes the head of an operator's queue and leaves a dead letter.
func (r *run) drop(q *Request, err error) {
	r.outputs = append(r.outputs, r.m.deadLetter(q.message(r.key), q.Op, err))
	r.dead++
	r.replace(q.Op, nil)
}

// message is the record that a waiting event came from, as far as it is known: its bytes are the event's.
func (q *Request) message(key string) Message {
	return Message{Topic: q.Topic, Partition: q.Partition, Offset: q.Offset, Key: key, Value: q.Event, Time: q.Time, Headers: q.Headers}
}

// A question is what an operator is asked, built from the rows as they are now. It shares no memory with them.
type question struct {
	value  any
	record plan.Item
	rows   []seenRow
}

func join(rows []seenRow) string {
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.String()
	}
	return strings.Join(names, ",")
}

// rebuild runs the steps between a waiting event and its operator. nil: the case is filtered out.
func (r *run) rebuild(q *Request) (*question, error) {
	n := r.m.ops[q.Op]
	if n == nil {
		return nil, fmt.Errorf("operator %s is gone from the topology", q.Op)
	}
	v, err := decode(r.m.codec(n), &r.m.plan.Nodes[n.Async.Anchor].Value, q.Event)
	if err != nil {
		return nil, fmt.Errorf("a waiting event of operator %s cannot be decoded: %w", q.Op, err)
	}
	c := &question{record: plan.Item{Key: r.key, ID: q.EventID, Topic: q.Topic, Value: v, Time: q.Time, Headers: q.Headers, Partition: q.Partition, Offset: q.Offset}}
	for _, id := range n.Async.Path {
		if kept, err := r.again(&r.m.plan.Nodes[id], c); err != nil || !kept {
			return nil, err
		}
	}
	c.value = c.record.Value
	return c, nil
}

// again runs one step of a path once more.
func (r *run) again(n *plan.Node, c *question) (kept bool, err error) {
	if n.Read == nil {
		values, err := n.Each(c.record)
		if err != nil || len(values) == 0 {
			return false, err
		}
		c.record.Value = values[0]
		return true, nil
	}
	row, saw, err := r.read(n, c.record)
	if n.Kind == plan.KindJoin && err == nil { // the call's own copy, of the row as this event has made it
		row, err = r.decodeRow()
		saw = r.own()
	}
	if err != nil {
		return false, err
	}
	c.rows = append(c.rows, saw)
	c.record.Value = n.Read(c.record, row)
	return true, nil
}

// Settle lets an answer take effect, if it is the one that the key waits for and if it still holds.
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
	r.heads = append(r.heads, q.Op)
	return r.effectsOf(r.finish())
}

func (r *run) settle(q *Request, a *Answer) error {
	now, err := r.rebuild(q)
	if err != nil {
		return err
	}
	if now == nil { // filtered out by now
		r.put(q, a, journal.Void, nil, nil)
		r.advance(q.Op, nil)
		return nil
	}
	op := r.m.ops[q.Op]
	w, provenance, cause := a.Value, a.Headers, a.Err
	if cause == nil {
		if cause = r.holds(op, a, now.value); isEngine(cause) {
			return cause
		}
		if cause != nil && q.Reasks < op.Async.Reasks {
			r.put(q, a, journal.Again, cause, nil)
			again := *q
			again.Reasks++
			r.advance(q.Op, &again)
			return nil
		}
	}
	why := cause
	if why != nil {
		if w, cause = r.giveUp(op, now.value, why); isEngine(cause) {
			return cause
		}
		provenance = with(with(provenance, "decidedby", "fallback"), "cause", text.TruncateBytes(why.Error(), 300))
	}
	r.putLast(q, a, w, why, cause)
	return r.take(q, a, now, w, provenance, cause)
}

// putLast puts on record how it ended. why is nil if the answer is taken; then, cause is nil if there is one without asking.
func (r *run) putLast(q *Request, a *Answer, instead any, why, cause error) {
	switch {
	case why == nil:
		r.put(q, a, journal.Taken, nil, nil)
	case cause == nil:
		r.put(q, a, journal.Fallback, why, instead)
	default:
		r.put(q, a, journal.Unsettled, cause, nil)
	}
}

// holds says why an answer does not hold for the case as it is now; nil: it does.
func (r *run) holds(op *plan.Node, a *Answer, now any) error {
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
	if broken := from.broken(); broken != nil {
		return &engineError{broken}
	}
	return err
}

// giveUp asks for the answer without asking, and holds it to the same checks.
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

// take removes the request and sends its answer, or its failure, on its way.
func (r *run) take(q *Request, a *Answer, now *question, w any, provenance map[string]string, cause error) error {
	r.advance(q.Op, nil)
	n := r.m.ops[q.Op]
	r.origin = q.Origin
	rec := now.record
	rec.ID, rec.Value = q.ID, w
	from := n.ID
	if cause != nil {
		provenance = with(provenance, "decidedby", "nobody")
		rec.Value, from = n.Async.Fail(now.value, cause), n.Async.Unsettled
		if len(r.m.stage.Next(from)) == 0 {
			r.outputs = append(r.outputs, r.m.deadLetter(q.message(r.key), q.Op, cause))
			r.dead++
			return nil
		}
	}
	added := r.m.decision(q, a, provenance)
	rec.Headers = added
	return r.down(from, flow{rec: rec, anchor: rec, added: added, sent: new(int)})
}

// Resume counts one more attempt for the head of each queue of a recovered row. Its calls are to be made when the
// effects are durable.
func (m *Machine) Resume(key string, row *Row, copies Copies) (Effects, error) {
	r := m.start(key, row, copies)
	for i := range row.Pending {
		if op := row.Pending[i].Op; r.head(op) == &r.row.Pending[i] {
			r.heads = append(r.heads, op)
		}
	}
	return r.effectsOf(r.finish())
}

func (r *run) effectsOf(err error) (Effects, error) {
	if err != nil {
		return Effects{Row: r.before}, err
	}
	return r.effects(), nil
}

func with(h map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range h {
		if k != name {
			out[k] = v
		}
	}
	return out
}
