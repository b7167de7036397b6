package stage

import (
	"container/heap"
	"container/list"
	"slices"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// A Head is the first event of a queue that waits for a slot of its operator.
type Head struct {
	Key, Op  string
	Deadline time.Time // zero: none
	Tenant   string
	Priority int64
	Slot     bool // it has one: see line.next
	Early    bool // it stays in line, and only its attempt is counted: see line.next
}

// A line has the heads wait for slots. It is small for each of them, since there is one for each key that
// waits: a case is built when its turn comes.
type line struct {
	ready func() // called when next may have something new, without the lock
	early bool   // attempts are counted early

	mu    sync.Mutex // guards what follows
	ops   map[string]*opLine
	lines []*opLine // of ops, in the order of their declaration
	late  deadlines
	alarm *time.Timer // calls ready at the first deadline; nil: none is set
	shut  bool        // no head leaves any more
}

// opLine is the line of one operator.
type opLine struct {
	free  int
	once  bool                // a single attempt may be lost, so none is counted that may not be made
	heads order               // that wait
	keys  map[headKey]*waiter // of heads, if newer events take their places; else nil
	early int                 // of heads: their attempts are counted
	pace  pace                // at which heads get slots

	mode func() Mode // of the operator, now
}

type headKey struct{ key, op string }

type waiter struct {
	Head
	place  int // in deadlines
	tenant *tenant
	rank   int           // in tenant.counted or tenant.uncounted
	at     *list.Element // in tenant.age
	came   int64         // its number
}

func newLine(p *plan.Plan, s *plan.Stage, c CallOptions) *line {
	l := &line{ready: c.Ready, early: c.Early, ops: map[string]*opLine{}}
	for _, id := range s.Nodes {
		if n := &p.Nodes[id]; n.Kind == plan.KindAsync {
			o := &opLine{free: n.Async.InFlight, once: n.Async.Lost == 1}
			o.mode = func() Mode {
				mode, _ := c.Control.Mode(n)
				return mode
			}
			if n.Async.Latest {
				o.keys = map[headKey]*waiter{}
			}
			l.lines = append(l.lines, o)
			for _, name := range append(n.Async.Was, n.Name) {
				l.ops[name] = o
			}
		}
	}
	return l
}

// mode returns that of an operator, now.
func (l *line) mode(op string) Mode { return l.ops[op].mode() }

// take takes a slot if one is free for which nobody waits.
func (l *line) take(op string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	o := l.ops[op]
	if l.shut || o.free == 0 || o.heads.next() != nil || o.mode() == Paused {
		return false
	}
	o.free--
	return true
}

// release gives a slot back.
func (l *line) release(op string) {
	l.mu.Lock()
	l.ops[op].free++
	l.mu.Unlock()

	l.ready()
}

// add puts a head in line. If it supersedes another one of its key, it has that one's place.
func (l *line) add(h Head) {
	l.mu.Lock()
	o, w := l.ops[h.Op], &waiter{Head: h}
	if before := o.keys[headKey{h.Key, h.Op}]; before != nil {
		l.leave(before, func(heads *order, before *waiter) { heads.replace(before, w) })
	} else {
		o.heads.add(w)
	}

	if o.keys != nil {
		o.keys[headKey{h.Key, h.Op}] = w
	}

	if !h.Deadline.IsZero() {
		heap.Push(&l.late, w)
		l.setAlarm()
	}
	l.mu.Unlock()

	l.ready()
}

// next returns a head that is to be asked now: one whose deadline has passed, which needs no slot, or else
// the first of a line that has got one. If there is neither, it returns a head whose attempt is to be counted
// early, which stays in line.
func (l *line) next() (h Head, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if l.shut {
		return h, false
	}

	if w := l.overdue(); w != nil {
		return l.leave(w, (*order).remove), true
	}

	for _, o := range l.lines {
		if o.hasTurn() {
			o.free--
			o.pace.add(1)
			h = l.leave(o.heads.next(), (*order).turn)
			h.Slot = true
			return h, true
		}
	}

	for _, o := range l.lines {
		if w := o.soon(); l.early && w != nil {
			o.heads.count(w)
			o.early++
			return w.Head, true
		}
	}

	return h, false
}

// startable reports whether next has something.
func (l *line) startable() bool {
	l.mu.Lock()
	defer l.mu.Unlock()

	return !l.shut && (l.overdue() != nil || slices.ContainsFunc(l.lines, func(o *opLine) bool {
		return o.hasTurn() || l.early && o.soon() != nil
	}))
}

// overdue returns the head whose deadline has passed first, or nil.
func (l *line) overdue() *waiter {
	if len(l.late) > 0 && !time.Now().Before(l.late[0].Deadline) {
		return l.late[0]
	}
	return nil
}

// hasTurn reports whether a slot is free for the first head.
func (o *opLine) hasTurn() bool { return o.free > 0 && o.heads.next() != nil && o.mode() != Paused }

// leave takes a waiter out of its line.
func (l *line) leave(w *waiter, out func(*order, *waiter)) Head {
	o := l.ops[w.Op]
	out(&o.heads, w)
	delete(o.keys, headKey{w.Key, w.Op})
	if w.Early {
		o.early--
		w.Early = false
	}
	if !w.Deadline.IsZero() {
		heap.Remove(&l.late, w.place)
		l.setAlarm()
	}
	return w.Head
}

// setAlarm has ready called when the first deadline passes.
func (l *line) setAlarm() {
	if l.alarm != nil {
		l.alarm.Stop()
		l.alarm = nil
	}

	if len(l.late) > 0 && !l.shut {
		l.alarm = time.AfterFunc(time.Until(l.late[0].Deadline), l.ready)
	}
}

// close lets no head leave any more.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.shut = true
	l.setAlarm()
}

// deadlines is a heap of those who have one, the earliest first.
type deadlines []*waiter

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].Deadline.Before(d[j].Deadline) }
func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push implements heap.Interface.
func (d *deadlines) Push(x any) {
	w := x.(*waiter)
	w.place = len(*d)
	*d = append(*d, w)
}

// Pop implements heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	w := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	return w
}
