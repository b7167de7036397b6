package processors

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/internal/testhook"
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
	waiting      atomic.Int64 // events that wait; bound: Config.Waiting
	waitingBytes atomic.Int64 // about how many bytes they have; bound: Config.WaitingBytes
	backlog      backlog      // what the committer has not taken, of this partition alone
	inHand       atomic.Int64 // records that the pumps have passed on and handle has not handled
	stall        stall        // of Worker.watch alone

	// mu is held by a running callback and, briefly, by the committer. So rows, outputs and positions are
	// always seen as of the end of a callback. It guards all that follows.
	mu      sync.Mutex
	dead    bool                   // revoked or failed: callbacks have no effect any more
	rows    map[string]*stage.Row  // decoded, as of the last callback; bound: Config.CachedRows, after each commit
	dirty   map[string]*stage.Row  // those of rows whose value is to be committed
	queued  map[string]*stage.Row  // those of rows whose queues are to be committed
	cells   map[cellID]waitingCell // that are to be committed
	heads   map[headID]bool        // whose attempts are to be committed
	census  census                 // of all that waits
	outputs []stage.Output         // to be committed
	after   []stage.Call           // to be made after the commit
	legacy  []string               // keys whose events leave the headers of their row
	marked  bool                   // the changelog has the record of stage.MarkerKey, or will
	next    map[string]int64       // positions by input topic; one that is not known yet is missing
	resumed bool                   // the group had committed a position of this partition
	inbox   []letter               // on their way through a claim, in order
	handled token                  // the last record, until goka has marked it

	committing      map[cellID]waitingCell // cells of the transaction that runs: the store lacks them yet
	committingHeads map[headID]bool        // whose attempts are in that transaction
	complete        time.Time              // until which the store was last told to be complete; the committer's
}

// A waitingCell is a cell that has changed since the last transaction was taken.
type waitingCell struct {
	request *stage.Request // nil: it is gone
	under   bool           // a cell with this number was there before
}

// A letter is what comes to a partition between two events: an answer, a head that is to be asked, an answer
// of a candidate that decides beside, or a row that is to be looked at.
type letter struct {
	answer *stage.Answer
	head   *stage.Head
	beside *stage.Answer // that goes on record only
	look   *look
}

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
		queued:  map[string]*stage.Row{},
		cells:   map[cellID]waitingCell{},
		heads:   map[headID]bool{},
		census:  census{},
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
	defer p.inHand.Add(-1)

	if p.dead {
		return
	}

	p.handled = token{string(ctx.Topic()), ctx.Offset()}
	var err error
	if ctx.Offset() < 0 {
		err = p.read(p.open())
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
	if err := p.routed(msg.Key); err != nil {
		return err
	}

	row, err := p.row(msg.Key)
	if err != nil {
		return err
	}

	this := p.eventCulprit(msg)
	defer p.sess.turn.handledBy(this)

	var e stage.Effects
	if bad, ok := p.in.s.refusals.find(this); ok {
		e, err = p.in.s.machine.Refuse(msg, row, bad.err, bad.times > 1)
	} else {
		e, err = p.in.s.machine.Event(msg, row, p.in.s.w.copies)
	}

	if err != nil {
		return err
	}

	step := ""
	if len(e.Waiting) > 0 {
		step = "pending"
	}

	return p.effect(step, row, e, func() { p.next[msg.Topic] = msg.Offset + 1 })
}

// read runs the steps below an operator on its answer, asks it about the head of a queue, or looks at a row.
func (p *partition) read(l letter) error {
	switch {
	case l.head != nil:
		return p.ask(l.head)
	case l.beside != nil:
		return p.putOnRecord(l.beside)
	case l.look != nil:
		return p.look(l.look)
	}
	key, op := l.answer.Call.Key, l.answer.Call.Op

	row, head, err := p.head(key, op)
	if err != nil {
		return err
	}

	this := headCulprit(row, key, op)
	defer p.sess.turn.handledBy(this)

	var e stage.Effects
	if bad, ok := p.in.s.refusals.find(this); ok {
		e, err = p.in.s.machine.Drop(key, op, row, head, p.in.s.w.copies, bad.err, bad.times)
	} else {
		e, err = p.in.s.machine.Settle(*l.answer, row, head, p.in.s.w.copies)
	}

	if err != nil {
		return err
	}

	return p.effect("settle", row, e, func() {})
}

// effect applies effects, with those of asking operators that have a slot, together with what also does,
// between two phases at which tests have the stage crash.
func (p *partition) effect(step string, before *stage.Row, e stage.Effects, also func()) error {
	e, err := p.in.s.machine.Proceed(e, p.sess.calls, func(op string, seq int64) (*stage.Request, error) {
		return p.cell(cellID{e.Key, op, seq})
	}, p.in.s.w.copies)
	if err != nil {
		return err
	}

	if err := p.phase("before ", step); err != nil {
		return err
	}

	if err := p.apply(before, e); err != nil {
		return err
	}
	also()

	if err := p.phase("after ", step); err != nil {
		return err
	}

	return p.call(before, e)
}

func (p *partition) phase(when, step string) error {
	if step == "" {
		return nil
	}
	return p.in.s.phase(when + step)
}

// open takes the oldest letter out of the inbox. Which record of a letter has arrived doesn't matter: they come
// through the claims of several inputs, and so in any order.
func (p *partition) open() letter {
	l := p.inbox[0]
	p.inbox = slices.Delete(p.inbox, 0, 1)
	return l
}

// apply makes effects visible to the next callback, and leaves them to the committer. Only here do rows
// change, so the counts that bound what waits are kept here, too.
func (p *partition) apply(before *stage.Row, e stage.Effects) error {
	size := 0
	if e.Row != before {
		p.rows[e.Key] = e.Row
	}

	if e.Changed {
		p.dirty[e.Key] = e.Row
		size += len(e.Key) + len(e.Row.Bytes)
		if err := p.awaits(e.Key, e.Row); err != nil {
			return err
		}
	} else if p.dirty[e.Key] != nil {
		p.dirty[e.Key] = e.Row
	}

	for _, c := range e.Waiting {
		size += p.change(e.Key, c)
	}

	if len(e.Waiting) > 0 || !slices.Equal(before.Queues, e.Row.Queues) {
		p.queued[e.Key] = e.Row
		p.mark(before, e)
	}

	events, bytes := p.census.total()
	p.waiting.Store(events)
	p.waitingBytes.Store(bytes)

	outputs := p.sess.written.missing(e.Outputs)
	for i := range outputs {
		size += outputs[i].Size()
	}
	p.outputs = append(p.outputs, outputs...)

	changed := len(outputs) + len(e.Waiting)
	if e.Changed || e.Row != before {
		changed++
	}
	p.in.backlog.add(&p.backlog, changed, size)

	for _, op := range e.Heads {
		if err := p.stand(e.Key, op); err != nil {
			return err
		}
	}

	for _, w := range e.Parked {
		if err := p.park(e.Key, w); err != nil {
			return err
		}
	}

	return nil
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

	r, err := p.stored(key)
	if err != nil {
		return nil, fmt.Errorf("row %s: %w", key, err)
	}
	p.rows[key] = r

	return r, nil
}

// stored returns the row of a key from the store, with its queues.
func (p *partition) stored(key string) (*stage.Row, error) {
	b, err := p.store.Get(rowSpace + key)
	if err != nil {
		return nil, err
	}

	r, err := stage.Unpack(b)
	if err == nil {
		err = r.Upgrade(p.in.s.plan, p.in.s.stage.Table, key)
	}

	if err != nil || !p.in.s.stage.Waits {
		return r, err
	}

	if b, err = p.store.Get(queueSpace + key); err == nil {
		r.Queues, err = stage.UnpackQueues(b)
	}

	return r, err
}

// deliver hands a letter to the partition's own goroutine, as a record with a negative offset in the claim of
// an input topic. deliver returns when a pump has taken it, or when the partition is lost: then the event
// still waits, and the next owner asks again. Letters are opened in the order in which they are delivered.
func (p *partition) deliver(key string, l letter) {
	p.mu.Lock()
	p.inbox = append(p.inbox, l)
	p.mu.Unlock()

	m := &sarama.ConsumerMessage{
		Topic:     p.in.s.stage.Inputs[0],
		Partition: p.id,
		Offset:    -1,
		Key:       []byte(key),
		Timestamp: time.Now(),
	}
	select {
	case p.answers <- m:
	case <-p.sess.Context().Done():
	}
}

// unread counts the letters on their way to the partition.
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
	if testhook.IsOff(testhook.Room) {
		return true
	}
	return p.waiting.Load() < int64(p.in.s.w.c.Waiting) &&
		p.waitingBytes.Load() < p.in.s.w.c.WaitingBytes &&
		p.in.backlog.hasRoom() &&
		!p.in.draining.Load()
}

// flushed forgets what the store has now: the cells of the last transaction, and rows, until the cache is
// well below its bound. The store has all rows that are not dirty: no transaction runs meanwhile.
func (p *partition) flushed(keep int) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.committing, p.committingHeads = nil, nil
	if len(p.rows) <= keep {
		return
	}

	for key, row := range p.rows {
		if len(p.rows) <= keep*3/4 {
			return
		}

		if p.isStored(key, row) || testhook.IsOff(testhook.Eviction) {
			delete(p.rows, key)
		}
	}
}

// isStored reports whether the store has all that a row knows.
func (p *partition) isStored(key string, row *stage.Row) bool {
	return p.dirty[key] == nil && p.queued[key] == nil && !row.HasEarly() && !row.HasCall()
}

// kill ends the effects of callbacks. goka may still call some that it had fetched.
func (p *partition) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = !testhook.IsOff(testhook.NoEffects)
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
