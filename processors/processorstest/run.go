package processorstest

import (
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// Run runs each script that matches glob on every engine: in memory, in memory with what has no order shuffled, on a
// worker with the embedded broker, and on Kafka, if [KafkaEnv] names one. With -short it runs them in memory only. On the
// embedded broker scripts run at once, as many as -parallel allows. See [topologytest.Run] for build.
func Run(t *testing.T, glob string, build func(*topologytest.Script) *topology.Topology) {
	t.Run("memory", func(t *testing.T) { topologytest.Run(t, glob, build) })

	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("shuffled ", seed), func(t *testing.T) { topologytest.RunShuffled(t, glob, build, seed) })
	}

	if testing.Short() {
		return
	}
	t.Run("embedded", func(t *testing.T) { topologytest.RunParallel(t, glob, build, Embedded) })
	t.Run("kafka", func(t *testing.T) { topologytest.Run(t, glob, build, Kafka) })
}
