package llm_test

import (
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology"
)

// What an operator lacks is told when its topology is validated, not at the first event.
func TestAnOperatorThatLacksSomethingIsRefused(t *testing.T) {
	type verdict struct{ Reason, Action string }
	model := llmtest.Says(`{"Reason":"late","Action":"refund"}`)

	for lacks, o := range map[string]llm.Operator[string, verdict]{
		"has no Model":                          {Instructions: "Decide."},
		"has neither Instructions nor a Prompt": {Model: model},
		"":                                      {Model: model, Instructions: "Decide."},
	} {
		top := topology.New("desk")
		topology.Async(topology.From(top, topology.Topic[string, string]("requests")), "judge", o,
			topology.Policy[string]{})

		err := top.Validate()
		if lacks == "" && err != nil || lacks != "" && (err == nil || !strings.Contains(err.Error(), lacks)) {
			t.Errorf("lacks %q, and is told: %v", lacks, err)
		}
	}
}
