package topologytest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/state"
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
	signal := func() {
		select {
		case m.arrived <- struct{}{}:
		default:
		}
	}
	s.calls = stage.NewCalls(ctx, m.plan, s.s, stage.CallOptions{
		Copies:  m.copies,
		Control: m.modes,
		Lease:   func(context.Context) error { return nil },
		Ready:   signal,
		Answer: func(a stage.Answer) {
			m.mu.Lock()
			if ctx.Err() == nil {
				m.answers = append(m.answers, memoryAnswer{s, a})
				m.asked.Add(-1)
			}
			m.mu.Unlock()
			signal()
		},
	})
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

// settle runs until nothing can happen without time passing.
func (m *memory) settle() {
	for {
		for m.next() || m.ask() {
		}
		m.wait()

		if !m.answer() {
			return
		}
	}
}

// wait lets calls go on: in a bubble until all are blocked, else until all have answered.
func (m *memory) wait() {
	if m.bubble {
		synctest.Wait()
		return
	}

	for m.asked.Load() > 0 {
		select {
		case <-m.arrived:
		case <-m.ctx.Done():
			m.check(m.ctx.Err())
			return
		}
	}
}

// next delivers one record, if there is any, or has a copy follow: the oldest, or one that is drawn.
func (m *memory) next() bool {
	records, copies := m.undelivered(), m.copies.lagging()
	i := 0
	if n := len(records) + len(copies); n == 0 || m.err != nil {
		return false
	} else if m.rng != nil {
		i = m.rng.IntN(n)
	}

	if i < len(records) {
		m.deliver(records[i].s, records[i].msg)
	} else {
		m.copies.follow(copies[i-len(records)])
	}

	return true
}

// An arrival is a record at hand for a stage.
type arrival struct {
	s *memoryStage
	entry
}

// undelivered is the next record of each stage and topic, the oldest first.
func (m *memory) undelivered() (all []arrival) {
	for _, s := range m.stages {
		for _, topic := range s.s.Inputs {
			if at := s.positions[topic]; at < len(m.logs[topic]) {
				all = append(all, arrival{s, m.logs[topic][at]})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return a.seq - b.seq })

	return all
}

func (m *memory) deliver(s *memoryStage, msg stage.Message) {
	e, err := s.machine.Event(msg, s.row(msg.Key), m.copies)
	if err == nil {
		e, err = m.proceed(s, e)
	}

	if !m.check(err) {
		return
	}

	asks := len(e.Waiting) > 0
	if asks && (m.crashes(s, "before pending") || m.crashes(s, "after pending")) ||
		m.crashes(s, "before commit") {
		return // it is delivered again
	}

	s.positions[msg.Topic]++
	m.apply(s, msg.Key, e)
}

func (m *memory) proceed(s *memoryStage, e stage.Effects) (stage.Effects, error) {
	return s.machine.Proceed(e, s.calls, func(op string, seq int64) (*stage.Request, error) {
		return s.cells[cell{e.Key, op, seq}], nil
	}, m.copies)
}

// ask has the first head of a line asked for which there is a slot.
func (m *memory) ask() bool {
	for _, s := range m.stages {
		h, ok := s.calls.Next()
		if !ok || m.err != nil {
			continue
		}

		e, err := s.machine.Ask(h.Key, h.Op, s.row(h.Key), s.head(h.Key, h.Op), m.copies)
		if err == nil && h.Slot && len(e.Calls) == 0 {
			s.calls.Release(h.Op)
		}

		if err == nil {
			e, err = m.proceed(s, e)
		}

		if m.check(err) && !m.crashes(s, "before commit") {
			m.apply(s, h.Key, e)
		}

		return true
	}

	return false
}

func (s *memoryStage) row(key string) *stage.Row {
	if r := s.rows[key]; r != nil {
		return r
	}
	return &stage.Row{}
}

// head returns the first event of a queue; nil if it is empty.
func (s *memoryStage) head(key, op string) *stage.Request {
	return s.cells[cell{key, op, s.row(key).Queue(op).First}]
}

// apply makes effects durable, and makes their calls.
func (m *memory) apply(s *memoryStage, key string, e stage.Effects) {
	s.rows[key] = e.Row
	if e.Row.Bytes == nil && len(e.Row.Queues) == 0 {
		delete(s.rows, key)
	}

	if e.Changed && s.s.Table != "" {
		m.copies.changed(s.s.Table, key, e.Row)
	}

	for _, c := range e.Waiting {
		s.cells[cell{key, c.Op, c.Seq}] = c.Request
		if c.Gone {
			delete(s.cells, cell{key, c.Op, c.Seq})
		}
	}

	for _, o := range s.recent.AddMissing(e.Outputs) {
		m.log(o.Message(murmur2.Partition(o.Key, partitions)), false)
	}

	if m.crashes(s, "after commit") {
		return
	}

	for _, op := range e.Heads {
		s.calls.Add(stage.Head{Key: key, Op: op, Deadline: s.head(key, op).Deadline})
	}

	for _, c := range e.Calls {
		if m.crashes(s, "before dispatch") {
			return
		}
		m.asked.Add(1)
		s.calls.Make(c)
		m.wait() // what it reads without waiting, it reads now

		if m.crashes(s, "after dispatch") {
			return
		}
	}
}

// answer settles one answer, if there is any.
func (m *memory) answer() bool {
	m.mu.Lock()
	if len(m.answers) == 0 || m.err != nil {
		m.mu.Unlock()
		return false
	}

	// Answers that came at the same moment are in no order of their own: give them one.
	slices.SortFunc(m.answers, func(a, b memoryAnswer) int { return strings.Compare(a.Call.ID, b.Call.ID) })

	i := 0
	if m.rng != nil {
		i = m.rng.IntN(len(m.answers))
	}

	a := m.answers[i]
	m.answers = slices.Delete(m.answers, i, i+1)
	m.mu.Unlock()

	if m.crashes(a.s, "before answer") || m.crashes(a.s, "after answer") || m.crashes(a.s, "before settle") {
		return true
	}

	key := a.Call.Key

	e, err := a.s.machine.Settle(a.Answer, a.s.row(key), a.s.head(key, a.Call.Op), m.copies)
	if err == nil {
		e, err = m.proceed(a.s, e)
	}

	if m.check(err) && !m.crashes(a.s, "after settle") && !m.crashes(a.s, "before commit") {
		m.apply(a.s, key, e)
	}

	return true
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

// Sent implements Engine.
func (m *memory) Sent(topic string) (out []topology.Record) {
	log := m.logs[topic]
	for _, e := range log[m.taken[topic]:] {
		if !e.sent {
			r := topology.Record{Key: e.msg.Key, ID: e.msg.Headers["ce_id"], Topic: topic, Value: e.msg.Value,
				Tombstone: e.msg.Value == nil,
				Time:      e.msg.Time, Headers: e.msg.Headers, Partition: e.msg.Partition, Offset: e.msg.Offset}
			out = append(out, r)
		}
	}
	m.taken[topic] = len(log)

	return out
}

func (m *memory) stageOf(table string) *memoryStage {
	for _, s := range m.stages {
		if s.s.Table == table && table != "" {
			return s
		}
	}
	return &memoryStage{}
}

// Row implements state.Source.
func (m *memory) Row(_ context.Context, table, key string, into any) (state.Freshness, error) {
	if m.plan.Stage(table) == nil {
		return state.Freshness{}, fmt.Errorf("%w %q", state.ErrNoTable, table)
	}

	r := m.stageOf(table).row(key)
	f := state.Freshness{Version: r.Version, AsOf: time.Now()}
	if r.Bytes == nil {
		return f, nil
	}

	return f, plan.JSON{}.Unmarshal(r.Bytes, into)
}

// Keys implements state.Source.
func (m *memory) Keys(_ context.Context, table, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if m.plan.Stage(table) == nil {
			yield("", fmt.Errorf("%w %q", state.ErrNoTable, table))
			return
		}

		rows := m.stageOf(table).rows
		for _, k := range slices.Sorted(maps.Keys(rows)) {
			here := strings.HasPrefix(k, prefix) && (after == "" || k > after) && rows[k].Bytes != nil
			if here && !yield(k, nil) {
				return
			}
		}
	}
}

var _ Engine = (*memory)(nil)
