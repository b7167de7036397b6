package processors

import (
	"context"
	"hash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/lovoo/goka/codec"
	"github.com/lovoo/goka/storage"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// An incarnation is one life of a stage: a goka processor, a producer and their sessions. Anything that goes
// wrong ends it, and the runner builds the next one. Nothing is mended in place, so there is one way to
// recover, and it is tested by every crash.
type incarnation struct {
	s           *runner
	ctx         context.Context // ends with the incarnation
	end         context.CancelFunc
	lease       *lease
	conns       *connections            // every connection of it
	wakeup      chan struct{}           // capacity 1: there is something to commit
	urgent      chan struct{}           // capacity 1: calls wait for the commit
	backlog     budget                  // what the committer has not taken, of all partitions
	proof       chan struct{}           // capacity 1: the lease is wanted
	beat        func(*session) error    // heartbeat, unless a test has set it
	verify      verifier                // runner.verify, unless a test has set it
	draining    atomic.Bool             // the worker stops: no new events, no new calls
	session     atomic.Pointer[session] // the newest; nil before the first
	handled     atomic.Int64            // events, answers and commits so far
	asOf        atomic.Int64            // when the last commit began, in Unix nanoseconds; 0: none
	firstCommit atomic.Int64            // uptime; 0: none yet
	progress    progress                // of the recovery
	gate        sync.Mutex              // held by the transaction that runs: one at a time
	prod        *producer               // set before the first session; used under gate

	mu     sync.Mutex // guards what follows
	stores map[int32]store.Store
	failed error // the first error
}

func newIncarnation(ctx context.Context, s *runner) *incarnation {
	in := &incarnation{
		s:      s,
		wakeup: make(chan struct{}, 1),
		urgent: make(chan struct{}, 1),
		proof:  make(chan struct{}, 1),
		stores: map[int32]store.Store{},
	}
	in.backlog.maxRecords.Store(firstBatch)
	in.ctx, in.end = context.WithCancel(ctx)
	in.conns = s.w.c.connections()
	in.progress.parts = make([]partProgress, s.partitions)
	in.lease = newLease(s.w.c.SessionTimeout/2, in.ask)
	in.beat = in.heartbeat
	in.verify = s.verify
	return in
}

// run lives until ctx ends or anything fails.
func (in *incarnation) run() error {
	defer in.conns.cut()
	defer in.end()
	defer in.conns.cutAfter(in.ctx, in.s.w.c.patience())()

	p, err := goka.NewProcessor(in.s.w.c.Brokers, in.graph(), in.options()...)
	if err != nil {
		return err
	}

	err = p.Run(in.ctx)
	if failed := in.failure(); failed != nil {
		return failed // goka's own error follows from it
	}

	return err
}

// graph tells goka what the stage reads and keeps. goka emits nothing: outputs go through the committer.
func (in *incarnation) graph() *goka.GroupGraph {
	var edges []goka.Edge
	for _, topic := range in.s.stage.Inputs {
		if topic == in.s.plan.Inbox(in.s.stage) && testhook.IsOff(testhook.Inbox) {
			continue
		}

		edges = append(edges, goka.Input(goka.Stream(topic), new(codec.Bytes), func(ctx goka.Context, m any) {
			in.session.Load().parts[ctx.Partition()].handle(ctx, m)
		}))
	}

	if in.s.stage.Keeps {
		edges = append(edges, goka.Persist(new(codec.Bytes)))
	}

	return goka.DefineGroup(goka.Group(in.s.group), edges...)
}

func (in *incarnation) options() []goka.ProcessorOption {
	c := in.s.w.c

	return []goka.ProcessorOption{
		goka.WithClientID(in.s.w.client(in.s.group)),
		goka.WithLogger(gokaLog{c.Logger, in.s.group}),
		goka.WithHasher(murmur2.New),
		goka.WithNilHandling(goka.NilProcess), // else goka marks tombstones without a callback
		goka.WithPartitionChannelSize(64),
		goka.WithUpdateCallback(in.recovered),
		goka.WithConsumerGroupBuilder(in.consumerGroup),
		goka.WithConsumerSaramaBuilder(goka.SaramaConsumerBuilderWithConfig(c.sarama("", in.conns))),
		goka.WithTopicManagerBuilder(in.topicManager),
		goka.WithProducerBuilder(in.producer),
		goka.WithStorageBuilder(in.storage),
	}
}

// consumerGroup tells the group where this worker answers queries, so that others can point to it.
func (in *incarnation) consumerGroup(brokers []string, name, client string) (sarama.ConsumerGroup, error) {
	c := joining(in.s.w.c.sarama(client, in.conns))
	c.Consumer.Group.Member.UserData = []byte(in.s.w.address)
	g, err := sarama.NewConsumerGroup(brokers, name, c)
	return &group{g, in}, err
}

// producer is built before the group is joined and recovery starts. By then InitProducerId has ended the
// transaction that a predecessor of the same name may have left open, so recovery does not wait for it to
// time out.
func (in *incarnation) producer(brokers []string, client string,
	_ func() hash.Hash32) (goka.Producer, error) {
	c := in.s.w.c.sarama(client, in.conns)

	var before func(sarama.Client) error
	if in.s.w.c.Guarantee == ExactlyOnce {
		c.Producer.Transaction.ID = in.s.transactional()
		before = in.endOwn
	}

	p, err := newProducer(brokers, c, in.s.w.topics, before)
	if err != nil {
		return nil, err
	}
	in.prod = p

	return silent{func() error { return p.close(in.failure() != nil) }}, nil
}

// storage opens the store of a partition, for goka to recover.
func (in *incarnation) storage(topic string, part int32) (storage.Storage, error) {
	st, err := in.s.openStore("tables", topic, part)
	if err != nil {
		return nil, err
	}

	in.progress.opened(part, st.Offset()+1)
	in.mu.Lock()
	in.stores[part] = st
	in.mu.Unlock()

	return store.Goka(st), nil
}

// store returns the store of a partition, or nil in a stage that keeps nothing.
func (in *incarnation) store(part int32) store.Store {
	in.mu.Lock()
	defer in.mu.Unlock()

	if !in.s.stage.Keeps {
		return nil
	}
	return in.stores[part]
}

// fail ends the incarnation. Of several errors the first is kept: the others follow from it.
func (in *incarnation) fail(err error) {
	in.mu.Lock()
	if in.failed == nil {
		in.failed = err
	}
	in.mu.Unlock()
	in.end()
}

func (in *incarnation) failure() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.failed
}

// drain starts nothing new, and returns when the calls under way have settled, or after the time that they
// are given.
func (in *incarnation) drain(patience time.Duration) {
	in.draining.Store(true)

	x := in.session.Load()
	if x == nil {
		return
	}

	x.calls.Drain()

	end := time.After(patience)
	for !x.settled() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-end:
			return
		case <-x.Context().Done():
			return
		}
	}
}
