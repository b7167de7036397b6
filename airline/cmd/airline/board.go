package main

import (
	"maps"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A board shows how the day goes. Its methods may be called by any goroutine.
type board struct {
	mu sync.Mutex
	s  standing // guarded by mu
}

// A standing is what a board shows at one moment. It counts what has been seen since the start.
type standing struct {
	Now       time.Time // of the day
	Done      float64   // of the day, 0 to 1
	Affected  int       // parties
	Decisions int
	Outcomes  map[vocab.Outcome]int
	DecidedBy map[string]int
	Requests  int // for seats, answered
	Refused   int // of these
	Open      int // what the day's clock waits for
	Calls     int64
	Talk      bool     // somebody talks, and the day's clock runs as ours
	Paused    bool     // the day stands still, for good
	Latest    []string // decisions, as sentences; at most keepLatest

	affected map[string]bool
}

const keepLatest = 8

func newBoard() *board {
	return &board{s: standing{Outcomes: map[vocab.Outcome]int{}, DecidedBy: map[string]int{}, affected: map[string]bool{}}}
}

// at moves the day's clock.
func (b *board) at(now time.Time, done float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.s.Now, b.s.Done = now, done
}

// pause stops the day's clock.
func (b *board) pause() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.s.Paused = true
}

func (b *board) disruption(customer string, _ vocab.Disruption) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.s.affected[customer] = true
}

func (b *board) decision(_ string, d vocab.Decision) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.s.Decisions++
	b.s.Outcomes[d.Outcome]++
	b.s.DecidedBy[d.DecidedBy]++
	b.s.Latest = append(b.s.Latest, d.String())
	b.s.Latest = b.s.Latest[max(0, len(b.s.Latest)-keepLatest):]
}

func (b *board) seatReply(_ string, r vocab.SeatReply) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Type != vocab.RebookSeats {
		return
	}
	b.s.Requests++
	if r.Result == vocab.SeatsRefused {
		b.s.Refused++
	}
}

// standing returns what the board shows now.
func (b *board) standing() standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.s
	s.Affected, s.affected = len(s.affected), nil
	s.Outcomes, s.DecidedBy = maps.Clone(s.Outcomes), maps.Clone(s.DecidedBy)
	s.Latest = append([]string(nil), s.Latest...)
	return s
}
