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

// A partition is one partition that a session owns.
//
// goka calls handle in the partition's own goroutine, for events and for answers alike: answers come through
// the claim of an input, between two events. Since one goroutine handles all that concerns a key, there is no
// other order to keep and no row to lock. A callback leaves behind what it has changed; the committer takes
// it, in its own goroutine.
//
// Nothing that handle does may block. It would hold up the answers, which make the room that blocked events
// wait for.
type partition struct {
	sess    *session
	in      *incarnation
	id      int32
	store   store.Store                  // nil in a stage that keeps nothing
	answers chan *sarama.ConsumerMessage // to the pumps; unbuffered
	wakes   []chan struct{}              // one for each input, capacity 1: there may be room again

	// The pumps read these without the lock, to see whether there is room.
	used    atomic.Int64 // events that wait, and those delivered and not handled; bound: Config.Waiting
	full    atomic.Int64 // keys with Config.WaitingPerKey events or more; bound: 0
	backlog atomic.Int64 // rows and outputs that the committer has not taken; bound: maxBacklog

	// mu is held by a running callback and, briefly, by the committer. So rows, outputs and positions are
	// always seen as of the end of a callback. It guards all that follows.
	mu      sync.Mutex
	dead    bool                   // revoked or failed: callbacks have no effect any more
	rows    map[string]*stage.Row  // decoded, as of the last callback; bound: Config.CachedRows, after each commit
	dirty   map[string]*stage.Row  // those of rows that are to be committed
	outputs []stage.Output         // to be committed
	after   []stage.Call           // to be made after the commit
	next    map[string]int64       // positions by input topic; one that is not known yet is missing
	resumed bool                   // the group had committed a position of this partition
	inbox   map[int64]stage.Answer // on their way through a claim, by number
	letters int64                  // how many have been in the inbox so far: the next one's number
	handled token                  // the last record, until goka has marked it
}

// maxBacklog is how many rows and outputs may wait for the committer before a partition stops fetching. What
// has been fetched is still handled. It bounds the size of a transaction, and so its latency under load.
const maxBacklog = 8000

// maxWaitingBytes is how many bytes of events may wait in one row before its partition stops fetching. It is
// a third of what a record can hold, since what has been fetched still comes.
const maxWaitingBytes = 300_000

// token names a record.
type token struct {
	topic  string
	offset int64
}

func newPartition(x *session, id int32) *partition {
	p := &partition{
		sess:    x,
		in:      x.in,
		id:      id,
		answers: make(chan *sarama.ConsumerMessage),
		rows:    map[string]*stage.Row{},
		dirty:   map[string]*stage.Row{},
		next:    map[string]int64{},
		inbox:   map[int64]stage.Answer{},
	}
	for range x.in.s.stage.Inputs {
		p.wakes = append(p.wakes, make(chan struct{}, 1))
	}

	return p
}

// handle is goka's callback for one event or one answer, which is known by its negative offset. It has all of
// its effects or none: an error ends the incarnation, and a partition that is dead ignores what still comes.
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
		err = p.event(stage.Message{
			Topic:     string(ctx.Topic()),
			Partition: p.id,
			Offset:    ctx.Offset(),
			Key:       ctx.Key(),
			Value:     value,
			Time:      ctx.Timestamp(),
			Headers:   texts(ctx.Headers()),
		})
	}

	if err != nil {
		p.dead = true
		p.in.fail(err)
	}
	p.in.handled.Add(1)
	p.in.work()
}

// event runs the steps on a record.
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

// settle runs the steps below an operator on its answer, or has it asked again.
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

// effect applies effects, together with what also does, between two phases at which tests have the stage
// crash. Calls that need no commit are made at once: those of events that have just begun to wait.
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

// apply makes effects visible to the next callback, and leaves them to the committer. Only here do rows
// change, so the counts that bound what waits are kept here, too.
func (p *partition) apply(before *stage.Row, e stage.Effects) {
	if e.Changed {
		p.rows[e.Key], p.dirty[e.Key] = e.Row, e.Row

		bound := p.in.s.w.c.WaitingPerKey
		p.used.Add(int64(len(e.Row.Pending) - len(before.Pending)))
		p.full.Add(over(e.Row, bound) - over(before, bound))
	}

	p.outputs = append(p.outputs, p.sess.written.missing(e.Outputs)...)
	p.backlog.Store(int64(len(p.dirty) + len(p.outputs)))
	p.rouse()
}

// over is 1 for a row of which as many events wait as may, by number or by bytes, and 0 for any other.
func over(r *stage.Row, bound int) int64 {
	if len(r.Pending) >= bound || r.WaitingBytes() > maxWaitingBytes {
		return 1
	}
	return 0
}

// row returns the row of a key, from the cache or the store. In a stage that keeps nothing, it is always
// empty.
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

// resume takes up the events that wait in a recovered partition. The attempt of each is counted, and the call
// is made only when that is committed. By then this worker certainly owns the partition, and no other attempt
// has the same number.
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

// deliver hands an answer to the partition's own goroutine, as a record with a negative offset in the claim
// of an input topic. The record carries the answer's number in the inbox. deliver returns when a pump has
// taken it, or when the partition is lost: then the event still waits in its row, and the next owner asks
// again.
func (p *partition) deliver(a stage.Answer) {
	p.mu.Lock()
	p.letters++
	n := p.letters
	p.inbox[n] = a
	p.mu.Unlock()

	m := &sarama.ConsumerMessage{
		Topic:     p.in.s.stage.Inputs[0],
		Partition: p.id,
		Offset:    -1,
		Key:       []byte(a.Call.Key),
		Value:     strconv.AppendInt(nil, n, 10),
		Timestamp: time.Now(),
	}
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

// room reports whether events may be fetched. If not, answers still pass.
func (p *partition) room() bool {
	return p.used.Load() < int64(p.in.s.w.c.Waiting) &&
		p.full.Load() == 0 &&
		p.backlog.Load() < maxBacklog &&
		!p.in.draining.Load()
}

// evict drops rows from the cache until it is well below its bound. The store has all rows that are not
// dirty: no transaction runs meanwhile.
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

// kill ends the effects of callbacks. goka may still call some that it had fetched.
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
