package specs_test

import (
	"errors"

	"github.com/slipstream-go/slipstream/topology"
)

// Payments come from another team, whose producers set no key and have a partitioner of their own.
const (
	Payments topology.Topic[Payer, Payment] = "payments"
	Receipts topology.Topic[Payer, Payment] = "receipts"
	Paid     topology.Table[Payer, int]     = "paid"
)

type (
	Payer   string
	Payment struct {
		Payer  Payer `json:"payer"`
		Amount int   `json:"amount"`
	}
)

// isApproved refuses money that is paid back, unless a person has seen that and has had it redriven.
func isApproved(e topology.Event[Payer, Payment]) error {
	if e.Value.Amount < 0 && e.Headers["slipstream-redriven"] == "" {
		return errors.New("money is paid back: a person decides")
	}
	return nil
}

// till adds up payments of each payer.
func till() *topology.Topology {
	t := topology.New("till")
	topology.Configure(t, Payments, topology.TopicConfig[Payment]{
		Key:    func(p Payment) string { return string(p.Payer) },
		Strict: true,
	})
	approved := topology.Events(topology.From(t, Payments)).Check(isApproved)
	payments := topology.Map(approved, func(e topology.Event[Payer, Payment]) Payment { return e.Value })
	topology.Fold(Paid, payments, func(sum int, p Payment) int { return sum + p.Amount }).To(Receipts)
	return t
}
