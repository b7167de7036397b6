package llmtest

import (
	"context"
	"encoding/json"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/llm"
)

// Metered has the requests of a model reserved, and settled by what its replies say, as adapters of servers
// do. So an operator with a budget can be tested without a server. Its name in Budget.Prices is "script".
func Metered(m llm.Model) llm.Model { return metered{m} }

type metered struct{ llm.Model }

// Chat implements llm.Model.
func (m metered) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return llm.Reply{}, err
	}

	reserved, err := budget.Reserve(ctx, budget.Request{
		Model:  "script",
		Bytes:  len(body),
		Output: r.MaxTokens,
	})
	if err != nil {
		return llm.Reply{}, &llm.Error{Kind: llm.ErrRefused, Err: err}
	}
	defer reserved.Close()

	reply, err := m.Model.Chat(ctx, r)
	if err == nil {
		reserved.Settle(reply.TokensIn, reply.TokensOut)
	}
	return reply, err
}
