package processors

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// A fakeBroker is a producer that acknowledges what it is sent, and remembers the positions of each
// transaction.
type fakeBroker struct {
	fakeProducer
	input     chan *sarama.ProducerMessage
	positions []positions // of each transaction that had some
	refusal   error       // of commits
	refused   string      // a topic whose records are refused
	topics    []string    // of the records, in order
}

// newFakeBroker has the incarnation produce to a fakeBroker until the test ends.
func newFakeBroker(t *testing.T, in *incarnation) *fakeBroker {
	b := &fakeBroker{input: make(chan *sarama.ProducerMessage)}
	in.prod = &producer{async: b}
	t.Cleanup(func() { close(b.input) })

	go func() {
		for m := range b.input {
			b.topics = append(b.topics, m.Topic)
			if m.Topic == b.refused {
				in.prod.failed.Store(&b.refusal)
			}

			switch r := m.Metadata.(type) {
			case *change:
				r.offset = 1
			case *cellChange:
				r.offset = 1
			}
			in.prod.acks.Done()
		}
	}()

	return b
}

func (b *fakeBroker) Input() chan<- *sarama.ProducerMessage { return b.input }
func (b *fakeBroker) CommitTxn() error                      { return b.refusal }

func (b *fakeBroker) AddOffsetsToTxnWithGroupMetadata(ps map[string][]*sarama.PartitionOffsetMetadata,
	_ *sarama.ConsumerGroupMetadata) error {
	b.positions = append(b.positions, ps)
	return nil
}

// A transaction without positions is not fenced: the brokers take it from a worker that has lost its
// partitions. So even one that holds nothing but the effects of an answer, which moves no position, has
// all.
func TestEachTransactionCarriesAllPositions(t *testing.T) {
	in, x := newTestSession(t, nil)
	b := newFakeBroker(t, in)
	in.lease.valid = time.Hour
	p := x.parts[0]

	p.handle(fakeMessage{key: "k", offset: 4}, []byte(`"hello"`))

	if err := in.commit(x); err != nil {
		t.Fatal(err)
	}

	answer := <-p.answers
	p.handle(fakeMessage{key: "k", offset: answer.Offset}, answer.Value)

	if p.waiting.Load() != 0 {
		t.Fatal("the answer has no effect: the test would prove nothing")
	}

	if err := in.commit(x); err != nil {
		t.Fatal(err)
	}

	if len(b.positions) != 2 {
		t.Fatalf("%d of 2 transactions carry positions", len(b.positions))
	}

	for i, ps := range b.positions {
		if asks := ps["asks"]; len(asks) != 1 || asks[0].Partition != 0 || asks[0].Offset != 5 {
			t.Errorf("transaction %d carries %v, want 5 of partition 0", i, asks)
		}
	}
}

// A store that has the rows of a transaction before it is committed keeps them when it is aborted: the next
// incarnation applies the same events to them again.
func TestAStoreHasOnlyWhatIsCommitted(t *testing.T) {
	in, x := newTestSession(t, nil)
	b := newFakeBroker(t, in)
	b.refusal = errors.New("fenced")

	x.parts[0].handle(fakeMessage{key: "k"}, []byte(`"hello"`))

	if err := in.commit(x); !errors.Is(err, b.refusal) {
		t.Fatalf("the commit returned %v", err)
	}

	err := in.stores[0].Scan("", "", func(key string, value []byte) bool {
		t.Errorf("the store has %q, which is not committed", key)
		return true
	})
	if err != nil || in.stores[0].Offset() >= 0 {
		t.Errorf("the store is at offset %d, %v", in.stores[0].Offset(), err)
	}
}

// Without transactions, an event that waits must not be deleted before its decision is there: after a crash
// between the two, there would be neither.
func TestADecisionIsThereBeforeItsEventIsDeleted(t *testing.T) {
	in, x := newTestSession(t, nil)
	b := newFakeBroker(t, in)
	in.prod.topics = map[string]topicInfo{"verdicts": {partitions: 1}}
	work := []share{{
		p:       x.parts[0],
		cells:   []*cellChange{{id: cellID{"k", "answer", 0}, gone: true}},
		outputs: []stage.Output{{Topic: "verdicts", Key: "k"}},
	}}

	if err := in.write(x, work); err != nil || !slices.Equal(b.topics, []string{"verdicts", in.s.cells}) {
		t.Errorf("records went to %v, %v", b.topics, err)
	}

	b.topics, b.refused, b.refusal = nil, "verdicts", errors.New("too large")

	if err := in.write(x, work); !errors.Is(err, b.refusal) || !slices.Equal(b.topics, []string{"verdicts"}) {
		t.Errorf("after a decision that was refused, records went to %v, %v", b.topics, err)
	}
}

// batches is a store that remembers what was flushed together.
type batches struct {
	store.Store
	all []map[string][]byte
}

func (b *batches) Flush(rows []store.Record, offset int64) error {
	batch := map[string][]byte{}
	for _, r := range rows {
		batch[r.Key] = r.Value
	}
	b.all = append(b.all, batch)

	return b.Store.Flush(rows, offset)
}

// Of what waits, a store has the events, the queues, the number and the offset. If it had one of them
// without the others, recovery would count an event twice, or miss one.
func TestWhatWaitsIsStoredInOneBatch(t *testing.T) {
	in, x := newTestSession(t, nil)
	newFakeBroker(t, in)
	st := &batches{Store: in.stores[0]}
	x.parts[0].store = st

	x.parts[0].handle(fakeMessage{key: "k"}, []byte(`"hello"`))

	if err := in.commit(x); err != nil {
		t.Fatal(err)
	}

	if len(st.all) != 1 {
		t.Fatalf("%d batches of one transaction", len(st.all))
	}

	cell := cellID{"k", "answer", 0}.stored()
	for _, key := range []string{rowSpace + "k", queueSpace + "k", cell, metaCells, metaWaiting} {
		if st.all[0][key] == nil {
			t.Errorf("the batch lacks %q", key)
		}
	}

	c, err := readCensus(st)
	if n, _ := c.total(); n != 1 || err != nil {
		t.Errorf("the store says that %d events wait, %v", n, err)
	}
}

// While a transaction runs, the events that it has begin to wait are neither among what is to be committed
// nor in the store. Callbacks run meanwhile, and must find them.
func TestCallbacksSeeWhatIsBeingCommitted(t *testing.T) {
	var p *partition
	in, x := newTestSession(t, func(name string) error {
		switch name {
		case "produced", "after commit", "flushed":
			if _, head, err := p.head("k", "answer"); err != nil || head == nil {
				t.Errorf("%s, the event is %v, %v", name, head, err)
			}
		}
		return nil
	})
	newFakeBroker(t, in)
	p = x.parts[0]
	p.handle(fakeMessage{key: "k"}, []byte(`"hello"`))

	if err := in.commit(x); err != nil {
		t.Fatal(err)
	}
}

// A worker of a version that looks for waiting events in the headers of their rows finds none. It must not
// take that for the truth, so the first transaction in which events wait leaves a record that it can't
// read.
func TestAChangelogIsMarked(t *testing.T) {
	_, x := newTestSession(t, nil)
	p := x.parts[0]

	for i, want := range []int{1, 0} {
		p.handle(fakeMessage{key: "k", offset: int64(i)}, []byte(`"hello"`))

		marks := 0
		for _, r := range p.take().rows {
			if r.key == stage.MarkerKey {
				marks++
			}
		}

		if marks != want {
			t.Errorf("transaction %d has %d marks, want %d", i, marks, want)
		}
	}
}
