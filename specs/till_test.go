package specs_test

import "github.com/slipstream-go/slipstream/topology"

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

// till adds up payments of each payer.
func till() *topology.Topology {
	t := topology.New("till")
	topology.Configure(t, Payments, topology.TopicConfig[Payment]{
		Key:    func(p Payment) string { return string(p.Payer) },
		Strict: true,
	})
	payments := topology.From(t, Payments)
	topology.Fold(Paid, payments, func(sum int, p Payment) int { return sum + p.Amount }).To(Receipts)
	return t
}
