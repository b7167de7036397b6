package processors

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// This file has what a partition does with the events that wait in it: it asks about the head of a queue,
// makes the calls, and notes which cells and attempts are to be committed. All of it runs under p.mu.

// ask asks an operator about the head of a queue whose turn has come, or counts its attempt before that.
func (p *partition) ask(h *stage.Head) error {
	if h.Early {
		return p.countEarly(h)
	}

	row, head, err := p.head(h.Key, h.Op)
	if err != nil {
		return err
	}

	if !p.in.s.machine.HasTurn(*h, row, head) {
		if h.Slot {
			p.sess.calls.Release(h.Op)
		}
		return nil
	}

	this := headCulprit(row, h.Key, h.Op)
	defer p.sess.turn.handledBy(this)

	var e stage.Effects
	if bad, ok := p.in.s.refusals.find(this); ok {
		e, err = p.in.s.machine.Drop(h.Key, h.Op, row, head, p.in.s.w.copies, bad.err, bad.times)
	} else {
		e, err = p.in.s.machine.Ask(h.Key, h.Op, row, head, p.in.s.w.copies)
	}

	if err != nil {
		return err
	}

	if h.Slot && len(e.Calls) == 0 {
		p.sess.calls.Release(h.Op)
	}

	return p.effect("", row, e, func() {})
}

// putOnRecord puts an answer beside on record.
func (p *partition) putOnRecord(a *stage.Answer) error {
	row, err := p.row(a.Call.Key)
	if err != nil {
		return err
	}

	e, err := p.in.s.machine.OnRecord(*a, row)
	if err != nil {
		return err
	}

	return p.apply(row, e)
}

// countEarly counts the attempt of a head whose slot is soon free. The head is what the transaction may be
// refused for; if it was, it is dropped when its turn comes.
func (p *partition) countEarly(h *stage.Head) error {
	row, err := p.row(h.Key)
	if err != nil {
		return err
	}

	this := headCulprit(row, h.Key, h.Op)
	defer p.sess.turn.handledBy(this)

	if _, bad := p.in.s.refusals.find(this); bad {
		return nil
	}
	return p.effect("", row, p.in.s.machine.CountEarly(h.Key, h.Op, row), func() {})
}

// call makes calls.
//
// An attempt is committed before its call is made: so each is counted, even one that kills this process, and
// a worker that takes over asks only when it owns the partition for certain. Two kinds of calls don't wait,
// once the session has committed some work. One is the first attempt of an event that has just arrived: if
// that is cut off, the event is read again, and is then among the first. The other is one that follows an
// answer of this session that was refused: if that is cut off, the attempt before it counts as lost.
func (p *partition) call(before *stage.Row, e stage.Effects) error {
	var now []stage.Call
	for _, c := range e.Calls {
		q, was := e.Row.Queue(c.Op), before.Queue(c.Op)
		head := cellID{c.Key, c.Op, q.First}
		cell := p.cells[head]
		arrived := cell.request != nil && !cell.under && c.Attempt == 1
		refused := q.First == was.First && q.Reasks > was.Reasks
		early := c.Early && p.isCommitted(head)

		if p.sess.worked.Load() && (arrived || refused) || early || testhook.IsOff(testhook.AttemptFirst) {
			now = append(now, c)
		} else {
			p.after = append(p.after, c)
			p.in.hurry()
		}
	}

	return p.sess.make(now)
}

// uncount takes back the attempts that are counted and will not be made, since the session ends: those
// counted early, those that wait for the last commit, and those that were not made because the worker
// stops. Otherwise a case could be given up, after many sessions, as one that ends its worker, and would
// never have been asked.
func (p *partition) uncount() error {
	p.mu.Lock()
	defer p.mu.Unlock()

	unmade := slices.Concat(p.after, p.sess.unmadeIn(p))
	p.after = nil

	for key, row := range p.rows {
		for _, q := range row.Queues {
			if q.Early {
				unmade = append(unmade, stage.Call{Key: key, Op: q.Op, Attempt: q.Asked})
			}
		}
	}

	for _, c := range unmade {
		row, err := p.row(c.Key)
		if err != nil {
			return err
		}

		if err := p.apply(row, p.in.s.machine.Uncount(c, row)); err != nil {
			return err
		}
	}

	return nil
}

// isCommitted reports whether a head is committed, with its attempts.
func (p *partition) isCommitted(head cellID) bool {
	_, changed := p.cells[head]
	_, committing := p.committing[head]
	attempts := headID{head.key, head.op}

	return !changed && !committing && !p.heads[attempts] && !p.committingHeads[attempts] ||
		testhook.IsOff(testhook.EarlyAttempt)
}

// change keeps or removes an event that waits.
func (p *partition) change(key string, c stage.Change) (size int) {
	id := cellID{key, c.Op, c.Seq}

	have, changed := p.cells[id]
	switch {
	case !c.Gone:
		p.cells[id] = waitingCell{c.Request, changed && have.under}
		p.census.add(c.Request, 1)
		return c.Request.Size()
	case changed && !have.under: // it has never been committed
		delete(p.cells, id)
	default:
		p.cells[id] = waitingCell{nil, true}
	}
	p.census.add(c.Request, -1)

	return 0
}

// mark notes the heads whose attempts need a record: they have changed, and the cell has been written.
func (p *partition) mark(before *stage.Row, e stage.Effects) {
	for i := range e.Row.Queues {
		q := &e.Row.Queues[i]
		was := before.Queue(q.Op)

		anew := p.heads[headID{e.Key, q.Op}] || was.Marked // the queue has emptied and begun again
		if anew && !q.Marked {
			q.Marked = true
			p.heads[headID{e.Key, q.Op}] = true
		}

		asked := was.First == q.First && (was.Asked != q.Asked || was.Reasks != q.Reasks) ||
			was.First != q.First && q.Asked+q.Reasks > 0

		if asked && p.cells[cellID{e.Key, q.Op, q.First}].request == nil {
			q.Marked = true // the row is new, and nobody else has it yet
			p.heads[headID{e.Key, q.Op}] = true
		}
	}

	for _, q := range before.Queues {
		if q.Marked && e.Row.Queue(q.Op).IsEmpty() {
			p.heads[headID{e.Key, q.Op}] = true
		}
	}
}

// stand has the head of a queue stand in line for a slot.
func (p *partition) stand(key, op string) error {
	h, err := p.headOf(key, op)
	if err == nil {
		p.sess.calls.Add(h)
	}
	return err
}

// park has the head of a queue wait for its budget.
func (p *partition) park(key string, w stage.Parked) error {
	h, err := p.headOf(key, w.Op)
	if err == nil {
		p.sess.calls.Park(h, w.Need)
	}
	return err
}

// headOf is the head of a queue as it waits to be asked.
func (p *partition) headOf(key, op string) (stage.Head, error) {
	h := stage.Head{Key: key, Op: op}
	if !p.in.s.machine.Ranks(op) {
		return h, nil
	}

	_, head, err := p.head(key, op)
	if err == nil {
		h = head.Head(key, op)
	}
	return h, err
}

// head returns the row of a key, and the first event that waits there for an operator; nil if none does.
func (p *partition) head(key, op string) (*stage.Row, *stage.Request, error) {
	row, err := p.row(key)
	if err != nil {
		return nil, nil, err
	}

	q := row.Queue(op)
	if q.IsEmpty() {
		return row, nil, nil
	}

	head, err := p.cell(cellID{key, op, q.First})
	return row, head, err
}

// cell returns an event that waits. One that is not there means that the store is damaged.
func (p *partition) cell(id cellID) (*stage.Request, error) {
	for _, recent := range []map[cellID]waitingCell{p.cells, p.committing} {
		if c, ok := recent[id]; ok && c.request != nil {
			return c.request, nil
		}
	}

	b, err := p.store.Get(id.stored())
	if err == nil && b == nil {
		err = store.Damaged(p.store, fmt.Errorf("event %d of operator %s is missing", id.seq, id.op))
	}

	if err != nil {
		return nil, fmt.Errorf("row %s: %w", id.key, err)
	}

	kept, err := stage.DecodeKept(b)
	if err != nil {
		return nil, fmt.Errorf("row %s: %w", id.key, store.Damaged(p.store, err))
	}

	return kept.Request, nil
}
