package concierge_test

import (
	"context"
	"sync/atomic"
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
	m := &llmtest.Script{}
	s.Verb("model", m.Answer)
	s.Verb("prompt", m.Asked)
	weak := &obedient{Model: m}
	s.Verb("obeys", weak.obeys)
	g := &llmtest.Gate{Model: weak}
	s.Verb("hold", g.Hold)
	s.Verb("thinking", g.Thinking)
	s.Verb("release", g.Release)
	return airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{}, concierge.New(concierge.Config{Model: llm.ToolsBySchema(g), Handbook: new(handbook.Index(nil))}))
}

// An obedient model is one that can be told, by the verb obeys, to obey from then on whatever it reads.
type obedient struct {
	llm.Model
	told atomic.Bool
}

func (o *obedient) obeys(string) error { o.told.Store(true); return nil }

func (o *obedient) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	if o.told.Load() {
		return llmtest.Obeying(o.Model).Chat(ctx, r)
	}
	return o.Model.Chat(ctx, r)
}

// How the concierge talks, as stories: testdata holds one a file, and each is told on every engine.
func TestConversations(t *testing.T) { processorstest.Run(t, "testdata/*.spec", play) }
