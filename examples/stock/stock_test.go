package main

import (
	"testing"

	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

func TestStock(t *testing.T) {
	processorstest.Run(t, "testdata/*.spec", func(*topologytest.Script) *topology.Topology { return stock() })
}
