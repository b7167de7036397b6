package specs_test

import (
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// play declares the desk with a model that answers as the script says.
func play(timeout time.Duration, c llm.ResilientConfig) func(*topologytest.Script) *topology.Topology {
	c.Backoff = 10 * time.Millisecond

	return func(s *topologytest.Script) *topology.Topology {
		return desk(llm.Resilient(llmtest.SpecModel(s), c), topology.Policy[Case]{Timeout: timeout})
	}
}

// impatient is a model that is not waited for when it is down.
var impatient = llm.ResilientConfig{Failures: 100, Outage: -1}

// The model may take its time.
func TestDesk(t *testing.T) {
	processorstest.Run(t, "testdata/desk-*.spec", play(time.Minute, impatient))
}

// The model has 200 milliseconds.
func TestImpatientDesk(t *testing.T) {
	processorstest.Run(t, "testdata/impatient-*.spec", play(200*time.Millisecond, impatient))
}

// Events wait for a model that is down.
func TestPatientDesk(t *testing.T) {
	processorstest.Run(t, "testdata/patient-*.spec", play(200*time.Millisecond,
		llm.ResilientConfig{Failures: 3, Cooldown: 10 * time.Millisecond}))
}

// An operator looks into tables while it decides, and when its answer settles.
func TestLibrary(t *testing.T) {
	processorstest.Run(t, "testdata/library-*.spec",
		func(s *topologytest.Script) *topology.Topology { return library(llmtest.SpecModel(s)) })
}

// Law 9: nothing is hidden. What the engines make of a topology is what its printout says.
func TestLaw9Describe(t *testing.T) {
	for _, declared := range []*topology.Topology{desk(llmtest.Says("{}"), topology.Policy[Case]{}),
		till(), mill(llmtest.Says("{}")), control(llmtest.Says("{}")), guide(nil),
		forecast(llmtest.Says("{}")),
		library(llmtest.Says("{}"))} {
		topologytest.Golden(t, "testdata/"+declared.Name()+".golden", declared.Describe())
	}
}

// Answers that can't be applied, and dead letters that are processed again.
func TestOffice(t *testing.T) {
	both := map[string]func(llm.Model) *topology.Topology{"office": office, "desert": desert}
	for name, declare := range both {
		processorstest.Run(t, "testdata/"+name+"-*.spec",
			func(s *topologytest.Script) *topology.Topology { return declare(llmtest.SpecModel(s)) })
	}
}

// Standing answers are asked again when a row has changed that they have read.
func TestGuide(t *testing.T) {
	processorstest.Run(t, "testdata/guide-*.spec",
		func(*topologytest.Script) *topology.Topology { return guide(nil) })
}

// A new answer takes the place of one that stands only if it is better.
func TestStubbornGuide(t *testing.T) {
	cheaper := func(old, now Offer, _ Trip) bool { return now.Costs < old.Costs }
	processorstest.Run(t, "testdata/stubborn-*.spec",
		func(*topologytest.Script) *topology.Topology { return guide(cheaper) })
}

// Topics of others.
func TestTill(t *testing.T) {
	processorstest.Run(t, "testdata/till-*.spec",
		func(*topologytest.Script) *topology.Topology { return till() })
}

// What waits has left a FlatMap or a Merge.
func TestMill(t *testing.T) {
	processorstest.Run(t, "testdata/mill-*.spec",
		func(s *topologytest.Script) *topology.Topology { return mill(llmtest.SpecModel(s)) })
}

// Whose case is asked about first.
func TestDispatch(t *testing.T) {
	processorstest.Run(t, "testdata/dispatch-*.spec",
		func(s *topologytest.Script) *topology.Topology { return control(llmtest.SpecModel(s)) })
}

// Only the newest event of a key is asked about.
func TestForecast(t *testing.T) {
	processorstest.Run(t, "testdata/forecast-*.spec",
		func(s *topologytest.Script) *topology.Topology { return forecast(llmtest.SpecModel(s)) })
}
