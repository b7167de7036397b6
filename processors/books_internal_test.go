package processors

import (
	"context"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/plan"
)

// oneAnHour is a request of a budget that has one in each hour.
func oneAnHour(id string) ledger.Reserve {
	account := ledger.Account{Budget: "b", Unit: ledger.Calls, Every: time.Hour.Milliseconds()}
	return ledger.Reserve{ID: id, Most: ledger.Amounts{Calls: 1},
		Charges: []ledger.Charge{{Account: account, Limit: 1}}}
}

// A worker that reads a reservation late does not take that for the brokers' clock: it asks as soon as the
// next window begins.
func TestAReaderThatWasBehindDoesNotPutOffTheNextWindow(t *testing.T) {
	b := newBooks(&Worker{}, &plan.Plan{Name: "t"})
	r := oneAnHour(b.ID())

	b.mu.Lock()
	b.waiting[r.ID] = awaited{make(chan ledger.Verdict, 1), time.Now().Add(-2 * time.Hour)}
	b.mu.Unlock()
	b.record(1, time.Now().Add(-2*time.Hour), ledger.Record{Reserve: &r}.Encode())

	if no := b.book.Fits(oneAnHour(b.ID()), b.now()); no != nil {
		t.Errorf("two windows later: %v", no)
	}
}

// A reservation is given back whose call has ended before its verdict.
func TestAReservationThatNobodyWaitsForIsGivenBack(t *testing.T) {
	b := newBooks(&Worker{}, &plan.Plan{Name: "t"})
	r := oneAnHour(b.ID())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Reserve(ctx, r); err == nil {
		t.Fatal("a call that has ended has a reservation")
	}
	b.record(1, time.Now(), ledger.Record{Reserve: &r}.Encode())

	if queued := b.take(); len(queued) != 2 || queued[1].Settle == nil || queued[1].Settle.ID != r.ID {
		t.Errorf("%+v; want the reservation, and that it is free again", queued)
	}
}
