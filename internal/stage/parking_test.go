package stage_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/budget"
	books "github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/rollout"
)

// parks are the calls of an operator "ask", and the ledger of its budget.
func parks(t *testing.T, ctx context.Context, o stage.CallOptions,
	p topology.Policy[string]) (*stage.Calls, *notebook) {
	t.Helper()

	d := topology.New("waiting")
	echo := func(_ context.Context, s string) (string, error) { return s, nil }
	p.Budget = tokens(1)
	asked, _ := topology.Async(topology.From(d, topology.Topic[string, string]("in")), "ask",
		topology.Func[string, string](echo), p)
	asked.To(topology.Topic[string, string]("out"))
	pl, err := d.Plan()
	if err != nil {
		t.Fatal(err)
	}
	n := &notebook{book: books.NewBook()}
	o.Ledger, o.Lease, o.Answer = n, func(context.Context) error { return nil }, func(stage.Answer) {}
	return stage.NewCalls(ctx, pl, &pl.Stages[0], o), n
}

// needs is what one call needs: a call of all, and tokens of the 50 that its key may ever have.
func needs(id string, all, own int64) books.Reserve {
	a := books.Account{Budget: "ask", Unit: books.Calls}
	of := books.Account{Budget: "ask", Per: "key", Of: "k", Unit: books.Tokens}
	return books.Reserve{ID: id, Most: books.Amounts{Calls: 1, Tokens: own},
		Charges: []books.Charge{{Account: a, Limit: all}, {Account: of, Limit: 50}}}
}

// A head that leaves and reserves nothing leaves the room to the next one.
func TestRoomThatAHeadDoesNotUseIsAnothers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		calls, n := parks(t, ctx, stage.CallOptions{}, topology.Policy[string]{})
		spent := needs("spent", 1, 1)
		n.book.Apply(time.Now(), books.Record{Reserve: &spent})
		calls.Park(stage.Head{Key: "a", Op: "ask"}, needs("a", 1, 1))
		calls.Park(stage.Head{Key: "b", Op: "ask"}, needs("b", 1, 1))
		synctest.Wait()
		n.Settle(books.Settle{ID: "spent", Used: &books.Amounts{}})
		synctest.Wait()

		h, ok := calls.Next()
		if !ok || h.Key != "a" {
			t.Fatal(h, ok)
		}
		calls.Release("ask") // its case is filtered out by now: no call, no reservation
		time.Sleep(time.Hour)
		synctest.Wait()
		if h, ok := calls.Next(); !ok || h.Key != "b" {
			t.Errorf("%q, %v: b waits, and nothing is charged", h.Key, ok)
		}
	})
}

// A head that fits into no window of one of its accounts does not wait for it.
func TestAHeadThatNeverFitsLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		calls, n := parks(t, ctx, stage.CallOptions{}, topology.Policy[string]{})
		spent := needs("spent", 1, 1)
		n.book.Apply(time.Now(), books.Record{Reserve: &spent})
		calls.Park(stage.Head{Key: "k", Op: "ask"}, needs("a", 1, 60))
		synctest.Wait()
		n.Settle(books.Settle{ID: "spent", Used: &books.Amounts{}})
		time.Sleep(time.Hour)
		synctest.Wait()
		if h, ok := calls.Next(); !ok {
			t.Errorf("%q, %v: it waits for ever, and is never given up", h.Key, ok)
		}
	})
}

// Rules answer what waits for a budget, too.
func TestRulesAnswerWhatWaitsForABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		modes := stage.NewModes()
		calls, n := parks(t, ctx, stage.CallOptions{Control: modes}, topology.Policy[string]{})
		spent := needs("spent", 1, 1)
		n.book.Apply(time.Now(), books.Record{Reserve: &spent})
		calls.Park(stage.Head{Key: "k", Op: "ask"}, needs("a", 1, 1))
		synctest.Wait()
		modes.Set("ask", stage.Setting{Mode: stage.RulesOnly})
		calls.Wake()
		time.Sleep(time.Hour)
		synctest.Wait()
		if _, ok := calls.Next(); !ok {
			t.Error("no call is to be made, and the head waits for its budget")
		}
	})
}

// The deadline of a superseded head that was parked does not take the newer one out of its line.
func TestTheDeadlineOfASupersededHeadLeavesTheNewerOneInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		calls, n := parks(t, ctx, stage.CallOptions{}, topology.Policy[string]{Latest: true, InFlight: 1})
		spent := needs("spent", 1, 1)
		n.book.Apply(time.Now(), books.Record{Reserve: &spent})
		now := time.Now()
		calls.Park(stage.Head{Key: "k", Op: "ask", Deadline: now.Add(time.Minute)}, needs("a", 1, 1))
		calls.Take("ask") // another key is asked about
		calls.Add(stage.Head{Key: "k", Op: "ask", Deadline: now.Add(time.Hour)})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if h, ok := calls.Next(); ok {
			t.Errorf("%+v has left the line without a slot, before its deadline", h)
		}
		calls.Release("ask")
		synctest.Wait()
		if h, ok := calls.Next(); !ok || !h.Slot {
			t.Errorf("%+v %v: a slot is free, and the newer event is in no line", h, ok)
		}
	})
}

// Heads that have left are forgotten, also behind one that waits on.
func TestHeadsThatHaveLeftAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		calls, n := parks(t, ctx, stage.CallOptions{}, topology.Policy[string]{})
		spent := needs("spent", 1, 1)
		n.book.Apply(time.Now(), books.Record{Reserve: &spent})
		calls.Park(stage.Head{Key: "first", Op: "ask"}, needs("a", 1, 1))
		heap := func() uint64 {
			runtime.GC()
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			return s.HeapAlloc
		}
		before := heap()
		for i := range 20_000 { // one key, one event after the other, each given up at its deadline
			h := stage.Head{Key: "k", Op: "ask", Deadline: time.Now().Add(time.Second)}
			calls.Park(h, needs(fmt.Sprint(i), 1, 1))
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if _, ok := calls.Next(); !ok {
				t.Fatal("not late")
			}
		}
		if grown := int64(heap()) - int64(before); grown > 1<<20 {
			t.Errorf("one head waits, and %d kB are kept of those that have left", grown>>10)
		}
	})
}

// After the end of a session nothing of it is called.
func TestParkingEndsWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var ready atomic.Int64
		o := stage.CallOptions{Ready: func() { ready.Add(1) }}
		calls, n := parks(t, ctx, o, topology.Policy[string]{})
		spent := needs("spent", 1, 1)
		n.book.Apply(time.Now(), books.Record{Reserve: &spent})
		calls.Park(stage.Head{Key: "k", Op: "ask", Deadline: time.Now().Add(time.Hour)}, needs("a", 1, 1))
		synctest.Wait()
		stop()
		synctest.Wait()
		was := ready.Load()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if ready.Load() != was {
			t.Error("a timer has kept the session, with all of its rows, until the deadline")
		}
	})
}

// A shadow does not take the room that the decision it is beside needs.
func TestAShadowLeavesTheDecisionItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reserve := func(ctx context.Context) error {
			r, err := budget.Reserve(ctx, budget.Request{Model: "m", Bytes: 1, Output: 1})
			if err == nil {
				r.Settle(1, 1)
			}
			return err
		}
		d := topology.New("rival")
		op := rollout.Operator[string, string]{
			Operator: topology.Func[string, string](func(ctx context.Context, s string) (string, error) {
				time.Sleep(time.Millisecond) // reads a row, renders its prompt
				return s, reserve(ctx)
			}),
			Others: map[string]topology.Operator[string, string]{
				"brief": topology.Func[string, string](
					func(ctx context.Context, s string) (string, error) { return s, reserve(ctx) }),
			},
		}
		topology.Async(topology.From(d, topology.Topic[string, string]("in")), "ask", op,
			topology.Policy[string]{Record: true, Budget: budget.Budget{
				Limits: []budget.Limit{{Calls: 1, Every: time.Hour}}}})
		p, err := d.Plan()
		if err != nil {
			t.Fatal(err)
		}
		m := stage.New(p, &p.Stages[0], stage.Options{Partitions: 1})
		modes := stage.NewModes()
		modes.Set("ask", stage.Setting{Mode: stage.Shadow, Candidate: "brief", Share: 1})
		answers := make(chan stage.Answer, 1)
		shadows := 0
		calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
			Control: modes, Ledger: &notebook{book: books.NewBook()},
			Lease:  func(context.Context) error { return nil },
			Answer: func(a stage.Answer) { answers <- a },
			Beside: func(stage.Answer) { shadows++ },
		})
		e, err := m.Event(stage.Message{Topic: "in", Key: "k", Value: []byte(`"v"`)}, &stage.Row{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		row, head := e.Row, e.Waiting[0].Request
		for hour := range 24 {
			if e, err = m.Ask("k", "ask", row, head, nil); err != nil {
				t.Fatal(err)
			}
			calls.Take("ask")
			calls.Make(e.Calls[0])
			a := <-answers
			synctest.Wait()
			if a.Err == nil {
				return
			}
			if e, err = m.Settle(a, e.Row, head, nil); err != nil || len(e.Parked) != 1 {
				t.Fatal(err, e)
			}
			row = e.Row
			calls.Park(stage.Head{Key: "k", Op: "ask"}, e.Parked[0].Need)
			time.Sleep(61 * time.Minute)
			synctest.Wait()
			h, ok := calls.Next()
			if !ok {
				t.Fatal(hour)
			}
			calls.Release(h.Op)
		}
		t.Errorf("24 windows of one call each: the decision had none, its shadow %d", shadows)
	})
}

// A head whose tenant has nothing left holds up no other one, also if both have waited for the same limit.
func TestATenantWithoutBudgetHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		calls, n := parks(t, ctx, stage.CallOptions{}, topology.Policy[string]{})
		all := books.Account{Budget: "ask", Unit: books.Calls, Every: 1000}
		need := func(id, tenant string) books.Reserve {
			of := books.Account{Budget: "ask", Per: "tenant", Of: tenant, Unit: books.Calls}
			return books.Reserve{ID: id, Most: books.Amounts{Calls: 1},
				Charges: []books.Charge{{Account: all, Limit: 1}, {Account: of, Limit: 1}}}
		}
		spent := need("spent", "greedy") // the window in all, and all that the tenant has
		n.book.Apply(time.Now(), books.Record{Reserve: &spent})

		calls.Park(stage.Head{Key: "greedy", Op: "ask"}, need("a", "greedy"))
		calls.Park(stage.Head{Key: "modest", Op: "ask"}, need("b", "modest"))
		time.Sleep(3 * time.Second)
		synctest.Wait()

		if h, ok := calls.Next(); !ok || h.Key != "modest" {
			t.Errorf("%q has its turn, %v; want the one whose tenant has a call left", h.Key, ok)
		}
		stop()
		calls.Drain()
	})
}
