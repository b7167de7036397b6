package stage

import (
	"context"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/ledger"
)

// A parking is where heads wait for their budgets, without a slot. Each is small, since there may be one for
// each key. They wait in groups, by the account that has too little left, and leave in the order in which
// they came. One that needs less than those before it does not overtake them.
type parking struct {
	c      *Calls
	parked chan struct{} // capacity 1: one more is there

	mu     sync.Mutex
	groups map[ledger.Account][]*parkedHead
}

type parkedHead struct {
	Head
	need  ledger.Reserve
	alarm *time.Timer // of its deadline, or nil
	left  bool
}

func newParking(c *Calls) *parking {
	return &parking{
		c:      c,
		parked: make(chan struct{}, 1),
		groups: map[ledger.Account][]*parkedHead{},
	}
}

// Park has a head wait until its budget has room for what it needs, or until its deadline. Then it stands in
// line.
func (c *Calls) Park(h Head, need ledger.Reserve) {
	p := c.parking
	w := &parkedHead{Head: h, need: need}

	var account ledger.Account
	c.o.Ledger.Try(func(t *ledger.Trial) {
		if no := t.Add(need); no != nil {
			account = no.Account
		}
	})

	p.mu.Lock()
	p.groups[account] = append(p.groups[account], w)
	if !h.Deadline.IsZero() {
		w.alarm = time.AfterFunc(time.Until(h.Deadline), func() { p.release(w) })
	}
	p.mu.Unlock()

	select {
	case p.parked <- struct{}{}:
	default:
	}
}

// release has a head stand in line, unless it does already.
func (p *parking) release(w *parkedHead) {
	p.mu.Lock()
	first := !w.left
	w.left = true
	p.mu.Unlock()

	if first {
		p.c.line.add(w.Head)
	}
}

const leastWait = 10 * time.Millisecond

// run has heads leave as their budgets allow, until ctx ends.
func (p *parking) run(ctx context.Context) {
	for {
		var ready []*parkedHead
		var next time.Duration
		changed := p.c.o.Ledger.Try(func(t *ledger.Trial) { ready, next = p.admitted(t) })

		for _, w := range ready {
			p.release(w)
		}

		var over <-chan time.Time
		if next > 0 {
			over = time.After(next)
		}

		select {
		case <-changed:
		case <-over:
		case <-p.parked:
		case <-ctx.Done():
			return
		}
	}
}

// admitted takes out the heads that fit, and returns how long it is until the next window begins that another
// one waits for; 0: none does. A head that lacks another account now, such as its tenant's, goes to the
// group of that one, and holds up nobody else.
func (p *parking) admitted(t *ledger.Trial) (ready []*parkedHead, next time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()

	moved := map[ledger.Account][]*parkedHead{}
	for account, group := range p.groups {
		for len(group) > 0 {
			w := group[0]
			if w.left {
				group = group[1:]
				continue
			}

			no := t.Add(w.need)
			if no != nil && !no.Until.IsZero() {
				if wait := max(no.Until.Sub(t.Now()), leastWait); next == 0 || wait < next {
					next = wait
				}
			}

			if no != nil && no.Account == account {
				break
			}
			group = group[1:]

			if no != nil {
				moved[no.Account] = append(moved[no.Account], w)
				continue
			}

			ready = append(ready, w)
			if w.alarm != nil {
				w.alarm.Stop()
			}
		}

		if p.groups[account] = group; len(group) == 0 {
			delete(p.groups, account)
		}
	}

	for account, heads := range moved {
		p.groups[account] = append(p.groups[account], heads...)
	}

	return ready, next
}
