package stage_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	books "github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A head whose tenant has nothing left holds up no other one, also if both have waited for the same limit.
func TestATenantWithoutBudgetHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		d := topology.New("waiting")
		echo := func(_ context.Context, s string) (string, error) { return s, nil }
		asked, _ := topology.Async(topology.From(d, topology.Topic[string, string]("in")), "ask",
			topology.Func[string, string](echo), topology.Policy[string]{Budget: tokens(1)})
		asked.To(topology.Topic[string, string]("out"))
		p, err := d.Plan()
		if err != nil {
			t.Fatal(err)
		}

		n := &notebook{book: books.NewBook()}
		calls := stage.NewCalls(ctx, p, &p.Stages[0], stage.CallOptions{
			Ledger: n,
			Lease:  func(context.Context) error { return nil },
			Answer: func(stage.Answer) {},
		})

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
