package stage

import (
	"slices"
	"time"
)

// # Attempts that are counted early
//
// An attempt is committed before its call is made. If it were counted only when a slot is free, the slot
// would stand idle during the commit. So while a head still stands in line, its next attempt is counted if
// its turn is expected before a commit could end (line.next, then Machine.CountEarly). When its turn
// comes, Machine.Ask makes that attempt.
//
// An attempt that is counted and not made when the worker is killed is lost, and too many lost attempts
// give an event up. So no more are counted early than the pace of the slots calls for: one for a model
// that takes seconds, many for one that takes milliseconds, and none if a single lost attempt gives an
// event up. A worker that stops in order takes back what it has counted and not made (Machine.Uncount).

// CountEarly counts the next attempt of the head of a queue, before its slot is free. Ask makes it then.
func (m *Machine) CountEarly(key, op string, row *Row) Effects {
	q := row.Queue(op)
	if q.IsEmpty() || q.Early || q.call != nil {
		return Effects{Key: key, Row: row, Ignored: true}
	}

	q.Asked++
	q.Early = true
	counted := *row
	counted.Queues = row.With(q)

	return Effects{Key: key, Row: &counted}
}

// Uncount takes back the attempt of a call that is not made, since the session ends.
func (m *Machine) Uncount(c Call, row *Row) Effects {
	q := row.Queue(c.Op)
	if q.IsEmpty() || q.Asked != c.Attempt || c.isGone() {
		return Effects{Key: c.Key, Row: row, Ignored: true}
	}

	q.Asked--
	q.Early = false
	q.call = nil
	counted := *row
	counted.Queues = row.With(q)

	return Effects{Key: c.Key, Row: &counted}
}

// HasEarly reports whether the row has a Queue.Early, which no store keeps.
func (r *Row) HasEarly() bool {
	return slices.ContainsFunc(r.Queues, func(q Queue) bool { return q.Early })
}

// A pace tells how many heads get slots within a window of time. The last full window shows it, or the one
// that runs if it has more already.
type pace struct {
	began     time.Time // of the window that runs
	now, last int
}

// paceWindow is about as long as an attempt takes to be committed.
const paceWindow = 50 * time.Millisecond

// add counts n heads.
func (p *pace) add(n int) {
	switch since := time.Since(p.began); {
	case since >= 2*paceWindow:
		p.began, p.last, p.now = time.Now(), 0, 0
	case since >= paceWindow:
		p.began, p.last, p.now = time.Now(), p.now, 0
	}
	p.now += n
}

// expected is about how many heads get slots within the next window.
func (p *pace) expected() int {
	p.add(0)
	return max(p.last, p.now)
}

// soon returns the first head whose attempt is not counted yet, if its turn comes soon; else nil.
func (o *opLine) soon() *waiter {
	expected := o.pace.expected()
	if o.once || o.early > expected || o.mode() == Paused {
		return nil
	}
	return o.heads.soon(expected + 1)
}
