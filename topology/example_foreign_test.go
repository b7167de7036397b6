package topology_test

import (
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

type Payer string

type Payment struct {
	Payer  Payer `json:"payer"`
	Amount int   `json:"amount"`
}

const (
	Payments topology.Topic[Payer, Payment] = "payments"
	Paid     topology.Table[Payer, int]     = "paid"
)

// A topic of another team, whose producers know nothing of keys.
func ExampleTopicConfig() {
	t := topology.New("till")
	topology.Configure(t, Payments, topology.TopicConfig[Payment]{
		Key:      func(p Payment) string { return string(p.Payer) }, // producers set none
		Strict:   true,                                              // no unknown fields
		Start:    time.Now(),                                        // not what was before
		Settings: map[string]string{"retention.ms": "604800000"},    // if it has to be created
	})
	topology.Fold(Paid, topology.From(t, Payments), func(sum int, p Payment) int { return sum + p.Amount })

	fmt.Println(t.Validate())
	// Output: <nil>
}
