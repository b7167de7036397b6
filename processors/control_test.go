package processors_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/rollout"
)

// An adjuster answers at once, and counts.
type adjuster struct{ asked *atomic.Int64 }

func (a adjuster) Decide(_ context.Context, c claim) (claim, topology.Provenance, error) {
	a.asked.Add(1)
	return c, nil, nil
}

func (adjuster) Check(context.Context, claim, claim) error { return nil }

func (adjuster) GiveUp(c claim, _ error) (claim, error) {
	c.Text = "by rule"
	return c, nil
}

// Two workers obey, also one that starts later.
func TestWorkersObeyTheModeOfAnOperator(t *testing.T) {
	b, asked := broker(t), new(atomic.Int64)
	start := func(name string) running {
		c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 4, Instance: name}
		return run(t, c, adjusting("adjuster", adjuster{asked}, topology.Policy[claim]{}))
	}
	one, two := start("one"), start("two")

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	set := func(mode processors.Mode, workers ...running) {
		t.Helper()

		if err := k.SetMode(t.Context(), "adjusting", "adjuster", mode, "a test"); err != nil {
			t.Fatal(err)
		}
		for _, w := range workers {
			until(t, "the mode is known", func() bool {
				modes := w.Modes("adjusting")
				return len(modes) == 1 && modes[0].Mode == mode && modes[0].Why == "a test"
			})
		}
	}
	claim := func(n int) {
		t.Helper()

		var rs []topology.Record
		for i := range 20 {
			value := fmt.Appendf(nil, `{"n":%d}`, n)
			rs = append(rs, topology.Record{Key: fmt.Sprintf("f-%d", i), Value: value})
		}
		sendClaims(t, b, rs...)
	}
	wait := func(workers ...running) {
		t.Helper()

		until(t, "all wait", func() bool {
			heads := 0
			for _, w := range workers {
				page, _, err := w.Waiting(t.Context(), "adjuster", "", 100)
				if err != nil {
					return false
				}
				heads += len(page)
			}
			return heads == 20
		})
	}
	answers := func() (texts []string) {
		t.Helper()

		all := processors.FollowOptions{FromBeginning: true, ToEnd: true}
		for r, err := range k.Follow(t.Context(), string(settled), all) {
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(r.Value))
		}
		return texts
	}

	set(processors.Paused, one, two)
	claim(1)
	wait(one, two)

	if err := two.stop(); err != nil {
		t.Fatal(err)
	}
	three := start("three")
	wait(one, three)

	if n := asked.Load(); n > 0 || len(answers()) > 0 {
		t.Errorf("%d calls while it was paused, answers %v", n, answers())
	}

	set(processors.RulesOnly, one, three)
	until(t, "the rule has answered", func() bool { return len(answers()) == 20 })
	isModels := func(text string) bool { return !strings.Contains(text, "by rule") }
	if n := asked.Load(); n > 0 || slices.ContainsFunc(answers(), isModels) {
		t.Errorf("%d calls by rules only, answers %v", n, answers())
	}

	claim(2)
	until(t, "the rule has answered again", func() bool { return len(answers()) == 40 })

	set(processors.Asking, one, three)
	claim(3)
	until(t, "the model has answered", func() bool { return len(answers()) == 60 })

	if n := asked.Load(); n != 20 {
		t.Errorf("%d calls for 20 claims", n)
	}
}

func TestAModeThatMeansNothingIsRefused(t *testing.T) {
	b := broker(t)
	run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1},
		adjusting("adjuster", adjuster{new(atomic.Int64)}, topology.Policy[claim]{}))

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	for says, do := range map[string]func() error{
		"no mode": func() error {
			return k.SetMode(t.Context(), "adjusting", "adjuster", "off", "")
		},
		"of which operator": func() error {
			return k.SetMode(t.Context(), "adjusting", "", processors.Paused, "")
		},
		"does not exist": func() error {
			return k.SetMode(t.Context(), "no such", "adjuster", processors.Paused, "")
		},
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}

	if modes, err := k.Modes(t.Context(), "adjusting"); err != nil || len(modes) > 0 {
		t.Errorf("%v, %v", modes, err)
	}
}

// judged is adjusting with a candidate that adjusts in its own way.
func judged(asked, brief *atomic.Int64) *topology.Topology {
	op := rollout.Operator[claim, claim]{
		Operator: adjuster{asked},
		Others:   map[string]topology.Operator[claim, claim]{"brief": adjuster{brief}},
	}
	return adjusting("adjuster", op, topology.Policy[claim]{Record: true})
}

// Two workers, of which one is new, ask the candidate about the same keys, and about all or none once they
// are told.
func TestWorkersAgreeOnWhoDecides(t *testing.T) {
	b, now, brief := broker(t), new(atomic.Int64), new(atomic.Int64)
	start := func(name string) running {
		c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 4, Instance: name}
		return run(t, c, judged(now, brief))
	}
	workers := []running{start("one"), start("two")}

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	set := func(words string) {
		t.Helper()

		m, err := processors.ParseMode(words)
		if err != nil {
			t.Fatal(err)
		}
		m.Operator = "adjuster"
		if err := k.SetOperator(t.Context(), "adjusting", m); err != nil {
			t.Fatal(err)
		}
		for _, w := range workers {
			until(t, "it is known", func() bool {
				return slices.ContainsFunc(w.Modes("adjusting"), func(is processors.OperatorMode) bool {
					is.Since = m.Since
					return is == m
				})
			})
		}
	}
	claimed := 0
	// deciders are who has decided about each key, once all are told.
	deciders := func() map[string]string {
		t.Helper()

		var rs []topology.Record
		for i := range 40 {
			value := fmt.Appendf(nil, `{"n":%d}`, claimed)
			rs = append(rs, topology.Record{Key: fmt.Sprintf("f-%d", i), Value: value})
		}
		claimed++
		sendClaims(t, b, rs...)

		by := map[string]string{}
		until(t, "all is settled", func() bool {
			seen := 0
			for r, err := range k.Follow(t.Context(), string(settled),
				processors.FollowOptions{FromBeginning: true, ToEnd: true}) {
				if err != nil {
					t.Fatal(err)
				}
				by[r.Key] = r.Headers["ce_candidate"]
				seen++
			}
			return seen == 40*claimed
		})
		return by
	}
	share := func(by map[string]string) (n int) {
		for _, who := range by {
			if who == "brief" {
				n++
			}
		}
		return n
	}

	set("canary brief 0.5")
	before := deciders()
	if n := share(before); n == 0 || n == len(before) {
		t.Fatalf("%d of %d keys are the candidate's", n, len(before))
	}

	if err := workers[1].stop(); err != nil {
		t.Fatal(err)
	}
	workers[1] = start("three")
	if after := deciders(); !maps.Equal(before, after) {
		t.Errorf("with another worker\n%v, before\n%v", after, before)
	}

	set("promote brief")
	if n := share(deciders()); n != 40 {
		t.Errorf("promoted: %d of 40", n)
	}

	set("roll-back")
	if n := share(deciders()); n != 0 {
		t.Errorf("rolled back: %d of 40", n)
	}

	if all := now.Load() + brief.Load(); all != 160 || brief.Load() != int64(40+2*share(before)) {
		t.Errorf("%d calls, %d of them of the candidate", all, brief.Load())
	}
}
