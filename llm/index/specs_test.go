package index_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// play declares a desk whose model and embedder do as the script says. The embedder works until it is told
// otherwise.
func play(s *topologytest.Script) *topology.Topology {
	return desk(index.Index{Embedder: llmtest.SpecEmbedder(s)}, llmtest.SpecModel(s))
}

// What the index does, as stories: testdata holds one a file, and each is told on every engine.
func TestSpecs(t *testing.T) { processorstest.Run(t, "testdata/*.spec", play) }

// Nothing is hidden: the piece of topology that an index is.
func TestDescribe(t *testing.T) {
	got := desk(index.Index{Embedder: llmtest.Embedder{}}, llmtest.Says("yes")).Describe()
	topologytest.Golden(t, "testdata/desk.golden", got)
}
