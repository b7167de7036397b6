package stage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/internal/text"
)

// # Budgets
//
// An operator with a budget is called with a ledger in its context, which adapters of models ask before each
// request: see package budget. A call whose first request does not fit ends, gives its slot back, and its
// event is parked (Effects.Parked) until enough is left, unless its budget says otherwise. What the call
// would have needed is kept with the head, so a parked head is not asked in vain.

// A Ledger is that of a topology's budgets. It is safe for use by several goroutines.
type Ledger interface {
	// ID returns an id that no other reservation has.
	ID() string
	// Reserve makes a reservation that lasts, or returns why it was not granted.
	Reserve(ctx context.Context, r ledger.Reserve) (*ledger.Refusal, error)
	// Settle ends a reservation that was granted. It does not wait.
	Settle(t ledger.Settle)
	// Try calls f with what would be granted now, and returns a channel that is closed when that may be more.
	Try(f func(*ledger.Trial)) (changed <-chan struct{})
}

// Parked is an operator, the head of whose queue waits for its budget.
type Parked struct {
	Op   string
	Need ledger.Reserve
}

// spending is the budget.Ledger of one call.
type spending struct {
	c    *Calls
	call Call

	mu      sync.Mutex // guards what follows
	sent    int        // requests that were reserved, except for those that turned out to be unsent
	need    *ledger.Reserve
	refusal *ledger.Refusal // of need, which was the first request; nil: none
}

// spending returns the context of a call whose requests have to be reserved. It returns nil for an operator
// without a budget.
func (c *Calls) spending(ctx context.Context, call Call) (context.Context, *spending) {
	if call.op.Async.Budget.IsZero() {
		return ctx, nil
	}

	s := &spending{c: c, call: call}
	return budget.With(ctx, s), s
}

// Reserve implements budget.Ledger. The lease is looked at last: a worker that was suspended since its call
// began sends no further request.
func (s *spending) Reserve(ctx context.Context, q budget.Request) (budget.Entry, error) {
	need, err := s.needOf(q)
	if err != nil {
		return nil, err
	}

	if s.isUnreserved() {
		return unreserved{}, nil
	}

	no, err := s.c.o.Ledger.Reserve(ctx, need)
	switch {
	case err != nil:
		return nil, err
	case no != nil:
		s.refuse(need, no)
		return nil, fmt.Errorf("%w: %w", budget.ErrSpent, no)
	}
	s.count(1)

	e := &entry{s: s, model: q.Model, id: need.ID}
	if err := s.c.o.Lease(ctx); err != nil {
		e.Unsent()
		return nil, err
	}

	return e, nil
}

// needOf is the reservation for a request.
func (s *spending) needOf(q budget.Request) (r ledger.Reserve, err error) {
	b := &s.call.op.Async.Budget
	if q.Output <= 0 && !q.Silent {
		return r, fmt.Errorf("%w: its answer has no limit: set MaxTokens", budget.ErrUnbounded)
	}

	in := q.Bytes + cmp.Or(b.Template, budget.DefaultTemplate)
	if q.Within > 0 {
		in = min(in, q.Within)
	}

	most, err := s.amounts(q.Model, in, q.Output)
	if err != nil {
		return r, fmt.Errorf("%w: %w", budget.ErrUnbounded, err)
	}

	return ledger.Reserve{
		ID:      s.c.o.Ledger.ID(),
		Model:   q.Model,
		Most:    most,
		Charges: s.charges(),
		Call:    s.call.ID,
		Lasts:   (s.call.op.Async.Timeout + time.Minute).Milliseconds(),
	}, nil
}

// amounts are what a request uses with so many tokens.
func (s *spending) amounts(model string, in, out int) (ledger.Amounts, error) {
	a := ledger.Amounts{Calls: 1, Tokens: int64(in) + int64(out)}
	b := &s.call.op.Async.Budget

	for _, l := range b.Limits {
		price, ok := b.Prices[model]
		switch {
		case l.Micros == 0:
		case !ok:
			return a, fmt.Errorf("model %q has no price in Budget.Prices", model)
		default:
			a.Micros = micros(in, price.In) + micros(out, price.Out)
		}
	}

	return a, nil
}

// micros is what tokens cost at a price for a million of them, rounded up.
func micros(tokens int, price int64) int64 {
	const million = 1_000_000
	return (int64(tokens)*price + million - 1) / million
}

// charges are the accounts that the call's requests are charged to.
func (s *spending) charges() (all []ledger.Charge) {
	a := s.call.op.Async
	for _, l := range a.Budget.Limits {
		account := ledger.Account{Budget: a.Budget.Name, Per: string(l.Per), Every: l.Every.Milliseconds()}
		switch l.Per {
		case budget.Tenant:
			account.Of = s.call.tenant
		case budget.Key:
			account.Of = strings.ToValidUTF8(s.call.Key, "\uFFFD") // as JSON keeps it
		}

		for _, limit := range []struct {
			unit string
			most int64
		}{{ledger.Calls, l.Calls}, {ledger.Tokens, l.Tokens}, {ledger.Micros, l.Micros}} {
			if limit.most > 0 {
				account.Unit = limit.unit
				all = append(all, ledger.Charge{Account: account, Limit: limit.most})
			}
		}
	}

	return all
}

func (s *spending) refuse(need ledger.Reserve, why *ledger.Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.sent == 0 && !why.IsForever() {
		s.need, s.refusal = &need, why
	}
}

func (s *spending) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent += n
}

// judge decides about a call for which too little was left: see budget.Past.
func (s *spending) judge(a *Answer) {
	if s == nil || a.Err == nil || a.Unasked {
		return
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	switch past := s.call.op.Async.Budget.Past; {
	case s.sent > 0 || s.need == nil:
	case past == budget.Wait:
		a.Unasked, a.need = true, s.need
		a.Err = fmt.Errorf("operator %s waits: %w", s.call.Op, s.refusal)
	case past == budget.Unsettled:
		a.unsettled = true
	}
}

// entry is a reservation of a call.
type entry struct {
	s     *spending
	model string
	id    string
}

// ID implements budget.Entry.
func (e *entry) ID() string { return e.id }

// Settle implements budget.Entry.
func (e *entry) Settle(in, out int) {
	used, err := e.s.amounts(e.model, in, out)
	if err != nil {
		e.Lose()
		return
	}
	e.s.c.o.Ledger.Settle(ledger.Settle{ID: e.id, Used: &used})
}

// Unsent implements budget.Entry.
func (e *entry) Unsent() {
	e.s.count(-1)
	e.s.c.o.Ledger.Settle(ledger.Settle{ID: e.id, Used: &ledger.Amounts{}})
}

// Lose implements budget.Entry.
func (e *entry) Lose() {
	t := ledger.Settle{ID: e.id}
	if testhook.IsOff(testhook.BudgetUnknown) {
		t.Used = &ledger.Amounts{}
	}
	e.s.c.o.Ledger.Settle(t)
}

// park has the head of the queue wait for its budget, if that is why it was not asked.
func (r *run) park(a *Answer) {
	if a.need == nil {
		return
	}

	r.queue.Cause = text.TruncateBytes(a.Err.Error(), maxCause)
	r.row.Queues = r.row.With(r.queue)
	r.parked = append(r.parked, Parked{Op: r.queue.Op, Need: *a.need})
}

// isUnreserved reports whether a request is made without a reservation, in a test.
func (s *spending) isUnreserved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent > 0 && testhook.IsOff(testhook.BudgetReserve)
}

// unreserved is the entry of such a request.
type unreserved struct{}

func (unreserved) ID() string      { return "" }
func (unreserved) Settle(int, int) {}
func (unreserved) Unsent()         {}
func (unreserved) Lose()           {}

// IsSpent reports whether a call has failed for want of budget, and not because of its model.
func IsSpent(err error) bool { return errors.Is(err, budget.ErrSpent) }
