package processors_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
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
