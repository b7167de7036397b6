package concierge_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// play declares the airline with a concierge whose model answers as the script says. Disruptions are decided by rules.
func play(s *topologytest.Script) *topology.Topology {
	m := &llmtest.Script{}
	s.Verb("model", m.Answer)
	s.Verb("prompt", m.Asked)
	g := &llmtest.Gate{Model: m}
	s.Verb("hold", g.Hold)
	s.Verb("thinking", g.Thinking)
	s.Verb("release", g.Release)
	return airline.New(airline.Policy, topology.Policy[airline.Case]{}, concierge.New(concierge.Config{Model: llm.ToolsBySchema(g), Handbook: &index.Index{}}))
}

// How the concierge talks, as stories: testdata holds one a file, and each is told on every engine.
func TestConversations(t *testing.T) { processorstest.Run(t, "testdata/*.spec", play) }
