package processorstest_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

func ExampleRun() {
	_ = func(t *testing.T) { // in a package's tests: func TestLedger(t *testing.T)
		processorstest.Run(t, "testdata/*.spec", func(*topologytest.Script) *topology.Topology { return ledger() })
	}
	// Output:
}

func ExampleEmbedded() {
	_ = func(t *testing.T) {
		e := processorstest.Embedded(t, ledger()) // or Kafka, or topologytest.Memory
		topologytest.Send(e, steps, "a", step{Seq: 1, Amount: 5})

		for _, sum := range topologytest.Sent(e, sums) {
			t.Log(sum.Key, sum.Value)
		}
	}
	// Output:
}
