package budget_test

import (
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/topology"
)

type Case struct{ Airline string }

func Example() {
	policy := topology.Policy[Case]{
		Tenant: func(c Case) string { return c.Airline },
		Budget: budget.Budget{
			Limits: []budget.Limit{
				{Micros: 20_000_000, Every: 24 * time.Hour},             // 20 dollars a day in all
				{Tokens: 200_000, Every: time.Hour, Per: budget.Tenant}, // for each airline
				{Calls: 20, Every: time.Hour, Per: budget.Key},          // for each key
			},
			Prices: map[string]budget.Price{ // for a million tokens
				"gpt-4o-mini": {In: 150_000, Out: 600_000},
			},
			Past: budget.Wait,
		},
	}

	for _, l := range policy.Budget.Limits {
		fmt.Println(l)
	}
	// Output:
	// 20000000 micros in 24h0m0s
	// 200000 tokens in 1h0m0s per tenant
	// 20 calls in 1h0m0s per key
}
