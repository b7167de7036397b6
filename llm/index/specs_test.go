package index_test

import (
	"context"
	"flag"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

var update = flag.Bool("update", false, "write golden files anew")

// play declares a desk whose model and embedder do as the script says. The embedder works until it is told otherwise.
func play(s *topologytest.Script) *topology.Topology {
	m, e := &llmtest.Script{}, &fallible{}
	thinking, embedding := &llmtest.Gate{Model: m}, &llmtest.Gate{Model: e}
	for verb, do := range map[string]func(string) error{
		"model": m.Answer, "prompt": m.Asked, "hold": thinking.Hold, "thinking": thinking.Thinking, "release": thinking.Release,
		"embedder": e.tell, "hold-embedding": embedding.Hold, "embedding": embedding.Thinking, "release-embedding": embedding.Release,
	} {
		s.Verb(verb, do)
	}
	return desk(index.Index{Embedder: llmtest.Embedder{First: embedding, Dimensions: 16}}, thinking)
}

// A fallible stands before an embedder: the verb `embedder fails WHY`, until `embedder works`.
type fallible struct{ fault atomic.Value } // of string; empty: it works

func (f *fallible) tell(args string) error {
	f.fault.Store(strings.TrimPrefix(strings.TrimPrefix(args, "works"), "fails "))
	return nil
}

// Chat implements llm.Model.
func (f *fallible) Chat(context.Context, llm.Request) (r llm.Reply, err error) {
	if why, _ := f.fault.Load().(string); why != "" {
		err = llmtest.Fault(why)
	}
	return r, err
}

// What the index does, as stories: testdata holds one a file, and each is told on every engine.
func TestSpecs(t *testing.T) { processorstest.Run(t, "testdata/*.spec", play) }

// Nothing is hidden: the piece of topology that an index is.
func TestDescribe(t *testing.T) {
	got := desk(index.Index{Embedder: llmtest.Embedder{}}, llmtest.Says("yes")).Describe()
	if *update {
		if err := os.WriteFile("testdata/desk.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/desk.golden")
	if err != nil || got != string(want) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
	}
}
