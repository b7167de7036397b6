package specs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/rollout"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

type (
	Ask struct {
		Text string `json:"text"`
	}
	Ruling struct {
		By string `json:"by"`
		On string `json:"on"`
	}
)

const (
	Asks    topology.Topic[CustomerID, Ask]    = "asks"
	Rulings topology.Topic[CustomerID, Ruling] = "rulings"
)

// A magistrate rules in its name.
type magistrate string

func (j magistrate) Decide(_ context.Context, a Ask) (Ruling, topology.Provenance, error) {
	if a.Text == "panic of "+string(j) {
		panic("overruled")
	}
	return Ruling{By: string(j), On: a.Text}, topology.Provenance{"model": string(j)}, nil
}

func (magistrate) Check(context.Context, Ask, Ruling) error { return nil }

func (magistrate) GiveUp(a Ask, _ error) (Ruling, error) { return Ruling{By: "rules", On: a.Text}, nil }

// trial has a magistrate, and a brief one that may take its place.
func trial() *topology.Topology {
	t := topology.New("trial")
	agent := rollout.Operator[Ask, Ruling]{
		Operator: magistrate("now"),
		Others:   map[string]topology.Operator[Ask, Ruling]{"brief": magistrate("brief")},
	}
	rulings, _ := topology.Async(topology.From(t, Asks), "agent", agent, topology.Policy[Ask]{Record: true})
	rulings.To(Rulings)

	return t
}

// A candidate takes the place of an operator: beside it, for some keys, for all, and back.
func TestTrial(t *testing.T) {
	processorstest.Run(t, "testdata/trial-*.spec",
		func(*topologytest.Script) *topology.Topology { return trial() })
}

// A shadow goes on record beside the answer that takes effect: the candidate's while the operator decides,
// and the operator's while the candidate does.
func TestShadowsAreOnRecord(t *testing.T) {
	onEach(t, func(t *testing.T, start topologytest.Factory) {
		e := start(t, trial())
		set := func(mode string) {
			t.Helper()
			if err := e.(topologytest.Controller).SetMode(t.Context(), "agent", mode); err != nil {
				t.Fatal(err)
			}
		}
		set("shadow brief")
		topologytest.Send(e, Asks, "c-1", Ask{Text: "a"})
		topologytest.Send(e, Asks, "c-1", Ask{Text: "panic of brief"})
		set("promote brief")
		topologytest.Send(e, Asks, "c-1", Ask{Text: "b"})
		set("shadow brief 0")
		topologytest.Send(e, Asks, "c-1", Ask{Text: "c"})

		var l journal.Log
		for _, r := range e.Sent("trial.journal") {
			if err := l.Add(r.Key, r.Value); err != nil {
				t.Error(err)
			}
		}

		told := func(rs []journal.Record) (all []string) {
			for _, r := range rs {
				line := fmt.Sprintf("%s by %q: %s%s %s",
					r.Outcome, r.By, r.Answer, r.Error, r.Headers["model"])
				all = append(all, strings.TrimSpace(line))
			}
			return all
		}
		if got, want := told(l.Records()), []string{
			`taken by "": {"by":"now","on":"a"} now`,
			`taken by "": {"by":"now","on":"panic of brief"} now`,
			`taken by "brief": {"by":"brief","on":"b"} brief`,
			`taken by "brief": {"by":"brief","on":"c"} brief`,
		}; !slices.Equal(got, want) {
			t.Errorf("decided: %q", got)
		}

		if got, want := told(l.Shadows()), []string{
			`shadow by "brief": {"by":"brief","on":"a"} brief`,
			`shadow by "brief": operator agent: panic: overruled`,
			`shadow by "": {"by":"now","on":"b"} now`,
		}; !slices.Equal(got, want) {
			t.Errorf("beside: %q", got)
		}

		for i, s := range l.Shadows() {
			if r := l.Records()[i]; s.ID != r.ID || s.Attempt != r.Attempt || s.Key != "c-1" ||
				string(s.Event.Value) != string(r.Event.Value) {
				t.Errorf("of %+v\nbeside %+v", r, s)
			}
		}

		if n := len(topologytest.Sent(e, Rulings)); n != 4 {
			t.Errorf("%d rulings", n)
		}
	})
}
