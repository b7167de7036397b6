package llm_test

import (
	"context"
	"fmt"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology"
)

type payment struct {
	Amount int
}

type verdict struct {
	Reason string `json:"reason"`
	Block  bool   `json:"block"`
}

// A screened judge asks its model only about what no rule decides.
type screened struct {
	llm.Operator[payment, verdict]
}

func (s screened) Decide(ctx context.Context, p payment) (verdict, topology.Provenance, error) {
	if p.Amount < 10 {
		return verdict{Reason: "a small amount"}, topology.Provenance{llm.DecidedBy: llm.ByPolicy}, nil
	}
	return s.Operator.Decide(ctx, p)
}

// A rule decides first, and the model what it leaves open. Both say so.
func ExampleOperator_ruleFirst() {
	judge := screened{llm.Operator[payment, verdict]{
		Model:        llmtest.Says(`{"reason":"unusual","block":true}`),
		Instructions: "Is this card payment fraud? Block it if it is.",
	}}
	for _, amount := range []int{5, 5000} {
		v, from, err := judge.Decide(context.Background(), payment{Amount: amount})
		fmt.Println(v.Block, "by", from[llm.DecidedBy], err)
	}
	// Output:
	// false by policy <nil>
	// true by model <nil>
}
