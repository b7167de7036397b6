package specs_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/budget"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// Firms have texts translated, each within its budget.
const (
	Texts        topology.Topic[Client, Text]                   = "texts"
	Translations topology.Topic[Client, Translation]            = "translations"
	Untranslated topology.Topic[Client, topology.Failure[Text]] = "untranslated"
)

type (
	Client string
	Text   struct {
		Firm string `json:"firm"`
		Text string `json:"text"`
	}
	Translation struct {
		Says string `json:"says"`
	}
)

// bureau translates within a budget. A translator without a model leaves the text as it is.
func bureau(m llm.Model, b budget.Budget) *topology.Topology {
	t := topology.New("bureau")

	translator := llm.Operator[Text, Translation]{
		Model:        m,
		Instructions: "Translate.",
		Prompt:       func(x Text) string { return llm.Quote(x.Text) },
		Fallback:     func(x Text, _ error) (Translation, error) { return Translation{x.Text}, nil },
	}
	done, left := topology.Async(topology.From(t, Texts), "translator", translator, topology.Policy[Text]{
		Budget: b,
		Tenant: func(x Text) string { return x.Firm },
	})
	done.To(Translations)
	left.To(Untranslated)

	return t
}

// twoCalls is a budget of two calls a firm.
func twoCalls(past budget.Past) budget.Budget {
	return budget.Budget{Past: past, Limits: []budget.Limit{{Calls: 2, Per: budget.Tenant}}}
}

// Past its budget, a case waits, goes to rules, or is left unsettled. One that waits is asked when there is
// room.
func TestBureau(t *testing.T) {
	for files, b := range map[string]budget.Budget{
		"waits":     twoCalls(budget.Wait),
		"rules":     twoCalls(budget.Rules),
		"unsettled": twoCalls(budget.Unsettled),
		"room":      {Limits: []budget.Limit{{Tokens: 4500}}},
		"one":       {Limits: []budget.Limit{{Tokens: 100}, {Calls: 100, Per: budget.Key}}},
	} {
		play := func(s *topologytest.Script) *topology.Topology { return bureau(llmtest.SpecModel(s), b) }
		processorstest.Run(t, "testdata/bureau-"+files+"*.spec", play)
	}
}
