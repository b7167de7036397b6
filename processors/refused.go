package processors

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/slipstream-go/slipstream/internal/stage"
)

// # What only the broker refuses
//
// Limits of topics are checked before anything is sent; see limits. But they change while a worker runs,
// clocks differ, and brokers have policies of their own. A record that is refused takes its whole transaction
// with it, and the broker does not say which event made it.
//
// So the next incarnation is careful: one event, or one answer, is in its hands at a time, and is committed
// before the next is taken. The one whose commit is refused becomes a dead letter in the incarnation after
// that, one that is cut as short as possible if that is refused, too. For an answer, the operator gives up
// before: see stage.Machine.Drop. The stage is careful until all that the first refused transaction had is
// past: the positions of its events, and the events whose answers it had. turn.go lets one at a time into its
// hands.
//
// What is refused for a whole topic's sake, because it is gone or closed to us, is nobody's fault: the stage
// tries again, more and more slowly, and says so at readyz.

// A culprit is what a transaction may have been refused for: an event, by its offset, or an event that
// waited, by its cell.
type culprit struct {
	place
	offset int64
	cell   cellID
}

// patience is how often the broker may refuse it, as other records each time.
func (c *culprit) patience() int {
	if c.cell.op != "" {
		return stage.MostDrops
	}
	return 2 // a dead letter, and one that is cut short
}

// refusals are what a runner knows of refused transactions.
type refusals struct {
	careful atomic.Bool

	mu    sync.Mutex // guards what follows
	until offsets    // positions that the refused transactions would have committed
	heads map[cellID]bool
	bad   map[culprit]badRecord // found
	told  bool                  // to runner.trouble
}

type badRecord struct {
	err   error
	times int // it was refused, as other records each time
}

// find returns why a record was refused, if it was.
func (r *refusals) find(c culprit) (badRecord, bool) {
	if !r.careful.Load() {
		return badRecord{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.bad[c]
	return b, ok
}

// refused is told of a transaction that failed. alone is what it was made for, if that is known.
func (s *runner) refused(err error, work []share, alone *culprit) {
	p := new(produceError)
	switch {
	case !errors.As(err, &p):
		return
	case p.refusesTopic():
		s.refusals.tell(s, fmt.Sprintf("topic %s takes no records: %v. Give the worker access to it, "+
			"or create it again; nothing is lost meanwhile", p.topic, p.err))
		return
	case !p.refusesRecord():
		return
	}

	r := &s.refusals
	r.mu.Lock()
	defer r.mu.Unlock()

	if alone != nil {
		b := badRecord{p, r.bad[*alone].times + 1}
		r.bad[*alone] = b
		if b.times > alone.patience() {
			r.told = true
			s.trouble(fmt.Sprintf("topic %s refuses even a dead letter that is cut short: %v",
				p.topic, p.err))
		}
		return
	}

	if !r.careful.Swap(true) {
		r.until, r.heads, r.bad = offsets{}, map[cellID]bool{}, map[culprit]badRecord{}
	}

	for _, w := range work {
		for topic, next := range w.next {
			at := place{topic, w.p.id}
			r.until[at] = max(r.until[at], next)
		}

		for _, c := range w.cells {
			if c.gone && !c.isHead {
				r.heads[c.id] = true
			}
		}
	}
}

// tell tells what holds the stage up, until a transaction commits.
func (r *refusals) tell(s *runner, trouble string) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.told = true
	s.trouble(trouble)
}

// passed is told of a transaction that has committed. alone is what it was made for, if that is known.
func (s *runner) passed(x *session, work []share, alone *culprit) {
	r := &s.refusals
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.told && slices.ContainsFunc(work, func(w share) bool { return w.size() > 0 }) {
		r.told = false
		s.trouble("")
	}

	if !r.careful.Load() {
		return
	}

	if alone != nil {
		delete(r.bad, *alone)
	}

	r.strike(work)
	r.forgetOthers(x)

	if len(r.until)+len(r.heads)+len(r.bad) == 0 {
		r.careful.Store(false)
	}
}

// strike takes out what a transaction has committed. The caller holds mu.
func (r *refusals) strike(work []share) {
	for _, w := range work {
		for topic, next := range w.next {
			if at := (place{topic, w.p.id}); next >= r.until[at] {
				delete(r.until, at)
			}
		}

		for _, c := range w.cells {
			if c.gone && !c.isHead {
				delete(r.heads, c.id)
			}
		}
	}
}

// forgetOthers takes out what is in partitions that the session does not have: another worker has them now.
// The caller holds mu.
func (r *refusals) forgetOthers(x *session) {
	for at := range r.until {
		if x.parts[at.partition] == nil {
			delete(r.until, at)
		}
	}

	for id := range r.heads {
		if !x.owns(culprit{cell: id}) {
			delete(r.heads, id)
		}
	}

	for c := range r.bad {
		if !x.owns(c) {
			delete(r.bad, c)
		}
	}
}

// owns reports whether a culprit is in a partition of the session.
func (x *session) owns(c culprit) bool {
	if c.topic != "" {
		return x.parts[c.partition] != nil
	}
	_, err := x.partition(c.cell.key)
	return err == nil
}

// eventCulprit is an event as what a transaction may be refused for.
func (p *partition) eventCulprit(msg stage.Message) culprit {
	return culprit{place: place{msg.Topic, p.id}, offset: msg.Offset}
}

// headCulprit is the head of a queue as that.
func headCulprit(row *stage.Row, key, op string) culprit {
	return culprit{cell: cellID{key, op, row.Queue(op).First}}
}
