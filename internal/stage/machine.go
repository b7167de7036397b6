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

	wake *plan.Node // nil: no row is woken

	rows   plan.Fidelity // of the table's type
	strict bool          // a stored row with a field that the type lacks is refused
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
	// Now is the clock by which a time is ahead. Defaults to time.Now.
	Now func() time.Time
	// Impure is called once with each step that is no pure function: what is Modifies or Varies. Steps run
	// twice then. Defaults to nil: nobody looks, which is faster.
	Impure func(step, what string)
	// Elsewhere runs a function where the clock is another one, if time stands still here. Defaults to here.
	Elsewhere func(func())
}

// New returns the machine of a stage.
func New(p *plan.Plan, s *plan.Stage, o Options) *Machine {
	if o.TopicID == nil {
		o.TopicID = func(topic string) string { return topic }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.MaxRecord = cmp.Or(o.MaxRecord, 900_000)
	if o.Limits == nil {
		o.Limits = func(string) Limits { return Limits{} }
	}

	if o.Impure != nil {
		p = watched(p, o)
	}

	m := &Machine{
		plan:    p,
		stage:   s,
		o:       o,
		ops:     map[string]*plan.Node{},
		anchors: map[string]string{},
		follows: map[string]map[string]bool{},
	}
	if s.Rows != nil {
		m.rows = plan.FidelityOf(s.Rows.Value)
		m.strict = plan.KnowsItsFields(s.Rows.Value) && !testhook.IsOff(testhook.StoredFields)
	}

	for _, id := range s.Nodes {
		if n := &p.Nodes[id]; n.Kind == plan.KindWake {
			m.wake = n
		} else if n.Kind == plan.KindAsync {
			m.follows[n.Name] = follows(p, s, n)
			for _, name := range append(n.Async.Was, n.Name) {
				m.ops[name], m.anchors[name] = n, p.Anchor(n)
			}
		}
	}

	return m
}

// Ranks reports whether the place of a head in the operator's line depends on its event: see Request.Head.
func (m *Machine) Ranks(op string) bool {
	n := m.ops[op]
	return n != nil && (n.Async.Deadline != nil || n.Async.Tenant != nil || n.Async.Priority != nil)
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

	arrived := msg.Partition
	msg, again, err := m.open(msg)
	if t := m.plan.Topic(msg.Topic); err == nil && (t == nil || t.Key == nil) {
		err = m.checkKey(msg.Key, arrived)
	}

	if err == nil {
		err = r.guard(func() error {
			if err := r.take(msg, again); err != nil {
				return err
			}
			return r.finish()
		})
	}

	if err != nil {
		return m.reject(msg, again, row, r.where(err))
	}

	return r.effects(), nil
}

// take runs a record through the steps, or has an event wait once more.
func (r *run) take(msg Message, again *Request) error {
	if again == nil {
		return r.event(msg)
	}
	return r.waitAgain(again)
}

// reject returns the effects of a record that could not be processed: a dead letter, and nothing else. again
// is the event that should wait, if it was one.
func (m *Machine) reject(msg Message, again *Request, row *Row, err error) (Effects, error) {
	if cannot := new(engineError); errors.As(err, &cannot) && !testhook.IsOff(testhook.UnreadableRow) {
		return Effects{Row: row}, cannot.error
	}

	op := ""
	if again != nil {
		op = again.Op
	}

	return Effects{
		Key:         msg.Key,
		Row:         row,
		Outputs:     []Output{m.deadLetter(msg, again, op, err)},
		DeadLetters: 1,
	}, nil
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

	r.origin = m.origin(msg)
	first := msg.first()
	rec := plan.Item{
		Key:       msg.Key,
		ID:        cmp.Or(strings.ToValidUTF8(msg.Headers["ce_id"], "\uFFFD"), r.origin), // as JSON keeps it
		Topic:     first.Topic,
		Value:     v,
		Time:      at,
		Headers:   msg.Headers,
		Partition: first.Partition,
		Offset:    first.Offset,
	}

	for _, id := range m.stage.Froms(m.plan, msg.Topic) {
		if err := r.down(id, flow{rec: rec, anchor: rec}); err != nil {
			return err
		}
	}

	return nil
}

// origin is where a record was.
func (m *Machine) origin(msg Message) string {
	if msg.Origin != "" {
		return msg.Origin
	}
	return fmt.Sprintf("%s/%d/%d", m.o.TopicID(msg.Topic), msg.Partition, msg.Offset)
}

// checkKey refuses a record whose row would be another stage's or partition's. arrived is the partition in
// which it has come.
func (m *Machine) checkKey(key string, arrived int32) error {
	if key == "" {
		if m.stage.Keeps {
			return errors.New("the record has no key")
		}
		return nil
	}

	n := m.o.Partitions
	if n == 0 {
		return nil
	}

	if p := murmur2.Partition(key, n); p != arrived && !testhook.IsOff(testhook.Misrouted) {
		return fmt.Errorf("misrouted: the partition of key %q is %d of %d (murmur2, as Java's default): "+
			"set the producer's partitioner",
			key, p, n)
	}

	return nil
}

// eventTime returns the time of an event: what the topic's configuration makes of the value, else the
// record's. A time too far ahead, of a producer whose clock is wrong, is not taken.
func (m *Machine) eventTime(t *plan.Topic, msg Message, v any) (time.Time, error) {
	at := msg.Time
	if t.Time != nil {
		if told := t.Time(v); !told.IsZero() {
			at = told
		}
	}

	if at.IsZero() || testhook.IsOff(testhook.EventTime) {
		return at, nil
	}

	now := m.o.Now()
	latest := now.Add(t.Ahead)
	switch {
	case !IsRecordTime(at):
		return at, fmt.Errorf("the event's time is %s, which no record can have", at.Format(time.RFC3339))
	case !at.After(latest):
		return at, nil
	case t.RefuseAhead:
		return at, fmt.Errorf("the event's time is %s, %v ahead of now", at.Format(time.RFC3339),
			at.Sub(now).Round(time.Second))
	case IsRecordTime(msg.Time) && !msg.Time.After(latest):
		return msg.Time, nil
	}

	return now, nil
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
