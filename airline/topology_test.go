package airline_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// What the airline declares is what its printout says: stages, topics, tables, copies and bounds.
func TestDescribe(t *testing.T) {
	topo := airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{})
	if err := topo.Validate(); err != nil {
		t.Fatal(err)
	}
	got := topo.Describe()
	topologytest.Golden(t, "testdata/airline.golden", got)
}
