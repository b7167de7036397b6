package topologytest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/slipstream-go/slipstream/internal/ledger"
)

// memoryLedger is the stage.Ledger of the reference engine: what it is told has happened at once.
type memoryLedger struct {
	book *ledger.Book
	last atomic.Int64 // id
}

// ID implements stage.Ledger.
func (l *memoryLedger) ID() string { return fmt.Sprint(l.last.Add(1)) }

// Reserve implements stage.Ledger.
func (l *memoryLedger) Reserve(ctx context.Context, r ledger.Reserve) (*ledger.Refusal, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return l.book.Apply(time.Now(), ledger.Record{Reserve: &r}).Refused, nil
}

// Settle implements stage.Ledger.
func (l *memoryLedger) Settle(t ledger.Settle) { l.book.Apply(time.Now(), ledger.Record{Settle: &t}) }

// Try implements stage.Ledger.
func (l *memoryLedger) Try(f func(*ledger.Trial)) (changed <-chan struct{}) {
	return l.book.Try(time.Now(), f)
}
