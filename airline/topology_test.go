package airline

import (
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

func TestDescribe(t *testing.T) {
	topo := New(Policy, topology.Policy[Case]{})
	if err := topo.Validate(); err != nil {
		t.Fatal(err)
	}
	t.Log(topo.Describe())
}
