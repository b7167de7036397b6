package topologytest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// partitions of every topic.
const partitions = 4

// memory is the reference engine: one goroutine, and a commit after each event. Within a synctest bubble its
// time is virtual, and a call that takes time is left under way, once it has gone as far as it can without;
// outside of one, every call is waited for.
type memory struct {
	ctx    context.Context
	fail   func(error)
	err    error // has ended the engine
	plan   *plan.Plan
	rng    *rand.Rand // which of the records and answers at hand comes next; nil: the oldest
	logs   map[string][]entry
	ends   map[string]*[partitions]int64 // the next offsets
	seq    int                           // records so far
	taken  map[string]int
	stages []*memoryStage
	copies *memoryCopies

	ended  map[position]bool // dead letters that were redriven or dismissed
	modes  *stage.Modes
	ledger *memoryLedger
	clock  time.Time // the latest that a record was sent at
	armed  Crash     // that is to come
	bubble bool

	mu      sync.Mutex
	answers []memoryAnswer
	arrived chan struct{} // capacity 1
	asked   atomic.Int64  // calls without an answer
}

// An entry is a record in a log; sent ones came from the test.
type entry struct {
	msg  stage.Message
	seq  int // its place among all records
	sent bool
}

type memoryStage struct {
	s         *plan.Stage
	machine   *stage.Machine
	rows      map[string]*stage.Row
	cells     map[cell]*stage.Request // that wait
	positions map[string]int          // in the log of each input
	calls     *stage.Calls
	stop      context.CancelFunc
	recent    stage.RecentWrites
	wakes     *stage.Wakes // nil: no row is woken
}

// A position is that of a record in a topic.
type position struct {
	partition int32
	offset    int64
}

// A cell is where an event waits.
type cell struct {
	key, op string
	seq     int64
}

type memoryAnswer struct {
	s *memoryStage
	stage.Answer
	beside bool // it goes on record only
}

// Memory starts the topology on the reference engine. Events are taken in the order in which they were sent.
// It fails the test when a step is no pure function: it runs each step twice, the second time outside of a
// bubble of testing/synctest, where the clock is another one. So a step can't use channels of the bubble.
func Memory(tb testing.TB, t *topology.Topology) Engine { return start(tb, t, nil) }

// NewMemory is Memory for programs that are no test, such as simulations and measurements. It stops when ctx
// ends: until then operators may be called, and Send and Produce return the error that stopped it. A step
// that is no pure function stops it, too: see [Memory]. The engine is a [Producer].
func NewMemory(ctx context.Context, t *topology.Topology) (Engine, error) {
	p, err := t.Plan()
	if err != nil {
		return nil, err
	}

	var m *memory
	m = newMemory(ctx, p, nil, func(err error) { m.fail(err) })
	m.fail = func(err error) { m.err = cmp.Or(m.err, err) }

	return m, nil
}

// MemoryShuffled is Memory, but which of the events and answers at hand comes next is drawn by the seed, as
// far as the laws allow: order per key within each topic, and none between topics. Copies of tables follow
// late, by as much as is drawn, but before time passes or the next event is sent.
func MemoryShuffled(seed uint64) Factory {
	return func(tb testing.TB, t *topology.Topology) Engine {
		return start(tb, t, rand.New(rand.NewPCG(seed, seed)))
	}
}

func start(tb testing.TB, t *topology.Topology, rng *rand.Rand) Engine {
	p, err := t.Plan()
	if err != nil {
		tb.Fatal(err)
	}

	m := newMemory(context.Background(), p, rng, func(err error) { tb.Errorf("topologytest: %v", err) })
	m.fail = func(err error) { tb.Fatalf("topologytest: %v", err) }
	tb.Cleanup(func() {
		for _, s := range m.stages {
			s.stop()
		}
	})

	return m
}

// newMemory returns an engine. impure is told of each step that is no pure function.
func newMemory(ctx context.Context, p *plan.Plan, rng *rand.Rand, impure func(error)) *memory {
	m := &memory{
		ctx:   ctx,
		plan:  p,
		rng:   rng,
		logs:  map[string][]entry{},
		ends:  map[string]*[partitions]int64{},
		taken: map[string]int{},

		ended: map[position]bool{},
		modes: stage.NewModes(),

		ledger: &memoryLedger{book: ledger.NewBook()},

		arrived: make(chan struct{}, 1),
		bubble:  inBubble(),
	}

	for i := range p.Stages {
		s := &memoryStage{
			s:         &p.Stages[i],
			rows:      map[string]*stage.Row{},
			cells:     map[cell]*stage.Request{},
			positions: map[string]int{},
		}
		s.machine = stage.New(p, s.s, stage.Options{
			Partitions: partitions,
			Now:        m.now,
			Impure:     func(step, what string) { impure(fmt.Errorf("%s %s", step, what)) },
			Elsewhere:  inRealClock,
		})
		m.stages = append(m.stages, s)
	}

	m.copies = newCopies(m.stages, rng != nil)
	m.copies.followed = m.followed
	for _, s := range m.stages {
		m.hire(s)
	}

	return m
}

// inBubble reports whether time is virtual here.
func inBubble() (yes bool) {
	defer func() { yes = recover() == nil }()
	synctest.Wait()
	return
}

// hire makes the calls of a stage possible, anew after a crash.
func (m *memory) hire(s *memoryStage) {
	var ctx context.Context
	ctx, s.stop = context.WithCancel(m.ctx)
	s.recent = stage.RecentWrites{}
	s.calls = stage.NewCalls(ctx, m.plan, s.s, stage.CallOptions{
		Copies:  m.copies,
		Control: m.modes,
		Ledger:  m.ledger,
		Lease:   func(context.Context) error { return nil },
		Ready:   m.signal,
		Answer: func(a stage.Answer) {
			m.mu.Lock()
			if ctx.Err() == nil {
				m.answers = append(m.answers, memoryAnswer{s: s, Answer: a})
				m.asked.Add(-1)
			}
			m.mu.Unlock()
			m.signal()
		},
		Beside: func(a stage.Answer) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if ctx.Err() == nil {
				m.answers = append(m.answers, memoryAnswer{s: s, Answer: a, beside: true})
			}
		},
	})
	m.index(s)
}

// signal is called when there may be something to do.
func (m *memory) signal() {
	select {
	case m.arrived <- struct{}{}:
	default:
	}
}

// Send implements Engine.
func (m *memory) Send(topic, key string, value []byte) error {
	return m.put(stage.Message{
		Topic:     topic,
		Partition: murmur2.Partition(key, partitions),
		Key:       key,
		Value:     value,
		Time:      time.Now(),
	})
}

func (m *memory) put(msg stage.Message) error {
	if t := m.plan.Topic(msg.Topic); t == nil || !t.Read {
		return fmt.Errorf("nothing reads topic %q", msg.Topic)
	}
	m.log(msg, true)
	m.settle()
	return m.err
}

// now is the latest of the clocks that there are: within a bubble time begins in the year 2000, and the
// events of a test may be of any year since.
func (m *memory) now() time.Time {
	now := time.Now()
	for _, other := range []time.Time{m.clock, began} {
		if other.After(now) {
			now = other
		}
	}
	return now
}

// began is when the program began, by the real clock.
var began = time.Now()

func (m *memory) log(msg stage.Message, sent bool) {
	if m.ends[msg.Topic] == nil {
		m.ends[msg.Topic] = new([partitions]int64)
	}
	end := &m.ends[msg.Topic][msg.Partition]
	msg.Offset = *end
	*end++
	m.seq++
	m.logs[msg.Topic] = append(m.logs[msg.Topic], entry{msg, m.seq, sent})
}

// check reports whether the engine may go on.
func (m *memory) check(err error) bool {
	if err != nil {
		m.fail(err)
	}
	return err == nil
}

// Advance implements Engine.
func (m *memory) Advance(d time.Duration) {
	end := time.NewTimer(d)
	defer end.Stop()

	for {
		m.settle()

		select {
		case <-m.arrived:
		case <-end.C:
			m.settle()
			return
		}
	}
}
