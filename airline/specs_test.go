package airline_test

import (
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// play declares the airline with a model that reads notes as the script says.
func play(s *topologytest.Script) *topology.Topology {
	return airline.New(rebooking.Agent(llmtest.SpecModel(s)),
		topology.Policy[rebooking.Case]{InFlight: 4, Timeout: time.Minute})
}

// What the airline does, as stories: testdata holds one a file, and each is told on every engine.
func TestSpecs(t *testing.T) { processorstest.Run(t, "testdata/*.spec", play) }
