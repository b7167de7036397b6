package stage_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/budget"
	books "github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A notebook is a stage.Ledger that keeps what it is told.
type notebook struct {
	book *books.Book

	mu  sync.Mutex
	ids int
	log []string
}

func (n *notebook) ID() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ids++
	return fmt.Sprint("r", n.ids)
}

func (n *notebook) note(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.log = append(n.log, fmt.Sprintf(format, args...))
}

func (n *notebook) Reserve(_ context.Context, r books.Reserve) (*books.Refusal, error) {
	v := n.book.Apply(time.Now(), books.Record{Reserve: &r})
	n.note("%s %d tokens: %v", r.ID, r.Most.Tokens, v.Granted)
	return v.Refused, nil
}

func (n *notebook) Settle(t books.Settle) {
	n.book.Apply(time.Now(), books.Record{Settle: &t})
	if t.Used == nil {
		n.note("%s lost", t.ID)
		return
	}
	n.note("%s used %d calls, %d tokens", t.ID, t.Used.Calls, t.Used.Tokens)
}

func (n *notebook) Try(f func(*books.Trial)) <-chan struct{} { return n.book.Try(time.Now(), f) }

// spends makes one call of an operator with a budget, and returns its answer and what the ledger was told.
// Some tokens may be charged to the budget before.
func spends(t *testing.T, b budget.Budget, ask func(context.Context, string) (string, error),
	charged ...int64) (stage.Answer, string) {
	t.Helper()

	d := topology.New("spending")
	asked, _ := topology.Async(topology.From(d, topology.Topic[string, string]("in")), "ask",
		topology.Func[string, string](ask), topology.Policy[string]{Budget: b, Timeout: time.Second})
	asked.To(topology.Topic[string, string]("out"))
	p, err := d.Plan()
	if err != nil {
		t.Fatal(err)
	}

	m := stage.New(p, &p.Stages[0], stage.Options{})
	e, err := m.Event(stage.Message{Topic: "in", Key: "k", Value: []byte(`"?"`)}, &stage.Row{}, nil)
	if err != nil {
		t.Fatal(err)
	}

	n := &notebook{book: books.NewBook()}
	for _, tokens := range charged {
		account := books.Charge{Account: books.Account{Budget: "ask", Unit: books.Tokens}, Limit: tokens}
		n.book.Apply(time.Now(), books.Record{Reserve: &books.Reserve{
			ID: "before", Most: books.Amounts{Tokens: tokens}, Charges: []books.Charge{account},
		}})
	}

	answers := make(chan stage.Answer, 1)
	calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
		Ledger: n,
		Lease:  func(context.Context) error { return nil },
		Answer: func(a stage.Answer) { answers <- a },
	})

	e, err = m.Proceed(e, calls, nil, nil)
	if err != nil || len(e.Calls) != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	calls.Make(e.Calls[0])
	a := <-answers
	calls.Drain()
	synctest.Wait()

	n.mu.Lock()
	defer n.mu.Unlock()
	return a, strings.Join(n.log, "\n")
}

// tokens is a budget of tokens, with templates of none.
func tokens(n int64) budget.Budget {
	return budget.Budget{Limits: []budget.Limit{{Tokens: n}}, Template: 1}
}

func TestEachRequestOfACallIsReserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, log := spends(t, tokens(100), func(ctx context.Context, _ string) (string, error) {
			for range 3 {
				r, err := budget.Reserve(ctx, budget.Request{Model: "m", Bytes: 19, Output: 20})
				if err != nil {
					return "", err
				}
				r.Settle(5, 6)
				r.Close()
			}
			return "", nil
		})
		want := "r1 40 tokens: true\nr1 used 1 calls, 11 tokens\n" +
			"r2 40 tokens: true\nr2 used 1 calls, 11 tokens\n" +
			"r3 40 tokens: true\nr3 used 1 calls, 11 tokens"
		if log != want {
			t.Errorf("%s\nwant\n%s", log, want)
		}
	})
}

// What a call has used that was cut off is not known: all of it stays charged.
func TestWhatACallThatWasCutOffHasUsedIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, log := spends(t, tokens(100), func(ctx context.Context, _ string) (string, error) {
			r, err := budget.Reserve(ctx, budget.Request{Model: "m", Bytes: 19, Output: 20})
			if err != nil {
				return "", err
			}
			defer r.Close()

			<-ctx.Done()
			return "", ctx.Err()
		})
		if log != "r1 40 tokens: true\nr1 lost" || a.Err == nil || a.Unasked {
			t.Errorf("%s, %+v", log, a)
		}
	})
}

// A request without a bound is not sent.
func TestARequestWithoutABoundIsRefused(t *testing.T) {
	priced := budget.Budget{
		Limits: []budget.Limit{{Micros: 5}},
		Prices: map[string]budget.Price{"m": {In: 1}},
	}
	for says, c := range map[string]struct {
		budget budget.Budget
		asks   budget.Request
	}{
		"MaxTokens":            {tokens(100), budget.Request{Model: "m", Bytes: 1}},
		`"other" has no price`: {priced, budget.Request{Model: "other", Output: 1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			a, log := spends(t, c.budget, func(ctx context.Context, _ string) (string, error) {
				_, err := budget.Reserve(ctx, c.asks)
				return "", err
			})
			if a.Err == nil || !strings.Contains(a.Err.Error(), says) || log != "" || a.Unasked {
				t.Errorf("%v, %q; want %s", a.Err, log, says)
			}
		})
	}
}

// A call waits only if it has sent nothing: it would spend as much again, each time.
func TestACallWaitsOnlyBeforeItsFirstRequest(t *testing.T) {
	for sent, charged := range []int64{20, 0} {
		synctest.Test(t, func(t *testing.T) {
			a, log := spends(t, tokens(50), func(ctx context.Context, _ string) (string, error) {
				var err error
				for i := range 2 {
					var r *budget.Reservation
					r, err = budget.Reserve(ctx, budget.Request{Model: "m", Bytes: 19, Output: 20})
					if err == nil && i == 0 {
						r.Close()
					}
				}
				return "", err
			}, charged)
			if a.Unasked != (sent == 0) || !stage.IsSpent(a.Err) && sent == 1 {
				t.Errorf("%d were sent: %+v\n%s", sent, a, log)
			}
		})
	}
}

// A request that fits into no window does not wait for one, and money counts both kinds of tokens, rounded
// up.
func TestMoneyIsCounted(t *testing.T) {
	b := budget.Budget{
		Limits:   []budget.Limit{{Micros: 100}},
		Prices:   map[string]budget.Price{"m": {In: 1_000_000, Out: 2_000_000}},
		Template: 1,
	}
	synctest.Test(t, func(t *testing.T) {
		a, _ := spends(t, b, func(ctx context.Context, _ string) (string, error) {
			_, err := budget.Reserve(ctx, budget.Request{Model: "m", Bytes: 60, Output: 20})
			return "", err
		})
		if !stage.IsSpent(a.Err) || a.Unasked || !strings.Contains(a.Err.Error(), "at most 101 micros") {
			t.Errorf("%v", a.Err)
		}
	})
}
