package processors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/topology"
)

// strict is an operator that refuses the answer "bad".
type strict struct {
	topology.Func[string, string]
}

func (strict) Check(_ context.Context, _, answer string) error {
	if answer == "bad" {
		return errors.New("bad")
	}
	return nil
}

// twice is a topology in which each event waits for two operators.
func twice(t *testing.T) *plan.Plan {
	t.Helper()

	top := topology.New("asking")
	heard := topology.Fold(topology.Table[string, string]("rows"),
		topology.From(top, topology.Topic[string, string]("asks")), topology.Latest)
	never := func(context.Context, string) (string, error) { return "", nil }
	op := strict{topology.Func[string, string](never)}
	topology.Async(heard, "first", op, topology.Policy[string]{InFlight: 3})
	topology.Async(heard, "second", op, topology.Policy[string]{InFlight: 3})

	p, err := top.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A logProducer keeps what is sent to the topic of cells, and acknowledges it.
type logProducer struct {
	fakeProducer
	input chan *sarama.ProducerMessage
}

func (p logProducer) Input() chan<- *sarama.ProducerMessage { return p.input }

// A partitionModel is a partition that lives through random steps, with the log of its cells.
type partitionModel struct {
	t      *testing.T
	rnd    *rand.Rand
	in     *incarnation
	x      *session
	offset int64
	log    []*sarama.ConsumerMessage // committed
	sent   []*sarama.ConsumerMessage // in the transaction that runs
	topics []string                  // of all records, in order
}

func newPartitionModel(t *testing.T, seed uint64) *partitionModel {
	m := &partitionModel{t: t, rnd: rand.New(rand.NewPCG(seed, 7))}

	c, err := Config{Brokers: []string{"127.0.0.1:1"}, CachedRows: 2}.normal()
	if err != nil {
		t.Fatal(err)
	}

	p := twice(t)
	topics := map[string]topicInfo{
		"asks":                {partitions: 1, id: "asks-1"},
		"asking.dead-letters": {partitions: 1},
	}
	w := &Worker{c: c, topics: topics}
	r := newRunner(w, p, &p.Stages[0])
	r.prepare()
	m.in = newIncarnation(t.Context(), r)
	m.in.stores[0] = store.Memory()

	async := logProducer{input: make(chan *sarama.ProducerMessage)}
	m.in.prod = &producer{async: async, topics: topics}
	go func() {
		for msg := range async.input {
			m.topics = append(m.topics, msg.Topic)
			if msg.Topic == r.cells {
				m.keep(msg)
			}
			m.in.prod.acked(msg)
		}
	}()
	t.Cleanup(func() { close(async.input) })
	m.begin()

	return m
}

func (m *partitionModel) keep(msg *sarama.ProducerMessage) {
	msg.Offset = int64(len(m.log) + len(m.sent))
	key, _ := msg.Key.Encode()
	kept := &sarama.ConsumerMessage{Key: key, Offset: msg.Offset}
	if msg.Value != nil {
		kept.Value, _ = msg.Value.Encode()
	}
	m.sent = append(m.sent, kept)
}

// begin begins a session, as after a crash: with what the store has.
func (m *partitionModel) begin() {
	ctx, cancel := context.WithCancel(m.t.Context())
	if m.x != nil {
		m.x.parts[0].kill()
	}
	m.t.Cleanup(cancel)
	m.x = newSession(m.in, &fakeSession{ctx: ctx, claims: map[string][]int32{"asks": {0}}})
	m.x.parts[0].store = m.in.stores[0]
	m.check(m.x.parts[0].resume())
}

func (m *partitionModel) check(err error) {
	m.t.Helper()

	if err == nil {
		err = m.in.failure()
	}

	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *partitionModel) step() {
	p := m.x.parts[0]
	switch n := m.rnd.IntN(10); {
	case n < 3:
		p.handle(fakeMessage{key: fmt.Sprint("k", m.rnd.IntN(4)), offset: m.offset}, []byte(`"v"`))
		m.offset++
		m.check(nil)
	case n < 5:
		if h, ok := m.x.calls.Next(); ok {
			m.check(p.ask(&h))
		}
	case n < 8:
		m.answer(p)
	case n < 9:
		m.commit()
	default:
		m.begin()
	}
}

// answer brings an answer to the head of a queue that has been asked.
func (m *partitionModel) answer(p *partition) {
	key := fmt.Sprint("k", m.rnd.IntN(4))
	op := []string{"first", "second"}[m.rnd.IntN(2)]

	row, head, err := p.head(key, op)
	m.check(err)

	if head == nil || row.Queue(op).Asked == 0 {
		return
	}

	a := stage.Answer{Call: stage.Call{Key: key, Op: op, ID: head.ID, Attempt: row.Queue(op).Asked}}
	switch m.rnd.IntN(3) {
	case 0:
		a.Value = "good"
	case 1:
		a.Value = "bad" // it is asked again, and then given up
	default:
		a.Err = errors.New("no model")
	}

	m.x.calls.Release(op)
	m.check(p.read(letter{answer: &a}))
}

func (m *partitionModel) commit() {
	m.check(m.in.commit(m.x))
	m.log = append(m.log, m.sent...)
	m.sent = nil
}

// kept is what a store has of what waits. Whether attempts have a record of their own is no matter of the
// store alone.
func kept(t *testing.T, s store.Store) map[string]string {
	t.Helper()

	all := map[string]string{}
	err := s.Scan("", "", func(key string, value []byte) bool {
		switch {
		case strings.HasPrefix(key, queueSpace):
			queues, err := stage.UnpackQueues(value)
			if err != nil {
				t.Error(err)
			}

			for i := range queues {
				queues[i].Marked = false
			}
			slices.SortFunc(queues, func(a, b stage.Queue) int { return strings.Compare(a.Op, b.Op) })
			all[key] = fmt.Sprintf("%+v", queues)
		case strings.HasPrefix(key, cellSpace):
			k, err := stage.DecodeKept(value)
			if err != nil {
				t.Error(err)
			}
			all[key] = k.ID
		case key == metaWaiting:
			if string(value) != "{}" {
				all[key] = string(value)
			}
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}

	return all
}

// compacted is a log of which only the last record of each key is left, and no deletion before a place.
func compacted(log []*sarama.ConsumerMessage, deletions int) (left []*sarama.ConsumerMessage) {
	last := map[string]int{}
	for i, r := range log {
		last[string(r.Key)] = i
	}

	for i, r := range log {
		if last[string(r.Key)] == i && (r.Value != nil || i >= deletions) {
			left = append(left, r)
		}
	}

	return left
}

func (m *partitionModel) recovered(from store.Store, log []*sarama.ConsumerMessage) map[string]string {
	m.t.Helper()

	c, err := newCellRecovery(from)
	m.check(err)

	for _, r := range log {
		m.check(c.apply(r))
		if m.rnd.IntN(5) == 0 {
			m.check(c.flush())
		}
	}
	m.check(c.flush())

	return kept(m.t, from)
}

// Whatever happens, and however much of the log compaction has removed, recovery of the cells gives what the
// store had: from nothing, and from an older store. And no record of attempts outlives its queue.
func TestCellsAreRecoveredAsTheyWere(t *testing.T) {
	for seed := range uint64(200) {
		m := newPartitionModel(t, seed)
		old, from := store.Memory(), 0

		for range 80 {
			m.step()
			if m.rnd.IntN(12) == 0 {
				m.commit()
				old, from = copyOf(t, m.in.stores[0]), len(m.log)
			}
		}
		m.commit()

		want := kept(t, m.in.stores[0])
		rest := compacted(m.log, from)[countBefore(m.log, from):]
		for name, got := range map[string]map[string]string{
			"the whole log":                 m.recovered(store.Memory(), m.log),
			"the compacted log":             m.recovered(store.Memory(), compacted(m.log, len(m.log))),
			"an older store and the rest":   m.recovered(copyOf(t, old), m.log[from:]),
			"an older store, compacted log": m.recovered(copyOf(t, old), rest),
		} {
			if !maps.Equal(got, want) {
				t.Fatalf("seed %d: %s gives\n%v, want\n%v", seed, name, got, want)
			}
		}

		for _, r := range compacted(m.log, len(m.log)) {
			id, head, err := parseCell(string(r.Key))
			if err != nil {
				t.Fatal(err)
			}

			if queue := want[queueSpace+id.key]; head && !strings.Contains(queue, "Op:"+id.op+" ") {
				t.Fatalf("seed %d: the attempts %s outlive their queue: %s", seed, r.Key, queue)
			}
		}

		m.x.parts[0].kill()
	}
}

// countBefore is how many records of the compacted log were in the log before a place.
func countBefore(log []*sarama.ConsumerMessage, place int) (n int) {
	for _, r := range compacted(log, place) {
		if r.Offset < int64(place) {
			n++
		}
	}
	return n
}

func copyOf(t *testing.T, s store.Store) store.Store {
	t.Helper()

	out := store.Memory()
	var all []store.Record
	if err := s.Scan("", "", func(key string, value []byte) bool {
		all = append(all, store.Record{Key: key, Value: append([]byte{}, value...)})
		return true
	}); err != nil {
		t.Fatal(err)
	}

	if err := out.Flush(all, -1); err != nil {
		t.Fatal(err)
	}
	return out
}

// Without a transaction, what a decision comes to is written before the event that waited is deleted: a crash
// between the two repeats the decision, and does not lose it.
func TestAtLeastOnceDeletesNoEventBeforeItsDecision(t *testing.T) {
	m := newPartitionModel(t, 1)
	m.in.s.w.c.Guarantee = AtLeastOnce
	p := m.x.parts[0]
	p.handle(fakeMessage{key: "k"}, []byte(`"v"`))
	m.in.s.w.onPhase = func(_, phase string) error {
		if phase == "produced" {
			return errors.New("there are no brokers that take positions")
		}
		return nil
	}
	_ = m.in.commit(m.x)
	m.in.prod.acks.Wait()

	row, head, err := p.head("k", "first")
	m.check(err)

	a := stage.Answer{
		Call: stage.Call{Key: "k", Op: "first", ID: head.ID, Attempt: row.Queue("first").Asked},
		Err:  errors.New("no model"),
	}
	if err := p.read(letter{answer: &a}); err != nil {
		t.Fatal(err)
	}
	m.topics = nil
	_ = m.in.commit(m.x)
	m.in.prod.acks.Wait()

	if letter, cell := slices.Index(m.topics, "asking.dead-letters"), slices.Index(m.topics,
		m.in.s.cells); letter < 0 || cell < letter {
		t.Errorf("the records went to %q", m.topics)
	}
}
