package simulate

import (
	"slices"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Progress is how far a replay has come. It counts what has been seen since the start.
type Progress struct {
	Time        time.Time // of the day; zero before the day begins
	Done        float64   // share of the day that has been sent, 0 to 1
	Affected    int       // parties on a disrupted flight
	Decisions   int
	Requests    int      // for seats on other flights, that were answered
	Refused     int      // of these
	Outstanding int      // what was started and has not finished
	Talking     bool     // somebody talks to the concierge: the day passes in real time
	Paused      bool     // the day stands still until the replay is stopped
	Latest      []string // the last decisions, in words; a few at most
}

const maxLatest = 8

// A tracker keeps the progress of a replay. It is safe for concurrent use.
type tracker struct {
	mu       sync.Mutex
	progress Progress // guarded by mu, as is affected
	affected map[string]bool
}

func newTracker() *tracker { return &tracker{affected: map[string]bool{}} }

func (t *tracker) update(change func(*Progress)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.progress)
}

func (t *tracker) disruption(customer string, _ vocab.Disruption) {
	t.update(func(p *Progress) {
		t.affected[customer] = true
		p.Affected = len(t.affected)
	})
}

func (t *tracker) decision(_ string, d vocab.Decision) {
	t.update(func(p *Progress) {
		p.Decisions++
		p.Latest = append(p.Latest, d.String())
		p.Latest = p.Latest[max(0, len(p.Latest)-maxLatest):]
	})
}

func (t *tracker) seatReply(_ string, r vocab.SeatReply) {
	if r.Type != vocab.RebookSeats {
		return
	}
	t.update(func(p *Progress) {
		p.Requests++
		if r.Result == vocab.SeatsRefused {
			p.Refused++
		}
	})
}

// snapshot returns the progress so far. Later changes do not affect it.
func (t *tracker) snapshot() Progress {
	t.mu.Lock()
	defer t.mu.Unlock()

	p := t.progress
	p.Latest = slices.Clone(p.Latest)
	return p
}
