package processors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/internal/ledger"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// A Balance is what is charged to one limit of a budget in the window that runs.
type Balance = ledger.Balance

// A Stop is why a model is not asked, and since when.
type Stop = ledger.Stop

// Spent is what is charged to the budgets of a topology.
type Spent struct {
	// Balances are in order. Of a tenant or a key, there is one once it has reserved something in the window.
	Balances []Balance `json:"balances"`
	// Stopped are the models, by name, that have used more than a request can, and are not asked any more.
	Stopped map[string]Stop `json:"stopped,omitempty"`
}

// BudgetTopic names the topic of the ledger of a topology's budgets. It exists if any operator has one.
func BudgetTopic(topologyName string) string { return plan.BudgetOf(topologyName) }

// Spent returns what is charged to the budgets of a topology. It reads the whole ledger. The
// windows are those that run by this machine's clock, or at the last record if that is later.
func (k *Client) Spent(ctx context.Context, topologyName string) (s Spent, err error) {
	b := ledger.NewBook()
	for r, err := range k.Follow(ctx, plan.BudgetOf(topologyName), allSoFar) {
		if err != nil {
			return s, err
		}

		if record, err := ledger.Decode(r.Value); err == nil {
			b.Apply(r.Time, record)
		}
	}

	return spentOf(b, time.Now()), ctx.Err()
}

func spentOf(b *ledger.Book, at time.Time) Spent {
	return Spent{Balances: append([]Balance{}, b.Balances(at)...), Stopped: b.Stopped()}
}

// AllowModel has a model asked again that has used more than a request can: see Spent.Stopped. why is for
// people, and may be empty.
func (k *Client) AllowModel(ctx context.Context, topologyName, model, why string) error {
	if model == "" {
		return errors.New("processors: which model is allowed?")
	}

	r := ledger.Record{Allow: &ledger.Allow{Model: model, Why: why}}
	return k.Send(ctx, topology.Record{Topic: plan.BudgetOf(topologyName), Value: r.Encode()})
}

// Spent returns what is charged to the budgets of a topology, as far as the worker has read.
func (w *Worker) Spent(topologyName string) (Spent, error) {
	for p, b := range w.books {
		if p.Name == topologyName {
			return spentOf(b.book, b.now()), nil
		}
	}
	return Spent{}, fmt.Errorf("%w: topology %q has no budgets here", state.ErrNoBudget, topologyName)
}
