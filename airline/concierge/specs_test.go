package concierge_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/airline/handbook"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// play declares the airline with a concierge whose model answers as the script says. Disruptions are decided by rules.
func play(s *topologytest.Script) *topology.Topology {
	m := llm.ToolsBySchema(llmtest.SpecModel(s))
	return airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{},
		concierge.New(concierge.Config{Model: m, Handbook: new(handbook.Index(nil))}))
}

// How the concierge talks, as stories: testdata holds one a file, and each is told on every engine.
func TestConversations(t *testing.T) { processorstest.Run(t, "testdata/*.spec", play) }
