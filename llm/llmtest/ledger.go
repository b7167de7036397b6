package llmtest

import (
	"context"
	"fmt"
	"sync"

	"github.com/slipstream-go/slipstream/budget"
)

// A Ledger grants all reservations and keeps what becomes of them, to test an adapter:
//
//	ledger := &llmtest.Ledger{}
//	model.Chat(budget.With(ctx, ledger), request)
//
// Its zero value is ready. It is safe for use by several goroutines.
type Ledger struct {
	// Refuses is the error with which all are refused. Defaults to nil.
	Refuses error

	mu      sync.Mutex
	entries []*LedgerEntry
}

// A LedgerEntry is one reservation.
type LedgerEntry struct {
	Request budget.Request
	Name    string // its ID
	Became  string // "settled 12+3" with the tokens in and out, "unsent", "lost", or "" while it is open

	ledger *Ledger
}

// Reserve implements budget.Ledger.
func (l *Ledger) Reserve(ctx context.Context, r budget.Request) (budget.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if l.Refuses != nil {
		return nil, l.Refuses
	}

	e := &LedgerEntry{Request: r, Name: fmt.Sprint("reservation-", len(l.entries)), ledger: l}
	l.entries = append(l.entries, e)
	return e, ctx.Err()
}

// Entries returns all reservations so far, as they are.
func (l *Ledger) Entries() (all []LedgerEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()

	for _, e := range l.entries {
		all = append(all, *e)
	}
	return all
}

func (e *LedgerEntry) become(what string) {
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	e.Became = what
}

// ID implements budget.Entry.
func (e *LedgerEntry) ID() string { return e.Name }

// Settle implements budget.Entry.
func (e *LedgerEntry) Settle(in, out int) { e.become(fmt.Sprintf("settled %d+%d", in, out)) }

// Unsent implements budget.Entry.
func (e *LedgerEntry) Unsent() { e.become("unsent") }

// Lose implements budget.Entry.
func (e *LedgerEntry) Lose() { e.become("lost") }
