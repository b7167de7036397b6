package llm

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"
)

// A gate lets requests through to a model, in the order in which they came: as many at once as the model
// takes, and none while it is down.
//
// How many it takes is not known. All may enter at first. If a request is not answered in time although the
// server is well, those that were sent before it kept the server busy: then fewer may enter than were inside
// when it entered; half as many, if that happens to it again. One more may enter after as many answers that
// came in less than half of their time while others stood in line, or after eight times as many that took
// longer. Each time that this was wrong it takes twice as many.
//
// A model is down after some failures in a row. Then the gate is shut for a while, after which one request
// tries; its failure shuts the gate again. A model that asks to be left alone shuts it, too.
type gate struct {
	failures int           // in a row, after which the model is down
	cooldown time.Duration // for which the gate is shut then

	mu     sync.Mutex // guards what follows
	line   []*waiter
	inside map[*pass]bool
	limit  int  // how many may be inside
	most   int  // that limit may be
	praise int  // by answers since the limit was changed, while it held others up
	price  int  // in praise, of raising the limit by its own value
	raised bool // the limit was, when it was last changed

	failed int         // in a row
	shut   error       // what shut the gate; nil: it is open
	until  time.Time   // when the next request may try
	trial  *pass       // the one that tries; nil: none does
	alarm  *time.Timer // wakes the line at until; nil: it is not set
}

// A pass is held by a request that is inside.
type pass struct {
	company int // how many were inside when it entered, itself included
	peak    int // how many have been inside with it
}

// A waiter stands in line. Only patient ones stay there when a trial fails.
type waiter struct {
	granted chan *pass // nil: the model is still down
	patient bool
}

const (
	quickCounts = 8 // slow answers for which a quick one counts
	mostPrice   = 16 * quickCounts
)

// errShut is why a request was not let through: the model is down.
var errShut = errors.New("the model is left alone")

func newGate(failures int, cooldown time.Duration, limit int) *gate {
	if limit <= 0 {
		limit = math.MaxInt
	}
	return &gate{failures: failures, cooldown: cooldown, limit: limit, most: limit,
		inside: map[*pass]bool{}, price: quickCounts}
}

// enter waits until the request may be made, for no longer than patience while the model is down. With
// negative patience it does so until a trial has failed, and with none not at all. A request that comes again
// goes to the head of the line.
func (g *gate) enter(ctx context.Context, patience time.Duration, again bool) (*pass, error) {
	g.mu.Lock()
	if patience == 0 && g.shut != nil && !g.mayEnter() {
		g.mu.Unlock()
		return nil, errShut
	}

	w := &waiter{granted: make(chan *pass, 1), patient: patience > 0}
	if again {
		g.line = slices.Insert(g.line, 0, w)
	} else {
		g.line = append(g.line, w)
	}
	g.admit()
	g.mu.Unlock()

	var expired <-chan time.Time
	if patience > 0 {
		expired = time.After(patience)
	}

	for {
		select {
		case p := <-w.granted:
			if p == nil {
				return nil, errShut
			}
			return p, nil
		case <-ctx.Done():
			g.quit(w)
			return nil, ctx.Err()
		case <-expired:
			if g.isShut() {
				g.quit(w)
				return nil, errShut
			}
			expired = time.After(patience)
		}
	}
}

// quit takes a waiter out of the line, or gives back the pass that it has just got.
func (g *gate) quit(w *waiter) {
	g.mu.Lock()
	g.line = slices.DeleteFunc(g.line, func(x *waiter) bool { return x == w })
	g.mu.Unlock()

	select {
	case p := <-w.granted:
		if p != nil {
			g.leave(p)
		}
	default:
	}
}

// admit grants passes to those in line, as far as they may enter. The lock is held.
func (g *gate) admit() {
	for len(g.line) > 0 && g.mayEnter() {
		w := g.line[0]
		g.line = g.line[1:]
		p := &pass{company: len(g.inside) + 1}
		g.inside[p] = true
		for other := range g.inside {
			other.peak = max(other.peak, p.company)
		}
		if g.shut != nil {
			g.trial = p
		}
		w.granted <- p
	}

	if len(g.line) > 0 && g.shut != nil && g.trial == nil && g.alarm == nil {
		g.alarm = time.AfterFunc(time.Until(g.until), g.wake)
	}
}

func (g *gate) mayEnter() bool {
	if g.shut != nil {
		return g.trial == nil && !time.Now().Before(g.until)
	}
	return len(g.inside) < g.limit
}

func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.alarm = nil
	g.admit()
}

// leave gives a pass back after a request that says nothing about the model.
func (g *gate) leave(p *pass) { g.give(p, func() {}) }

// answered gives a pass back after an answer, or a refusal. It was quick if it took less than half of the
// time that it had.
func (g *gate) answered(p *pass, quick bool) {
	g.give(p, func() {
		g.failed, g.shut = 0, nil
		g.stopAlarm()

		if len(g.line) == 0 || g.limit >= g.most {
			return
		}
		g.praise++
		if quick {
			g.praise += quickCounts - 1
		}
		if g.praise >= g.price*g.limit {
			if g.raised {
				g.price = quickCounts // the last raise was right
			}
			g.praise, g.raised = 0, true
			g.limit++
		}
	})
}

// crowded gives a pass back after a request that others kept from being answered in time, for the times-th
// time.
func (g *gate) crowded(p *pass, times int) {
	g.lower(p, times)
	g.leave(p)
}

// hadCompany reports whether other requests were made while this one was.
func (g *gate) hadCompany(p *pass) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return p.peak > 1
}

// lower lowers the limit because of a request that others were in the way of, for the times-th time.
func (g *gate) lower(p *pass, times int) {
	g.mu.Lock()
	defer g.mu.Unlock()

	company := p.company
	if company == 1 {
		company = p.peak // the server may have begun with a later one
	}

	limit := company - 1
	if times > 1 {
		limit = company / 2
	}

	if limit = max(limit, 1); limit >= g.limit {
		return
	}

	if g.raised {
		g.price = min(2*g.price, mostPrice)
	}
	g.limit, g.praise, g.raised = limit, 0, false
}

// fails gives a pass back after a failure. It returns whether the model is down, by this failure or by others
// before.
func (g *gate) fails(p *pass, why error, leaveAlone time.Duration) (down bool) {
	g.give(p, func() {
		g.failed++
		down = g.failed >= g.failures
		if !down && leaveAlone <= 0 && g.shut == nil {
			return
		}

		if g.shut == nil || g.trial == p || leaveAlone > 0 {
			g.shut = why
			g.until = time.Now().Add(max(g.cooldown, leaveAlone))
			g.stopAlarm()
			g.turnAway()
		}
	})

	return down
}

// turnAway tells those in line who are not patient that the model is down. The lock is held.
func (g *gate) turnAway() {
	g.line = slices.DeleteFunc(g.line, func(w *waiter) bool {
		if !w.patient {
			w.granted <- nil
		}
		return !w.patient
	})
}

// give takes a pass back.
func (g *gate) give(p *pass, effect func()) {
	g.mu.Lock()
	defer g.mu.Unlock()

	delete(g.inside, p)
	effect()
	if g.trial == p {
		g.trial = nil
	}
	g.admit()
}

func (g *gate) stopAlarm() {
	if g.alarm != nil {
		g.alarm.Stop()
		g.alarm = nil
	}
}

func (g *gate) isShut() bool { return g.why() != nil }

// why returns what shut the gate, or nil.
func (g *gate) why() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// down returns why the model is down, or nil. A gate that is shut because the model asks to be left alone
// does not count.
func (g *gate) down() error {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.failed < g.failures {
		return nil
	}
	return g.shut
}
