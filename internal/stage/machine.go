package stage

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A Machine interprets one stage.
type Machine struct {
	plan  *plan.Plan
	stage *plan.Stage
	o     Options

	ops     map[string]*plan.Node
	anchors map[string]string // by operator: what waits for it

	follows map[string]map[string]bool // by operator: those that can be asked because of its decisions
}

// Options of a Machine.
type Options struct {
	// Partitions of each input topic, to find records that are not in their key's partition. Defaults to 0:
	// nobody looks.
	Partitions int32
	// TopicID tells topics apart that have one name, since one was deleted before the other was created.
	// Defaults to the name.
	TopicID func(topic string) string
	// MaxRecord bounds a record: key, value and headers, in bytes. Defaults to 900,000.
	MaxRecord int
	// Limits are what a topic takes. Defaults to MaxRecord, and any time.
	Limits func(topic string) Limits
	// Modified is called when a step changed what its argument points to. Defaults to nil: nobody looks,
	// which is faster.
	Modified func(step string)
}

// New returns the machine of a stage.
func New(p *plan.Plan, s *plan.Stage, o Options) *Machine {
	if o.TopicID == nil {
		o.TopicID = func(topic string) string { return topic }
	}
	o.MaxRecord = cmp.Or(o.MaxRecord, 900_000)
	if o.Limits == nil {
		o.Limits = func(string) Limits { return Limits{} }
	}

	m := &Machine{
		plan:    p,
		stage:   s,
		o:       o,
		ops:     map[string]*plan.Node{},
		anchors: map[string]string{},
		follows: map[string]map[string]bool{},
	}
	for _, id := range s.Nodes {
		if n := &p.Nodes[id]; n.Kind == plan.KindAsync {
			m.follows[n.Name] = follows(p, s, n)
			for _, name := range append(n.Async.Was, n.Name) {
				m.ops[name], m.anchors[name] = n, p.Anchor(n)
			}
		}
	}

	return m
}

// HasDeadline reports whether events that wait for the operator have a deadline.
func (m *Machine) HasDeadline(op string) bool {
	return m.ops[op] != nil && m.ops[op].Async.Deadline != nil
}

// Accepts returns why events that were kept for an operator under an anchor can't be asked about, or nil.
func (m *Machine) Accepts(op, anchor string) error {
	switch {
	case m.ops[op] == nil:
		return fmt.Errorf("events wait for operator %s, which this version of the topology does not have: if it has "+
			"another name now, list %[1]s in the Policy.Was of that one; otherwise pause the producers, and run the "+
			"version before until they are answered", op)
	case !plan.SameAnchor(anchor, m.anchors[op]):
		return &AnchorError{Op: op, Kept: anchor, Now: m.anchors[op]}
	}
	return nil
}

// Event runs an event through the stage. row is its key's: the zero Row if there is none.
func (m *Machine) Event(msg Message, row *Row, copies Copies) (Effects, error) {
	r := m.start(msg.Key, row, copies)

	err := r.guard(func() error {
		if err := r.event(msg); err != nil {
			return err
		}
		return r.finish()
	})
	if err != nil {
		return m.reject(msg, row, "", err)
	}

	return r.effects(), nil
}

// reject returns the effects of a record that could not be processed: a dead letter, and nothing else.
func (m *Machine) reject(msg Message, row *Row, op string, err error) (Effects, error) {
	if cannot := new(engineError); errors.As(err, &cannot) && !testhook.IsOff(testhook.UnreadableRow) {
		return Effects{Row: row}, cannot.error
	}
	return Effects{Key: msg.Key, Row: row, Outputs: []Output{m.deadLetter(msg, op, err)}, DeadLetters: 1}, nil
}

// engineError is an error that is not the record's fault.
type engineError struct{ error }

func (e *engineError) Unwrap() error { return e.error }

// A RowError reports a row that cannot be decoded. That is not the fault of the event that met it: the stage
// stops, and the row stays as it is.
type RowError struct {
	Table, Key, Type string
	Err              error
}

func (e *RowError) Error() string {
	return fmt.Sprintf("row %s/%s cannot be decoded as %s: %v. The row and its events are kept: run the version of "+
		"the program that wrote it, or read it by topology.Upgrade", e.Table, e.Key, e.Type, e.Err)
}

func (e *RowError) Unwrap() error { return e.Err }

func isEngine(err error) bool { return errors.As(err, new(*engineError)) }

// event decodes the record and hands it to each step that reads its topic.
func (r *run) event(msg Message) error {
	m := r.m
	if err := m.checkKey(msg); err != nil {
		return err
	}

	t := m.plan.Topic(msg.Topic)
	if t == nil {
		return fmt.Errorf("nothing reads topic %s", msg.Topic)
	}

	v, err := decode(t.Codec, &t.Type, msg.Value)
	if err != nil {
		return fmt.Errorf("cannot be decoded as %s: %w", t.Type.Value, err)
	}

	at, err := m.eventTime(t, msg, v)
	if err != nil {
		return err
	}

	r.origin = fmt.Sprintf("%s/%d/%d", m.o.TopicID(msg.Topic), msg.Partition, msg.Offset)
	rec := plan.Item{
		Key:       msg.Key,
		ID:        cmp.Or(strings.ToValidUTF8(msg.Headers["ce_id"], "\uFFFD"), r.origin), // as JSON keeps it
		Topic:     msg.Topic,
		Value:     v,
		Time:      at,
		Headers:   msg.Headers,
		Partition: msg.Partition,
		Offset:    msg.Offset,
	}

	for _, id := range m.stage.Froms(m.plan, msg.Topic) {
		if err := r.down(id, flow{rec: rec, anchor: rec}); err != nil {
			return err
		}
	}

	return nil
}

// checkKey refuses a record whose row would be another stage's or partition's.
func (m *Machine) checkKey(msg Message) error {
	if msg.Key == "" {
		if m.stage.Keeps {
			return errors.New("the record has no key")
		}
		return nil
	}

	n := m.o.Partitions
	if n == 0 {
		return nil
	}

	if p := murmur2.Partition(msg.Key, n); p != msg.Partition && !testhook.IsOff(testhook.Misrouted) {
		return fmt.Errorf("misrouted: the partition of key %q is %d of %d (murmur2, as Java's default): "+
			"set the producer's partitioner",
			msg.Key, p, n)
	}

	return nil
}

// eventTime returns the time of an event: what the topic's configuration makes of the value, else the
// record's.
func (m *Machine) eventTime(t *plan.Topic, msg Message, v any) (time.Time, error) {
	at := msg.Time
	if t.Time != nil {
		if told := t.Time(v); !told.IsZero() {
			at = told
		}
	}

	if at != msg.Time && isRecordTime(at) && isAhead(at, msg.Time) {
		if t.RefuseAhead {
			return at, fmt.Errorf("the event's time is %s, which is yet to come", at.Format(time.RFC3339))
		}
		at = msg.Time
	}

	if !at.IsZero() && !isRecordTime(at) && !testhook.IsOff(testhook.EventTime) {
		return at, fmt.Errorf("the event's time is %s, which no record can have", at.Format(time.RFC3339))
	}

	return at, nil
}

// maxAhead is how far a clock that tells an event's time may be ahead.
const maxAhead = time.Hour

// isAhead reports whether a time comes from a clock that is ahead. The record's own time may be later than
// now where time is virtual.
func isAhead(at, record time.Time) bool {
	return at.After(record.Add(maxAhead)) && at.After(time.Now().Add(maxAhead))
}

// decode makes a value of bytes. No bytes, and JSON's null, are the zero value.
func decode(c plan.Codec, t *plan.Type, b []byte) (any, error) {
	if b == nil {
		return t.Zero, nil
	}

	p := t.New()
	if err := c.Unmarshal(b, p); err != nil {
		return nil, err
	}
	return t.Deref(p), nil
}
