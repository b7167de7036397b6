package stage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// request makes the event wait for its operator's answer. If it is the first of its key, the operator is to
// be asked.
func (r *run) request(n *plan.Node, f flow) error {
	event, err := r.m.codec(n).Marshal(f.anchor.Value)
	if err != nil {
		return fmt.Errorf("cannot be kept for operator %s: %w", n.Name, err)
	}

	origin := r.originOf(r.requests[n.Name])
	if r.requests == nil {
		r.requests = map[string]int{}
	}
	r.requests[n.Name]++

	request := &Request{
		ID:        r.m.plan.Name + "/" + n.Name + "/" + origin,
		Op:        n.Name,
		Origin:    origin,
		Topic:     f.anchor.Topic,
		Partition: f.anchor.Partition,
		Offset:    f.anchor.Offset,
		EventID:   f.anchor.ID,
		Time:      storable(f.anchor.Time),
		Headers:   f.anchor.Headers,
		Since:     time.Now().UTC(),
		Anchor:    r.m.anchors[n.Name],
		Event:     event,
	}
	if n.Async.Deadline != nil {
		request.Deadline = storable(n.Async.Deadline(f.rec.Value))
	}
	if n.Async.Tenant != nil {
		request.Tenant = strings.ToValidUTF8(n.Async.Tenant(f.rec.Value), "\uFFFD") // as JSON keeps it
	}
	if n.Async.Priority != nil {
		request.Priority = n.Async.Priority(f.rec.Value)
	}

	return r.wait(n, request)
}

// wait puts a request at the end of its queue.
func (r *run) wait(n *plan.Node, request *Request) error {
	if size, most := request.Size()+len(r.key), r.m.maxRecord(r.m.plan.Cells(r.m.stage)); size > most {
		return fmt.Errorf("the event would have %d bytes while it waits for operator %s, "+
			"at most %d are allowed", size, n.Name, most)
	}

	q := r.queueFor(n)
	isFirst := q.IsEmpty()
	request.Op = q.Op
	r.waiting = append(r.waiting, Change{Op: q.Op, Seq: q.Next, Request: request})
	q.Next++
	r.row.Queues = r.row.With(q)

	if isFirst || isPassed(n, q) && !slices.Contains(r.heads, q.Op) {
		r.heads = append(r.heads, q.Op)
	}

	return nil
}

// storable returns the time closest to at that can be kept: JSON has none beyond the year 9999. It has no
// reading of the monotonic clock, which ends with the process, so it is the same after a recovery.
func storable(at time.Time) time.Time {
	switch {
	case at.IsZero():
		return at
	case at.Before(minTime):
		return minTime.UTC()
	case at.After(maxTime):
		return maxTime.UTC()
	}
	return at.UTC().Round(0)
}

// queueFor returns the queue in which an event waits for an operator: that of a former name if one is not
// empty, so that the order of the key is kept.
func (r *run) queueFor(n *plan.Node) Queue {
	for _, was := range n.Async.Was {
		if q := r.row.Queue(was); !q.IsEmpty() {
			return q
		}
	}
	return r.row.Queue(n.Name)
}

// codec is the one in which the events of an operator's anchor wait.
func (m *Machine) codec(op *plan.Node) plan.Codec {
	if anchor := &m.plan.Nodes[op.Async.Anchor]; anchor.Kind == plan.KindFrom {
		return m.plan.Topic(anchor.Name).Codec
	}
	return plan.JSON{}
}

// advance removes the head of the operator's queue, after which the next one is to be asked.
func (r *run) advance() {
	q := r.row.Queue(r.queue.Op)
	if q.call != nil {
		r.ended = append(r.ended, q.call)
	}

	r.waiting = append(r.waiting, Change{Op: q.Op, Seq: q.First, Request: r.head, Gone: true})
	q = Queue{Op: q.Op, First: q.First + 1, Next: q.Next, Marked: q.Marked}
	r.row.Queues = r.row.With(q)

	if !q.IsEmpty() {
		r.heads = append(r.heads, q.Op)
	}
}

// Ask makes a call of an event that is the head of its operator's queue, and counts the attempt. A head whose
// case is filtered out by now, or that cannot be built, is dropped. One whose deadline has passed is given
// up, and so is one of which too many attempts have ended without an answer. One that a newer event has
// passed is superseded.
func (m *Machine) Ask(key, op string, row *Row, head *Request, copies Copies) (Effects, error) {
	switch q := row.Queue(op); {
	case q.IsEmpty():
		return Effects{Key: key, Row: row, Ignored: true}, nil
	case isPassed(m.ops[op], q):
		return m.conclude(key, op, row, head, copies, (*run).supersede)
	}
	return m.conclude(key, op, row, head, copies, (*run).ask, (*run).askNoMore)
}

// Slots are those of operators: see Calls.
type Slots interface {
	Take(op string) bool
	Release(op string)
}

// Proceed asks about the heads that effects leave, as far as slots are free, and adds what that comes to. The
// heads that are left then are to stand in line. cell returns an event that waits, by its number.
func (m *Machine) Proceed(
	e Effects, slots Slots, cell func(op string, seq int64) (*Request, error), copies Copies,
) (Effects, error) {
	heads, superseded := e.Heads, 0
	e.Heads = nil
	for len(heads) > 0 {
		op := heads[0]
		heads = heads[1:]

		passed := isPassed(m.ops[op], e.Row.Queue(op)) // it needs no slot
		if passed && superseded == maxSuperseded || !passed && !slots.Take(op) {
			e.Heads = append(e.Heads, op)
			continue
		}

		if passed {
			superseded++
		}

		head, err := e.cell(op, e.Row.Queue(op).First, cell)
		if err != nil {
			return e, err
		}

		next, err := m.Ask(e.Key, op, e.Row, head, copies)
		if err != nil {
			return e, err
		}

		if len(next.Calls) == 0 && !passed {
			slots.Release(op)
		}
		heads = append(heads, next.Heads...)
		e.add(next)
	}

	for _, c := range e.ended {
		c.end()
	}

	return e, nil
}

// cell returns an event that waits, which may be of these effects.
func (e *Effects) cell(op string, seq int64, cell func(string, int64) (*Request, error)) (*Request, error) {
	for _, c := range e.Waiting {
		if c.Op == op && c.Seq == seq && !c.Gone {
			return c.Request, nil
		}
	}
	return cell(op, seq)
}

// add takes in the effects of what happened next, except for their heads.
func (e *Effects) add(next Effects) {
	e.Row = next.Row
	e.Changed = e.Changed || next.Changed
	e.Waiting = append(e.Waiting, next.Waiting...)
	e.Parked = append(e.Parked, next.Parked...)
	e.Outputs = append(e.Outputs, next.Outputs...)
	e.Calls = append(e.Calls, next.Calls...)
	e.ended = append(e.ended, next.ended...)
	e.DeadLetters += next.DeadLetters
}

// ask makes the call of the head, if its case still stands.
func (r *run) ask(error) error {
	early := r.queue.Early
	if early { // it is made only now
		r.queue.Asked--
		r.queue.Early = false
	}

	now, err := r.rebuild()
	switch {
	case err != nil:
		return err
	case now == nil: // filtered out
		r.advance()
		return nil
	}

	if cause := r.overdue(); cause != nil {
		return r.settleWithout(r.noAnswer(now), now, cause)
	}

	if r.queue.Asked == 0 || !testhook.IsOff(testhook.CountedAttempts) {
		r.queue.Asked++
	}
	r.queue.call = nil
	if r.op.Async.Latest {
		r.queue.call = &callUnderWay{gone: make(chan struct{})}
	}
	r.row.Queues = r.row.With(r.queue)
	call := Call{
		Key:      r.key,
		ID:       r.head.ID,
		Op:       r.queue.Op,
		Attempt:  r.queue.Asked,
		Case:     now.value,
		Rows:     join(now.rows),
		Early:    early,
		op:       r.op,
		deadline: r.head.Deadline,
		seen:     now.rows,
		underWay: r.queue.call,
		tenant:   r.head.Tenant,
	}

	if len(r.op.Async.Candidates) > 0 {
		again, err := r.rebuild()
		if err != nil || again == nil {
			return fmt.Errorf("operator %s: its case can't be built twice: %w", r.op.Name, err)
		}
		call.head, call.copied = r.head, again.value
	}
	r.calls = append(r.calls, call)

	return nil
}

// askNoMore ends a case that is overdue, and for which what GiveUp returned can't be applied.
func (r *run) askNoMore(cause error) error {
	if r.overdue() == nil {
		return cause
	}
	return r.settleAnyhow(nil, cause, (*run).leaveUnsettled)
}

// noAnswer is the answer of a call that is not made, or was lost: what is decided without it has seen the
// rows of now.
func (r *run) noAnswer(now *question) *Answer {
	return &Answer{Call: Call{
		Key:     r.key,
		ID:      r.head.ID,
		Op:      r.queue.Op,
		Attempt: r.queue.Asked,
		Rows:    join(now.rows),
	}}
}

// overdue returns why the head is not asked any more, or nil.
func (r *run) overdue() error {
	if d := r.head.Deadline; !d.IsZero() && !time.Now().Before(d) {
		return late(r.op, d)
	}

	lost := r.queue.Asked - r.queue.Reasks
	if lost >= r.op.Async.Lost && !testhook.IsOff(testhook.LostAttempts) {
		return fmt.Errorf("operator %s: %d attempts have ended without an answer: "+
			"each time the worker ended, or lost the partition, while it asked", r.op.Name, lost)
	}

	return nil
}

func late(op *plan.Node, deadline time.Time) error {
	return fmt.Errorf("operator %s: no answer before the deadline, %s",
		op.Name, deadline.Format("2006-01-02T15:04:05.000Z07:00"))
}

// An ending is one way to go on with the head of a queue. cause is why the endings before it failed.
type ending func(r *run, cause error) error

// conclude ends what concerns the head of a queue in the first way that can be applied. A head for which none
// can is dropped, and leaves a dead letter; an error of the engine leaves everything as it is.
func (m *Machine) conclude(key, op string, row *Row, head *Request, copies Copies, ways ...ending) (
	Effects, error,
) {
	begin := func() *run {
		r := m.start(key, row, copies)
		r.op, r.head, r.queue = m.ops[op], head, row.Queue(op)
		return r
	}

	var cause error
	for _, way := range ways {
		r := begin() // nothing of the way before has happened
		err := r.guard(func() error {
			if err := way(r, cause); err != nil {
				return err
			}
			return r.finish()
		})
		if err == nil {
			return r.effects(), nil
		}

		if cannot := new(engineError); errors.As(err, &cannot) {
			return Effects{Key: key, Row: row}, cannot.error
		}

		switch err = r.where(err); {
		case cause == nil:
			cause = err
		case !strings.Contains(cause.Error(), err.Error()):
			cause = fmt.Errorf("%w; and then: %w", cause, err)
		}
	}

	r := begin()
	r.deadLetter(cause)
	r.advance()

	return r.effects(), r.finish()
}

func (r *run) deadLetter(err error) {
	r.outputs = append(r.outputs, r.m.deadLetter(r.head.message(r.key), r.head, r.op.Name, err))
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
		Origin:    q.Origin,
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

// rebuild runs the steps between the head and its operator. nil: the case is filtered out.
func (r *run) rebuild() (*question, error) {
	n, request := r.op, r.head
	if !plan.SameAnchor(request.Anchor, r.m.anchors[n.Name]) && !testhook.IsOff(testhook.Anchor) {
		return nil, &engineError{&AnchorError{Op: n.Name, Kept: request.Anchor, Now: r.m.anchors[n.Name]}}
	}

	v, err := decode(r.m.codec(n), &r.m.plan.Nodes[n.Async.Anchor].Value, request.Event)
	if err != nil {
		return nil, fmt.Errorf("a waiting event of operator %s cannot be decoded: %w", n.Name, err)
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
	r.at = stepName(n)
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

// An AnchorError reports that events wait for an operator in a form that the topology does not have any more.
type AnchorError struct{ Op, Kept, Now string }

func (e *AnchorError) Error() string {
	return fmt.Sprintf("events wait for operator %s as they left %s, and this version of the topology "+
		"has them leave %s: pause the producers, and run the version before until they are answered",
		e.Op, e.Kept, e.Now)
}
