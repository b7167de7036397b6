package specs_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

var update = flag.Bool("update", false, "write golden files anew")

// play declares the desk with a model that answers as the script says.
func play(timeout time.Duration) func(*topologytest.Script) *topology.Topology {
	return func(s *topologytest.Script) *topology.Topology {
		m := &llmtest.Script{}
		s.Verb("model", m.Answer)
		s.Verb("prompt", m.Asked)
		g := &llmtest.Gate{Model: m}
		s.Verb("hold", g.Hold)
		s.Verb("thinking", g.Thinking)
		s.Verb("release", g.Release)
		resilient := llm.Resilient(g, llm.ResilientConfig{Backoff: 10 * time.Millisecond, Failures: 100})
		return desk(resilient, topology.Policy[Case]{Timeout: timeout})
	}
}

// The model may take its time.
func TestDesk(t *testing.T) {
	processorstest.Run(t, "testdata/desk-*.spec", play(time.Minute))
}

// The model has 200 milliseconds.
func TestImpatientDesk(t *testing.T) {
	processorstest.Run(t, "testdata/impatient-*.spec", play(200*time.Millisecond))
}

// Law 9: nothing is hidden. What the engines make of the desk is what its printout says.
func TestLaw9Describe(t *testing.T) {
	got := desk(llmtest.Says("{}"), topology.Policy[Case]{}).Describe()
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
