package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/rollout"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

const (
	questions topology.Topic[string, string] = "questions"
	replies   topology.Topic[string, string] = "replies"
)

func says(word string) topology.Operator[string, string] {
	return topology.Func[string, string](func(_ context.Context, q string) (string, error) {
		return q + "? " + word, nil
	})
}

// A candidate is promoted while the topology runs, and rolled back.
func ExampleOperator() {
	t := topology.New("desk")
	agent := rollout.Operator[string, string]{
		Operator: says("Certainly, with pleasure."),
		Others:   map[string]topology.Operator[string, string]{"brief": says("Yes.")},
	}
	settled, _ := topology.Async(topology.From(t, questions), "agent", agent,
		topology.Policy[string]{Record: true})
	settled.To(replies)

	e := topologytest.Memory(printing{}, t)
	topologytest.Send(e, questions, "ann", "tea")
	for _, mode := range []string{"promote brief", "roll-back"} {
		_ = e.(topologytest.Controller).SetMode(context.Background(), "agent", mode)
		topologytest.Send(e, questions, "ann", "tea")
	}

	for _, r := range e.Sent(string(replies)) {
		fmt.Printf("%s by %q\n", r.Value, r.Headers["ce_candidate"])
	}
	// Output:
	// "tea? Certainly, with pleasure." by ""
	// "tea? Yes." by "brief"
	// "tea? Certainly, with pleasure." by ""
}

type printing struct{ testing.TB }

func (printing) Cleanup(func()) {}

// A warming operator can't be warmed up.
type warming struct {
	topology.Operator[string, string]
}

func (warming) Warm(context.Context) error { return errors.New("no memory") }

func TestCandidatesAreWarmedUpToo(t *testing.T) {
	o := rollout.Operator[string, string]{
		Operator: warming{says("a")},
		Others: map[string]topology.Operator[string, string]{
			"brief": warming{says("b")},
			"cold":  says("c"),
		},
	}

	err := o.Warm(t.Context())
	if err == nil || !strings.Contains(err.Error(), "candidate brief: no memory") ||
		strings.Count(err.Error(), "no memory") != 2 {
		t.Error(err)
	}
}

func TestWhatIsWrongWithCandidatesIsReported(t *testing.T) {
	for want, o := range map[string]rollout.Operator[string, string]{
		"has no Operator": {},
		`async "agent" has candidates, and nothing would tell how they do: set Policy.Record`: {
			Operator: says("a"), Others: map[string]topology.Operator[string, string]{"brief": says("b")}},
		`candidate "a b": a name has`: {
			Operator: says("a"), Others: map[string]topology.Operator[string, string]{"a b": says("b")}},
		"the operator is nil": {
			Operator: says("a"), Others: map[string]topology.Operator[string, string]{"brief": nil}},
	} {
		d := topology.New("desk")
		settled, _ := topology.Async(topology.From(d, questions), "agent", o, topology.Policy[string]{})
		settled.To(replies)

		if err := d.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
