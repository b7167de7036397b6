package processors

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// A partition is one owned partition of a session. goka calls handle in the partition's own goroutine, for events and
// for answers; the committer takes what these left.
type partition struct {
	sess    *session
	in      *incarnation
	id      int32
	store   store.Store                  // nil in a stage that keeps nothing
	answers chan *sarama.ConsumerMessage // into the claim
	wakes   []chan struct{}              // by input, capacity 1: there may be room again
	used    atomic.Int64                 // events that wait, and those delivered and not handled; bound: Config.Waiting
	full    atomic.Int64                 // keys with Config.WaitingPerKey events or more
	backlog atomic.Int64                 // rows and outputs that the committer has not taken; bound: maxBacklog

	// mu is held by a running callback and, briefly, by the committer: whoever holds it sees rows, outputs and
	// positions as of the end of a callback.
	mu      sync.Mutex
	dead    bool                  // revoked or failed: callbacks have no effect
	rows    map[string]*stage.Row // decoded, the newest ones
	dirty   map[string]*stage.Row // to be committed
	outputs []stage.Output
	after   []stage.Call     // to be made when committed
	next    map[string]int64 // positions, by input topic; those not known yet are missing
	resumed bool             // the group had a position of it
	inbox   map[int64]stage.Answer
	letters int64 // of the inbox, so far
	handled token // the last record, until goka has marked it
}

// maxBacklog is how much waits for the committer in a partition when it stops fetching; what is fetched already is still
// handled. It sets the size of a transaction.
const maxBacklog = 8000

// maxWaiting is how many bytes of events may wait in one row before its partition is not fetched: a third of what a record
// holds, since what has been fetched still comes.
const maxWaiting = 300_000

// token names a record.
type token struct {
	topic  string
	offset int64
}

func newPartition(x *session, id int32) *partition {
	p := &partition{sess: x, in: x.in, id: id, answers: make(chan *sarama.ConsumerMessage),
		rows: map[string]*stage.Row{}, dirty: map[string]*stage.Row{}, next: map[string]int64{}, inbox: map[int64]stage.Answer{}}
	for range x.in.s.stage.Inputs {
		p.wakes = append(p.wakes, make(chan struct{}, 1))
	}
	return p
}

// handle is goka's callback: one event or one answer, all or nothing.
func (p *partition) handle(ctx goka.Context, m any) {
	value, _ := m.([]byte)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return
	}
	p.handled = token{string(ctx.Topic()), ctx.Offset()}
	var err error
	if ctx.Offset() < 0 {
		err = p.settle(p.open(value))
	} else {
		err = p.event(stage.Message{Topic: string(ctx.Topic()), Partition: p.id, Offset: ctx.Offset(), Key: ctx.Key(), Value: value,
			Time: ctx.Timestamp(), Headers: texts(ctx.Headers())})
	}
	if err != nil {
		p.dead = true
		p.in.fail(err)
	}
	p.in.handled.Add(1)
	p.in.work()
}

func (p *partition) event(msg stage.Message) error {
	row, err := p.row(msg.Key)
	if err != nil {
		return err
	}
	e, err := p.in.s.machine.Event(msg, row, p.in.s.w.copies)
	if err != nil {
		return err
	}
	step := ""
	if len(e.Row.Pending) > len(row.Pending) {
		step = "pending"
	}
	return p.effect(step, row, e, func() {
		p.next[msg.Topic] = msg.Offset + 1
		p.used.Add(-1)
	})
}

func (p *partition) settle(a stage.Answer) error {
	row, err := p.row(a.Call.Key)
	if err != nil {
		return err
	}
	e, err := p.in.s.machine.Settle(a, row, p.in.s.w.copies)
	if err != nil {
		return err
	}
	return p.effect("settle", row, e, func() {})
}

// effect applies effects, between two phases of the test's.
func (p *partition) effect(step string, before *stage.Row, e stage.Effects, also func()) error {
	if err := p.phase("before ", step); err != nil {
		return err
	}
	p.apply(before, e)
	also()
	if err := p.phase("after ", step); err != nil {
		return err
	}
	return p.sess.make(e.Calls)
}

func (p *partition) phase(when, step string) error {
	if step == "" {
		return nil
	}
	return p.in.s.phase(when + step)
}

// open takes an answer out of the inbox.
func (p *partition) open(value []byte) stage.Answer {
	n, _ := strconv.ParseInt(string(value), 10, 64)
	a := p.inbox[n]
	delete(p.inbox, n)
	return a
}

// apply makes effects visible to the next callback, and leaves them to the committer.
func (p *partition) apply(before *stage.Row, e stage.Effects) {
	if e.Changed {
		p.rows[e.Key], p.dirty[e.Key] = e.Row, e.Row
		p.used.Add(int64(len(e.Row.Pending) - len(before.Pending)))
		p.full.Add(over(e.Row, p.in.s.w.c.WaitingPerKey) - over(before, p.in.s.w.c.WaitingPerKey))
	}
	p.outputs = append(p.outputs, p.sess.written.missing(e.Outputs)...)
	p.backlog.Store(int64(len(p.dirty) + len(p.outputs)))
	p.rouse()
}

// over is 1 for a row with so many events, or so many bytes of them, that no more should come.
func over(r *stage.Row, bound int) int64 {
	if len(r.Pending) >= bound || r.WaitingBytes() > maxWaiting {
		return 1
	}
	return 0
}

// row returns the row of a key, from the cache or the store.
func (p *partition) row(key string) (*stage.Row, error) {
	if p.store == nil {
		return &stage.Row{}, nil
	}
	if r := p.rows[key]; r != nil {
		return r, nil
	}
	b, err := p.store.Get(key)
	if err != nil {
		return nil, fmt.Errorf("row %s: %w", key, err)
	}
	r, err := stage.Unpack(b)
	if err != nil {
		return nil, fmt.Errorf("row %s: %w", key, err)
	}
	p.rows[key] = r
	return r, nil
}

// resume has the events that wait in a recovered partition asked again, once that is committed.
func (p *partition) resume() error {
	if p.store == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var failed error
	err := p.store.Scan("", "", func(key string, packed []byte) bool {
		if !stage.HasWaiting(packed) {
			return true
		}
		row, err := stage.Unpack(append([]byte(nil), packed...))
		if err == nil {
			p.used.Add(int64(len(row.Pending)))
			p.full.Add(over(row, p.in.s.w.c.WaitingPerKey))
			var e stage.Effects
			if e, err = p.in.s.machine.Resume(key, row, p.in.s.w.copies); err == nil {
				p.apply(row, e)
				p.after = append(p.after, e.Calls...)
			}
		}
		failed = err
		return err == nil
	})
	if failed != nil {
		err = failed
	}
	return err
}

// deliver hands an answer to the partition's own goroutine, through the claim of an input topic. It returns when it is
// on its way, or when the partition is lost.
func (p *partition) deliver(a stage.Answer) {
	p.mu.Lock()
	p.letters++
	n := p.letters
	p.inbox[n] = a
	p.mu.Unlock()
	m := &sarama.ConsumerMessage{Topic: p.in.s.stage.Inputs[0], Partition: p.id, Offset: -1, Key: []byte(a.Call.Key), Value: strconv.AppendInt(nil, n, 10), Timestamp: time.Now()}
	select {
	case p.answers <- m:
	case <-p.sess.Context().Done():
	}
}

// unread counts the answers on their way to the partition.
func (p *partition) unread() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.inbox)
}

// rouse has the pumps look again whether there is room.
func (p *partition) rouse() {
	for _, wake := range p.wakes {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// room says whether events may be fetched. If not, answers still pass.
func (p *partition) room() bool {
	return p.used.Load() < int64(p.in.s.w.c.Waiting) && p.full.Load() == 0 && p.backlog.Load() < maxBacklog && !p.in.draining.Load()
}

// taken is a partition's share of a transaction.
type taken struct {
	p       *partition
	rows    []*change
	outputs []stage.Output
	after   []stage.Call
	next    map[string]int64
}

// A change is a row on its way to the changelog and the store.
type change struct {
	key    string
	row    *stage.Row
	offset int64 // in the changelog, from the ack
}

// take swaps the partition's buffers: nothing else holds callbacks up.
func (p *partition) take() taken {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := taken{p: p, outputs: p.outputs, after: p.after, next: make(map[string]int64, len(p.next)), rows: make([]*change, 0, len(p.dirty))}
	for key, row := range p.dirty {
		t.rows = append(t.rows, &change{key: key, row: row})
	}
	for topic, o := range p.next {
		t.next[topic] = o
	}
	clear(p.dirty)
	p.outputs, p.after = nil, nil
	p.backlog.Store(0)
	p.rouse()
	return t
}

// flush brings committed rows to the store, and forgets what the cache can spare, of rows that were only read, too.
func (t *taken) flush(cached int) error {
	if t.p.store == nil {
		return nil
	}
	if err := t.write(); err != nil {
		return err
	}
	t.p.evict(cached)
	return nil
}

func (t *taken) write() error {
	if len(t.rows) == 0 {
		return nil
	}
	rows, offset := make([]store.Record, len(t.rows)), int64(-1)
	for i, r := range t.rows {
		rows[i] = store.Record{Key: r.key, Value: r.row.Pack()}
		offset = max(offset, r.offset)
	}
	return t.p.store.Flush(rows, offset)
}

// evict drops rows from the cache that the store has: no transaction runs, so these are all that are not dirty.
func (p *partition) evict(keep int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.rows) <= keep {
		return
	}
	for key := range p.rows {
		if len(p.rows) <= keep*3/4 {
			return
		}
		if p.dirty[key] == nil {
			delete(p.rows, key)
		}
	}
}

func (p *partition) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
}

func texts(h goka.Headers) map[string]string {
	if len(h) == 0 {
		return nil
	}
	out := make(map[string]string, len(h))
	for k, v := range h {
		out[k] = string(v)
	}
	return out
}
