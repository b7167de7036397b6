package specs_test

import (
	"context"
	"encoding/json"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// Calls for help come from several districts, and a model says who goes.
const (
	Calls   topology.Topic[Caller, Call] = "calls"
	Sent    topology.Topic[Caller, Crew] = "sent"
	Callers topology.Table[Caller, int]  = "callers"
)

type (
	Caller string
	Call   struct {
		District string `json:"district,omitempty"`
		Danger   int64  `json:"danger,omitempty"`
	}
	Crew struct {
		Name string `json:"crew"`
	}
)

// control asks a model about one call at a time: the districts in turn, and the most dangerous first.
func control(m llm.Model) *topology.Topology {
	t := topology.New("dispatch")
	count := func(n int, _ Call) int { return n + 1 }
	calls := topology.Fold(Callers, topology.From(t, Calls), count)

	ask := topology.Func[Call, Crew](func(ctx context.Context, c Call) (Crew, error) {
		reply, err := m.Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User, Text: c.District}}})
		if err != nil {
			return Crew{}, err
		}

		var crew Crew
		err = json.Unmarshal([]byte(reply.Message.Text), &crew)
		return crew, err
	})
	sent, _ := topology.Async(calls, "dispatcher", ask, topology.Policy[Call]{
		InFlight: 1, // what the model's server answers at once
		Tenant:   func(c Call) string { return c.District },
		Priority: func(c Call) int64 { return c.Danger },
	})
	sent.To(Sent)

	return t
}
