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
		resilient := llm.Resilient(scripted(s), llm.ResilientConfig{Backoff: 10 * time.Millisecond, Failures: 100})
		return desk(resilient, topology.Policy[Case]{Timeout: timeout})
	}
}

// scripted is a model that answers as the script says, and when.
func scripted(s *topologytest.Script) llm.Model {
	m := &llmtest.Script{}
	s.Verb("model", m.Answer)
	s.Verb("prompt", m.Asked)
	g := &llmtest.Gate{Model: m}
	s.Verb("hold", g.Hold)
	s.Verb("thinking", g.Thinking)
	s.Verb("release", g.Release)
	return g
}

// The model may take its time.
func TestDesk(t *testing.T) {
	processorstest.Run(t, "testdata/desk-*.spec", play(time.Minute))
}

// The model has 200 milliseconds.
func TestImpatientDesk(t *testing.T) {
	processorstest.Run(t, "testdata/impatient-*.spec", play(200*time.Millisecond))
}

// An operator looks into tables while it decides, and when its answer settles.
func TestLibrary(t *testing.T) {
	processorstest.Run(t, "testdata/library-*.spec", func(s *topologytest.Script) *topology.Topology { return library(scripted(s)) })
}

// Law 9: nothing is hidden. What the engines make of a topology is what its printout says.
func TestLaw9Describe(t *testing.T) {
	for _, declared := range []*topology.Topology{desk(llmtest.Says("{}"), topology.Policy[Case]{}), library(llmtest.Says("{}"))} {
		golden(t, "testdata/"+declared.Name()+".golden", declared.Describe())
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
	}
}
