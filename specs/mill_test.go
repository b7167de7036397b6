package specs_test

import (
	"context"
	"encoding/json"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// Loads come from the market and by order, and are of several sacks.
const (
	Market topology.Topic[Farmer, Load]   = "market"
	Orders topology.Topic[Farmer, Load]   = "orders"
	Flour  topology.Topic[Farmer, Ground] = "flour"
	Tolls  topology.Topic[Farmer, Ground] = "tolls"

	Loads topology.Table[Farmer, int] = "loads"
)

type (
	Farmer string
	Load   struct {
		Sacks []string `json:"sacks"`
	}
	Sack struct {
		Grain string `json:"grain"`
		Loads int    `json:"loads"` // of the farmer so far
	}
	Ground struct {
		Grain string `json:"grain"`
		Loads int    `json:"loads"`
		Says  string `json:"says"`
	}
)

// mill asks a model about each sack of each load, and about each load: what waits has left a FlatMap, and a
// Merge.
func mill(m llm.Model) *topology.Topology {
	t := topology.New("mill")
	count := func(n int, _ Load) int { return n + 1 }
	loads := topology.Merge(
		topology.Fold(Loads, topology.From(t, Market), count),
		topology.Fold(Loads, topology.From(t, Orders), count))

	sacks := topology.FlatMap(loads, func(l Load) (all []Sack) {
		for _, grain := range l.Sacks {
			all = append(all, Sack{Grain: grain})
		}
		return all
	})
	sacks = topology.Join(sacks, Loads, func(s Sack, n int) Sack { s.Loads = n; return s })
	flour, _ := topology.Async(sacks, "grind", asking(m), topology.Policy[Sack]{})
	flour.To(Flour)

	large := loads.Filter(func(l Load) bool { return len(l.Sacks) > 2 })
	whole := topology.Join(large, Loads, func(_ Load, n int) Sack { return Sack{Grain: "all", Loads: n} })
	tolls, _ := topology.Async(whole, "toll", asking(m), topology.Policy[Sack]{})
	tolls.To(Tolls)

	return t
}

// asking asks the model about a sack.
func asking(m llm.Model) topology.Func[Sack, Ground] {
	return func(ctx context.Context, s Sack) (Ground, error) {
		facts, err := json.Marshal(s)
		if err != nil {
			return Ground{}, err
		}

		reply, err := m.Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User, Text: string(facts)}}})
		return Ground{s.Grain, s.Loads, reply.Message.Text}, err
	}
}
