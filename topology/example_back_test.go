package topology_test

import (
	"fmt"

	"github.com/slipstream-go/slipstream/topology"
)

type (
	cardID    string
	paymentID string

	payment struct {
		ID     paymentID
		Amount int
	}
	ruling struct {
		Payment paymentID
		Block   bool
	}
	transaction struct {
		Payment payment
		Ruling  *ruling // nil: not decided yet
	}
)

func (t transaction) made(p payment) transaction { t.Payment = p; return t }
func (t transaction) ruled(r ruling) transaction { t.Ruling = &r; return t }

// A decision goes back to its transaction: both are sent under its key, and folded into its row.
func backToTransaction(payments topology.Stream[cardID, payment], rulings topology.Stream[cardID, ruling]) {
	const transactions topology.Table[paymentID, transaction] = "transactions"

	made := topology.Rekey(payments, topology.Topic[paymentID, payment]("payments-by-id"),
		func(p payment, _ cardID) (paymentID, payment) { return p.ID, p })
	topology.Fold(transactions, made, transaction.made)

	ruled := topology.Rekey(rulings, topology.Topic[paymentID, ruling]("rulings-by-id"),
		func(r ruling, _ cardID) (paymentID, ruling) { return r.Payment, r })
	topology.Fold(transactions, ruled, transaction.ruled)
}

// The row of a transaction has the payment, and the decision about it once there is one.
func ExampleRekey_back() {
	t := topology.New("cards")
	backToTransaction(topology.From(t, topology.Topic[cardID, payment]("payments")),
		topology.From(t, topology.Topic[cardID, ruling]("rulings")))
	fmt.Println(t.Validate())
	// Output: <nil>
}
