package stage

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// A run takes one event, or one answer, through the stage. It buffers the changes.
type run struct {
	m      *Machine
	key    string
	copies Copies
	before *Row // as it came in

	// What the run concerns, if it is the head of a queue.
	op    *plan.Node
	head  *Request
	queue Queue // as it was before

	row       Row
	unencoded bool           // row.Bytes are not yet those of row.value
	at        string         // the step that runs, or ran last
	origin    string         // of the record that caused it all
	requests  map[string]int // operator: how many this run has made

	waiting     []Change
	heads       []string // operators whose queue has another head, or is to be asked again
	parked      []Parked
	outputs     []Output
	calls       []Call
	ended       []*callUnderWay // calls about events that are no heads any more
	described   int             // outputs that are no decisions
	deadLetters int             // among outputs
}

// A flow is an event between two steps.
type flow struct {
	rec    plan.Item
	anchor plan.Item         // as it left the last step that can't run again
	added  map[string]string // headers that it takes along: of a decision

	decided *Request // whose decision the event is; nil: nobody's
	sent    *int     // records that the decision has become so far
}

func (m *Machine) start(key string, row *Row, copies Copies) *run {
	return &run{m: m, key: key, copies: copies, before: row, row: *row}
}

// guard turns a panic into an error, and returns errors that can be read.
func (r *run) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		}
	}()
	return readable(f())
}

// A panicError is a panic in a function of the topology.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// A stepError is what a step failed with.
type stepError struct {
	step string
	err  error
}

func (e *stepError) Error() string { return e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// where adds to an error in which step it happened.
func (r *run) where(err error) error {
	if r.at == "" {
		return err
	}
	return &stepError{r.at, err}
}

func stepName(n *plan.Node) string { return strings.TrimSpace(string(n.Kind) + " " + n.Name) }

// down hands an event to every step below node id, in declaration order, each to its end.
func (r *run) down(id int, f flow) error {
	for _, next := range r.m.stage.Next(id) {
		if err := r.step(&r.m.plan.Nodes[next], f); err != nil {
			return err
		}
	}
	return nil
}

// step runs one step, and what is below it.
func (r *run) step(n *plan.Node, f flow) error {
	r.at = stepName(n)
	switch n.Kind {
	case plan.KindTo:
		return r.output(n.Name, f)
	case plan.KindAsync:
		return r.request(n, f)
	case plan.KindRekey:
		var err error
		if f.rec.Key, f.rec.Value, err = n.Rekey(f.rec); err != nil {
			return err
		}
		return r.down(n.ID, f)
	case plan.KindFold, plan.KindApply:
		return r.change(n, f)
	case plan.KindJoin, plan.KindLookup:
		return r.look(n, f)
	}

	values, err := n.Each(f.rec)
	if err != nil {
		return err
	}

	for _, v := range values {
		f.rec.Value = v
		if n.Kind == plan.KindFlatMap || n.Kind == plan.KindMerge {
			f.anchor = f.rec
		}

		if err := r.down(n.ID, f); err != nil {
			return err
		}
	}

	return nil
}

// look runs a join or lookup.
func (r *run) look(n *plan.Node, f flow) error {
	row, _, err := r.read(n, f.rec)
	if err != nil {
		return err
	}

	f.rec.Value = n.Read(f.rec, row)

	return r.down(n.ID, f)
}

// change runs a fold or apply on the row.
func (r *run) change(n *plan.Node, f flow) error {
	old, err := r.value()
	if err != nil {
		return err
	}

	row, outs := n.Step(old, f.rec)
	r.row.value, r.unencoded = row, true
	r.row.Time = f.rec.Time

	for _, v := range outs {
		f.rec.Value = v
		f.anchor = f.rec
		if err := r.down(n.ID, f); err != nil {
			return err
		}
	}

	return nil
}

// version is that of the row as it is now. A change of its value counts; that events wait does not.
func (r *run) version() int64 {
	if bytes.Equal(r.row.Bytes, r.before.Bytes) {
		return r.before.Version
	}
	return r.before.Version + 1
}

// read returns the row that a join or lookup asks for, decoded and as it was seen.
func (r *run) read(n *plan.Node, rec plan.Item) (row any, saw seenRow, err error) {
	if n.Kind == plan.KindJoin {
		row, err = r.value()
		return row, r.own(), err
	}

	saw = seenRow{table: n.Name, key: n.Key(rec)}
	if saw.bytes, saw.version, err = r.copies.Lookup(saw.table, saw.key); err != nil {
		return nil, saw, &engineError{fmt.Errorf("copy of table %s: %w", n.Name, err)}
	}

	if row, err = decode(plan.JSON{}, n.Row, saw.bytes); err != nil {
		err = &engineError{&RowError{saw.table, saw.key, n.Row.Value.String(), err}}
	}

	return row, saw, err
}

// own is the stage's own row of the key, as far as it is encoded.
func (r *run) own() seenRow { return seenRow{r.m.stage.Table, r.key, r.version(), r.row.Bytes} }

// output encodes a record for a topic.
func (r *run) output(topic string, f flow) error {
	t := r.m.plan.Topic(topic)

	b, err := t.Codec.Marshal(f.rec.Value)
	if err != nil {
		return fmt.Errorf("cannot be encoded for topic %s: %w", topic, err)
	}

	o := Output{Topic: topic, Key: f.rec.Key, Value: b, Time: f.rec.Time, Headers: r.headers(t, f)}
	if err := r.m.check(&o); err != nil {
		return err
	}
	r.outputs = append(r.outputs, o)

	return nil
}

// finish encodes the row, and checks its size. A row that can't be encoded is the fault of the event that
// made it so, not of those that wait.
func (r *run) finish() error {
	r.at = ""
	r.separate()

	if r.unencoded {
		if err := r.encodeRow(); err != nil {
			return err
		}
	}

	if bytes.Equal(r.row.Bytes, r.before.Bytes) {
		return nil // it is not written
	}
	changelog := r.m.plan.Changelog(r.m.stage)

	if n, most := len(r.key)+len(r.row.Bytes), r.m.maxRecord(changelog); n > most {
		return fmt.Errorf("the row %s/%s would have %d bytes, at most %d are allowed",
			r.m.stage.Table, r.key, n, most)
	}

	return r.m.checkTime(changelog, r.row.Time)
}

// effects returns what the run comes to. A row that is as before is not written.
func (r *run) effects() Effects {
	e := Effects{
		Key:         r.key,
		Row:         r.before,
		Changed:     !bytes.Equal(r.row.Bytes, r.before.Bytes),
		Waiting:     r.waiting,
		Heads:       r.heads,
		Parked:      r.parked,
		Outputs:     r.outputs,
		Calls:       r.calls,
		ended:       r.ended,
		DeadLetters: r.deadLetters,
	}
	if !e.Changed && slices.Equal(r.row.Queues, r.before.Queues) {
		return e
	}

	row := r.row
	row.Version = r.version()
	if row.Bytes == nil {
		row.Version = 0 // nothing is left that could count
	}
	e.Row = &row

	return e
}
