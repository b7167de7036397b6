package stage

import (
	"cmp"
	"container/list"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/ledger"
)

// A parking is where heads wait for their budgets, without a slot. Each is small, since there may be one for
// each key. They wait in groups, by the account that has too little left, and leave in the order in which
// they came. One that needs less than those before it in its group does not overtake them.
//
// A head that leaves stands in line, and has reserved nothing yet. If it does not use the room that it was
// let go for, because its case is gone or its operator is paused, another one has to get it: so while heads
// wait, the parking looks again soon after it has let one go.
type parking struct {
	c    *Calls
	look chan struct{} // capacity 1: run is to look again

	mu     sync.Mutex // guards what follows; it may be held when line.mu is taken
	groups map[ledger.Account]*list.List
	heads  map[headKey]*parkedHead // all of them
	came   int64                   // how many have come
	shut   bool
}

type parkedHead struct {
	Head
	need  ledger.Reserve
	alarm *time.Timer // of its deadline, or nil
	came  int64       // its number

	account ledger.Account // of its group
	at      *list.Element  // of its group
}

func newParking(c *Calls) *parking {
	return &parking{
		c:      c,
		look:   make(chan struct{}, 1),
		groups: map[ledger.Account]*list.List{},
		heads:  map[headKey]*parkedHead{},
	}
}

// Park has a head wait until its budget has room for what it needs, until its deadline, or until rules decide
// alone. Then it stands in line. It takes the place of another one of its key.
func (c *Calls) Park(h Head, need ledger.Reserve) {
	p := c.parking
	w := &parkedHead{Head: h, need: need}
	c.o.Ledger.Try(func(t *ledger.Trial) {
		if no := t.Add(need); no != nil {
			w.account = no.Account
		}
	})

	p.mu.Lock()
	defer p.mu.Unlock()

	if p.shut {
		return
	}
	p.came++
	w.came = p.came
	p.remove(p.heads[w.id()])

	p.heads[w.id()] = w
	p.join(w, w.account)
	if !h.Deadline.IsZero() {
		w.alarm = time.AfterFunc(time.Until(h.Deadline), func() { p.release(w) })
	}
	p.lookAgain()
}

func (w *parkedHead) id() headKey { return headKey{w.Key, w.Op} }

func (p *parking) lookAgain() {
	select {
	case p.look <- struct{}{}:
	default:
	}
}

// join puts a head at the end of a group. The lock is held.
func (p *parking) join(w *parkedHead, account ledger.Account) {
	group := p.groups[account]
	if group == nil {
		group = list.New()
		p.groups[account] = group
	}
	w.account, w.at = account, group.PushBack(w)
}

// part takes a head out of its group. The lock is held.
func (p *parking) part(w *parkedHead) {
	group := p.groups[w.account]
	if group.Remove(w.at); group.Len() == 0 {
		delete(p.groups, w.account)
	}
}

// remove has a head wait no longer, and reports whether it still did. nil is no head. The lock is held.
func (p *parking) remove(w *parkedHead) bool {
	if w == nil || p.heads[w.id()] != w {
		return false
	}

	p.part(w)
	delete(p.heads, w.id())
	if w.alarm != nil {
		w.alarm.Stop()
	}

	return true
}

// release has a head stand in line, if it still waits. The lock is held until it does: a newer event that
// takes its place finds it here or there.
func (p *parking) release(w *parkedHead) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.remove(w) {
		p.c.line.add(w.Head)
	}
}

// forget is told that a key's head stands in line, or is asked about: none that waits here has its turn any
// more.
func (p *parking) forget(key, op string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(p.heads[headKey{key, op}])
}

const (
	leastWait = 10 * time.Millisecond
	// unusedFor is after how long the room of a head that has left may be another one's.
	unusedFor = time.Second
)

// run has heads leave as their budgets allow, until ctx ends.
func (p *parking) run(ctx context.Context) {
	defer p.close()

	for {
		var ready []*parkedHead
		var next time.Duration
		changed := p.c.o.Ledger.Try(func(t *ledger.Trial) { ready, next = p.admitted(t) })
		for _, w := range append(p.ruled(), ready...) {
			p.release(w)
		}

		if len(ready) > 0 && (next == 0 || next > unusedFor) {
			next = unusedFor
		}

		var over <-chan time.Time
		if next > 0 && p.waits() {
			over = time.After(next)
		}

		select {
		case <-changed:
		case <-over:
		case <-p.look:
		case <-ctx.Done():
			return
		}
	}
}

func (p *parking) waits() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.heads) > 0
}

// close lets no head leave any more.
func (p *parking) close() {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.shut = true
	for _, w := range p.heads {
		p.remove(w)
	}
}

// ruled returns the heads whose operators are not asked, in the order in which they came: rules decide.
func (p *parking) ruled() (all []*parkedHead) {
	p.mu.Lock()
	defer p.mu.Unlock()

	is := map[string]bool{}
	for _, w := range p.heads {
		if _, known := is[w.Op]; !known {
			is[w.Op] = p.c.line.mode(w.Op) == RulesOnly
		}

		if is[w.Op] {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b *parkedHead) int { return cmp.Compare(a.came, b.came) })

	return all
}

// admitted returns the heads that fit, and how long it is until the next window begins that another one
// waits for; 0: none does. A head that lacks another account now, such as its tenant's, goes to the group of
// that one, and holds up nobody else. One that fits into no window leaves, too: it is refused, and given up.
func (p *parking) admitted(t *ledger.Trial) (ready []*parkedHead, next time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()

	moved := map[*parkedHead]ledger.Account{}
	for account, group := range p.groups {
		for at := group.Front(); at != nil; at = at.Next() {
			w := at.Value.(*parkedHead)

			no := t.Add(w.need)
			if no == nil || no.IsForever() {
				ready = append(ready, w)
				continue
			}

			if !no.Until.IsZero() {
				if wait := max(no.Until.Sub(t.Now()), leastWait); next == 0 || wait < next {
					next = wait
				}
			}

			if no.Account == account {
				break
			}
			moved[w] = no.Account
		}
	}

	all := make([]*parkedHead, 0, len(moved))
	for w := range moved {
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b *parkedHead) int { return cmp.Compare(a.came, b.came) })
	for _, w := range all {
		p.part(w)
		p.join(w, moved[w])
	}

	return ready, next
}
