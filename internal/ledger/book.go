package ledger

import (
	"maps"
	"sync"
	"time"
)

// A Book is a State for several goroutines, which tells when something in it is free again.
type Book struct {
	mu      sync.Mutex // guards what follows
	state   *State
	changed chan struct{}
}

// NewBook returns the book before the first record.
func NewBook() *Book { return &Book{state: New(), changed: make(chan struct{})} }

// Apply is State.Apply.
func (b *Book) Apply(at time.Time, r Record) Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()

	v := b.state.Apply(at, r)
	if r.Settle != nil || r.Allow != nil {
		close(b.changed)
		b.changed = make(chan struct{})
	}

	return v
}

// Fits is State.Fits.
func (b *Book) Fits(r Reserve, at time.Time) *Refusal {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Fits(r, at)
}

// Try calls f with a trial, and returns a channel that is closed when more may fit.
func (b *Book) Try(at time.Time, f func(*Trial)) (changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()

	f(b.state.Try(at))
	return b.changed
}

// Balances is State.Balances.
func (b *Book) Balances(at time.Time) []Balance {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Balances(at)
}

// Stopped is State.Stopped.
func (b *Book) Stopped() map[string]Stop {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.state.stopped)
}
