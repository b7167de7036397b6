package processors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/topology"
)

// Each test here holds one safeguard of exactly-once processing, and begins with what happens without it.
// They look inside the engine on purpose: a safeguard matters in a rare interleaving only, and its absence is
// quick to see only where it is.

// A fakeSession is a consumer group session with one claim of each topic.
type fakeSession struct {
	sarama.ConsumerGroupSession
	ctx    context.Context
	claims map[string][]int32
}

func (s *fakeSession) Context() context.Context   { return s.ctx }
func (s *fakeSession) Claims() map[string][]int32 { return s.claims }
func (s *fakeSession) MemberID() string           { return "member-1" }
func (s *fakeSession) GenerationID() int32        { return 7 }

// A fakeProducer accepts every transaction.
type fakeProducer struct{ sarama.AsyncProducer }

func (fakeProducer) BeginTxn() error  { return nil }
func (fakeProducer) CommitTxn() error { return nil }

func (fakeProducer) AddOffsetsToTxnWithGroupMetadata(map[string][]*sarama.PartitionOffsetMetadata,
	*sarama.ConsumerGroupMetadata) error {
	return nil
}

type gokaContext = goka.Context // embedded under another name: it has a method Context

// A fakeMessage is the context of goka's callback for one record.
type fakeMessage struct {
	gokaContext
	key    string
	offset int64
}

func (m fakeMessage) Key() string           { return m.key }
func (m fakeMessage) Topic() goka.Stream    { return "asks" }
func (m fakeMessage) Offset() int64         { return m.offset }
func (m fakeMessage) Partition() int32      { return 0 }
func (m fakeMessage) Timestamp() time.Time  { return time.Now() }
func (m fakeMessage) Headers() goka.Headers { return nil }

// asking is a topology whose only stage keeps a row per key and has each event answered.
func asking() *topology.Topology {
	const (
		asks topology.Topic[string, string] = "asks"
		rows topology.Table[string, string] = "rows"
	)
	t := topology.New("asking")
	heard := topology.Fold(rows, topology.From(t, asks), topology.Latest)
	answer := topology.Func[string, string](func(_ context.Context,
		v string) (string, error) {
		return v, nil
	})
	topology.Async(heard, "answer", answer, topology.Policy[string]{})

	return t
}

// newTestSession is a session of one partition of asking, on a store in memory. phase sees every step that it
// takes.
func newTestSession(t *testing.T, phase func(name string) error) (*incarnation, *session) {
	t.Helper()

	plan, err := asking().Plan()
	if err != nil {
		t.Fatal(err)
	}

	c, err := Config{Brokers: []string{"127.0.0.1:1"}}.normal()
	if err != nil {
		t.Fatal(err)
	}

	w := &Worker{c: c, topics: map[string]topicInfo{"asks": {partitions: 1, id: "asks-1"}}}
	if phase != nil {
		w.onPhase = func(_, name string) error { return phase(name) }
	}
	r := newRunner(w, plan, &plan.Stages[0])
	r.prepare()
	in := newIncarnation(t.Context(), r)
	in.prod = &producer{async: fakeProducer{}}
	in.verify = func(map[string][]int32) (map[place]position, error) { return nil, nil }
	in.stores[0] = store.Memory()

	x := newSession(in, &fakeSession{ctx: t.Context(), claims: map[string][]int32{"asks": {0}}})
	x.parts[0].store = in.stores[0]
	in.session.Store(x)

	return in, x
}

// Dead letters that are redriven come to a stage through its inbox. Without it, they arrive nowhere.
func TestAStageReadsItsInbox(t *testing.T) {
	in, _ := newTestSession(t, nil)
	inputs := in.graph().InputStreams().Topics()

	if want := in.s.plan.Inbox(in.s.stage); !slices.Contains(inputs, want) {
		t.Errorf("it reads %v, want also %s", inputs, want)
	}
}

// waiting leaves an event that waits for its answer in the store of partition 0, as a recovery would find it.
func leaveWaiting(t *testing.T, in *incarnation) {
	t.Helper()
	msg := stage.Message{Topic: "asks", Key: "k", Value: []byte(`"hello"`), Time: time.Unix(1_700_000_000, 0)}

	e, err := in.s.machine.Event(msg, &stage.Row{}, nil)
	if err != nil || len(e.Waiting) != 1 {
		t.Fatalf("%v: %+v", err, e)
	}

	c := census{}
	c.add(e.Waiting[0].Request, 1)
	rows := []store.Record{
		{Key: rowSpace + "k", Value: e.Row.Pack()},
		{Key: queueSpace + "k", Value: stage.PackQueues(e.Row.Queues)},
		{Key: cellID{"k", "answer", 0}.stored(), Value: stage.Kept{Request: e.Waiting[0].Request}.Encode()},
		{Key: metaWaiting, Value: c.encode()},
		{Key: metaMarked, Value: number(1)},
	}
	if err := in.stores[0].Flush(rows, 0); err != nil {
		t.Fatal(err)
	}
}

// A worker that stops has counted attempts that it does not make: one before the turn of its head, one that
// waited for a commit, and one whose commit came when the worker had begun to stop. They are taken back, as is
// none that was made.
func TestAttemptsOfAStopAreTakenBack(t *testing.T) {
	for name, c := range map[string]struct {
		counts func(*incarnation, *session, *partition) error
		want   int
	}{
		"early": {func(_ *incarnation, _ *session, p *partition) error {
			return p.ask(&stage.Head{Key: "k", Op: "answer", Early: true})
		}, 0},
		"before the commit": {func(_ *incarnation, _ *session, p *partition) error {
			return p.ask(&stage.Head{Key: "k", Op: "answer", Slot: true})
		}, 0},
		"when it stops": {func(in *incarnation, x *session, p *partition) error {
			in.draining.Store(true)
			return errors.Join(p.ask(&stage.Head{Key: "k", Op: "answer", Slot: true}), in.commit(x))
		}, 0},
		"made": {func(in *incarnation, x *session, p *partition) error {
			return errors.Join(p.ask(&stage.Head{Key: "k", Op: "answer", Slot: true}), in.commit(x))
		}, 1},
	} {
		in, x := newTestSession(t, nil)
		newFakeBroker(t, in)
		leaveWaiting(t, in)
		p := x.parts[0]

		if err := p.resume(); err != nil {
			t.Fatal(err)
		}
		_, _ = x.calls.Next()

		if err := c.counts(in, x, p); err != nil {
			t.Fatal(err)
		}

		if err := in.commitLast(x); err != nil {
			t.Fatal(err)
		}

		queues, err := p.store.Get(queueSpace + "k")
		if err != nil {
			t.Fatal(err)
		}

		kept, err := stage.UnpackQueues(queues)
		if err != nil || len(kept) != 1 || kept[0].Asked != c.want {
			t.Errorf("%s: kept %+v (%v), want %d attempts", name, kept, err, c.want)
		}
	}
}

// Without the group's generation beside the positions, a worker without an instance name that has lost its
// partitions and wakes up commits over its successor.
func TestPositionsCarryTheGeneration(t *testing.T) {
	in, x := newTestSession(t, nil)

	m := in.member(x)

	if m.GroupID != "asking.rows" || m.GenerationID != 7 || m.MemberID != "member-1" ||
		m.GroupInstanceID != nil {
		t.Errorf("positions are committed as %+v", m)
	}

	in.s.w.c.Instance = "worker-1"
	if m = in.member(x); m.GroupInstanceID == nil || *m.GroupInstanceID != "worker-1" || m.GenerationID != 7 {
		t.Errorf("positions of a worker with a name are committed as %+v", m)
	}
}

// Without its lease between a session and its calls, a worker that has not committed yet makes calls that may
// be another's.
func TestCallsOfASessionAwaitItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answered := 0
		in, x := newTestSession(t, func(name string) error {
			if name == "before answer" {
				answered++
			}
			return nil
		})
		in.lease.valid = time.Hour // no delay of this machine ends it
		in.lease.renewed = uptime() - time.Hour
		x.worked.Store(true) // a first call of the session would await the commit anyway

		x.parts[0].handle(fakeMessage{key: "k"}, []byte(`"hello"`))
		synctest.Wait()

		if answered != 0 {
			t.Error("the call was made without a lease")
		}

		in.lease.renew(uptime()) // as a commit does
		synctest.Wait()

		if answered != 1 {
			t.Errorf("%d calls were answered with the lease, want 1", answered)
		}
	})
}

// With a lease that lasts from after the commit, a worker that was suspended in the commit believes in a
// lease that it was never given: its successor may already have made the call.
func TestLeaseLastsFromBeforeTheCommit(t *testing.T) {
	var before time.Duration
	in, x := newTestSession(t, func(name string) error {
		if name == "before commit" {
			before = uptime()
		}
		return nil
	})

	if err := in.commit(x); err != nil {
		t.Fatal(err)
	}

	if in.lease.renewed > before {
		t.Errorf("the lease lasts from %v after the commit began", in.lease.renewed-before)
	}

	if held, _ := in.lease.isValid(); !held {
		t.Error("the lease is not held after a commit")
	}
}

// A call that is made before the first commit after a recovery may be made twice: a predecessor that is not
// fenced yet may be making it.
func TestCallsAfterRecoveryAwaitTheCommit(t *testing.T) {
	dispatched := 0
	in, x := newTestSession(t, func(name string) error {
		if name == "before dispatch" {
			dispatched++
		}
		return nil
	})
	leaveWaiting(t, in)

	if err := x.parts[0].resume(); err != nil {
		t.Fatal(err)
	}
	x.worked.Store(true) // even then

	h, ok := x.calls.Next()
	if !ok || h.Key != "k" || !h.Slot {
		t.Fatalf("in line: %+v, %v", h, ok)
	}

	if err := x.parts[0].ask(&h); err != nil {
		t.Fatal(err)
	}

	if dispatched != 0 {
		t.Errorf("%d calls were made before the attempt was committed", dispatched)
	}

	work := x.parts[0].take()
	if len(work.after) != 1 {
		t.Errorf("%d calls wait for the commit, want 1", len(work.after))
	}

	if len(work.cells) != 1 || work.cells[0].head == nil || work.cells[0].head.Asked != 1 {
		t.Errorf("%+v is to be committed, want a counted attempt", work.cells)
	}
}

// A cache that outlives its session has rows from before another worker had the partition: the next event
// would be applied to an old row.
func TestCacheEndsWithTheSession(t *testing.T) {
	in, x := newTestSession(t, nil)
	x.parts[0].rows["k"] = &stage.Row{Bytes: []byte(`"old"`), Version: 1}

	next := newSession(in, x.ConsumerGroupSession)

	if next.parts[0] == x.parts[0] || len(next.parts[0].rows) != 0 {
		t.Errorf("the next session begins with %d rows in memory", len(next.parts[0].rows))
	}
}

// A callback that has an effect after the last commit of its session leaves rows that no transaction carries,
// and that the partition's new owner computes too.
func TestNoEffectsAfterRevoke(t *testing.T) {
	in, x := newTestSession(t, nil)
	p := x.parts[0]

	p.handle(fakeMessage{key: "k", offset: 0}, []byte(`"first"`))

	if next := p.next["asks"]; next != 1 {
		t.Fatalf("the position is %d before the revoke, want 1: the test would prove nothing", next)
	}

	if err := in.revoke(x); err != nil {
		t.Fatal(err)
	}
	p.handle(fakeMessage{key: "k", offset: 1}, []byte(`"second"`))

	if next := p.next["asks"]; next != 1 {
		t.Errorf("the position is %d after the revoke, want 1", next)
	}
}

// cancelling is a handler of goka whose recovery is cut short by the end of the session; it then reports no
// error.
type cancelling struct {
	sarama.ConsumerGroupHandler
	cancel func()
}

func (c cancelling) Setup(sarama.ConsumerGroupSession) error {
	c.cancel()
	return nil
}

// unasked is a cluster that nothing is to be asked about.
type unasked struct{ sarama.Client }

func (unasked) GetOffset(topic string, _ int32, _ int64) (int64, error) {
	return 0, fmt.Errorf("the end of %s is asked for", topic)
}

// goka returns no error from a recovery that was cut short. If its tables were trusted, rows that were not
// read yet would count as rows that were never written.
func TestRecoveryCutShortIsNotTrusted(t *testing.T) {
	for _, cutShort := range []bool{true, false} {
		in, x := newTestSession(t, func(name string) error { return errors.New("no commit in this test") })
		leaveWaiting(t, in)
		inputs := in.s.stage.Inputs
		in.s.stage.Inputs, in.prod.client = nil, unasked{}
		if !cutShort {
			in.s.cells = ""
		}

		ctx, cancel := context.WithCancel(t.Context())
		h := &handler{in: in, goka: cancelling{cancel: func() {
			in.s.stage.Inputs = inputs
			if cutShort {
				cancel()
			}
		}}}
		if err := h.Setup(&fakeSession{ctx: ctx, claims: x.Claims()}); err != nil {
			t.Fatal(err)
		}
		cancel()

		resumed := h.sess.parts[0].waiting.Load() > 0
		if resumed == cutShort || (h.sess.committed != nil) == cutShort {
			t.Errorf("cut short: %v, resumed: %v, committing: %v", cutShort, resumed, h.sess.committed != nil)
		}
	}
}

// interrupted is a cluster whose group rebalances while the end of a topic is looked for.
type interrupted struct {
	sarama.Client
	rebalance func()
}

func (i interrupted) GetOffset(string, int32, int64) (int64, error) {
	i.rebalance()
	return 0, errors.New("a transaction is still open")
}

// A rebalance that comes while events that wait are recovered is no error: the stage is not rebuilt for it.
func TestRecoveryOfCellsCutShortIsNoError(t *testing.T) {
	in, x := newTestSession(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	in.prod.client = interrupted{rebalance: cancel}

	h := &handler{in: in, goka: cancelling{cancel: func() {}}}
	if err := h.Setup(&fakeSession{ctx: ctx, claims: x.Claims()}); err != nil || in.failure() != nil {
		t.Errorf("Setup returned %v, and the stage is rebuilt because of %v", err, in.failure())
	}

	if h.sess.committed != nil {
		t.Error("the session commits what a recovery that was cut short has left")
	}
}

// A commit that doesn't await the acknowledgements gives the store rows without their offsets, and hides an
// error of a record that the broker refused.
func TestCommitAwaitsAcknowledgements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, x := newTestSession(t, nil)
		in.prod.acks.Add(1)

		done := make(chan error, 1)
		go func() { done <- in.transact(x, nil) }()
		synctest.Wait()

		select {
		case err := <-done:
			t.Errorf("the transaction ended before its record was acknowledged: %v", err)
		default:
		}

		refused := errors.New("refused by the broker")
		in.prod.failed.Store(&refused)
		in.prod.acks.Done()

		if err := <-done; !errors.Is(err, refused) {
			t.Errorf("the transaction returned %v, want %v", err, refused)
		}
	})
}

// A topic that was deleted and created anew has nothing of the old one. Its store must not have the old one's
// rows either.
func TestStoreIsOfOneTopicOnly(t *testing.T) {
	topics := map[string]topicInfo{"rows": {id: "first", deletesLast: time.Hour}}
	w := &Worker{dir: t.TempDir(), topics: topics}

	st, err := w.openStore("tables", "rows", "", 0)
	if err != nil {
		t.Fatal(err)
	}

	if err := st.Flush([]store.Record{{Key: "k", Value: []byte("old")}}, 5); err != nil {
		t.Fatal(err)
	}

	if err := st.Close(); err != nil {
		t.Fatal(err)
	}

	w.topics["rows"] = topicInfo{id: "second", deletesLast: time.Hour}

	st, err = w.openStore("tables", "rows", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()

	if b, err := st.Get("k"); b != nil || err != nil || st.Offset() >= 0 {
		t.Errorf("the store of the new topic has %q at offset %d, %v", b, st.Offset(), err)
	}
}

// With partitions added to an input, keys move away from their rows, which would silently begin again.
func TestAddedPartitionsAreRefused(t *testing.T) {
	in, _ := newTestSession(t, nil)
	in.s.w.topics["asks"] = topicInfo{partitions: 1, id: sarama.Uuid{}.String()}
	with := func(n int) *sarama.TopicMetadata {
		return &sarama.TopicMetadata{Name: "asks", Partitions: make([]*sarama.PartitionMetadata, n)}
	}

	if err := in.s.differs(with(1)); err != nil {
		t.Errorf("the number of before is refused: %v", err)
	}

	added := in.s.differs(with(2))
	if added == nil {
		t.Fatal("a second partition is not refused")
	}

	in.verify = func(map[string][]int32) (map[place]position, error) { return nil, added }
	recovered := false
	h := &handler{in: in, goka: cancelling{cancel: func() { recovered = true }}}

	err := h.Setup(&fakeSession{ctx: t.Context(), claims: map[string][]int32{"asks": {0}}})
	if recovered || !errors.Is(err, added) {
		t.Errorf("a session begins with a second partition; recovered: %v, %v", recovered, err)
	}
}
