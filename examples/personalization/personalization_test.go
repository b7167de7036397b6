package main

import (
	"testing"

	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

func TestPersonalization(t *testing.T) {
	processorstest.Run(t, "testdata/*.spec", func(s *topologytest.Script) *topology.Topology {
		return personalization(llmtest.SpecModel(s))
	})
}
