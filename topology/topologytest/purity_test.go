package topologytest_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// summing adds up wishes by a step of the test.
func summing(step func(map[string]int, wish) map[string]int) *topology.Topology {
	t := topology.New("sums")
	topology.Fold(topology.Table[key, map[string]int]("sums"), topology.From(t, wishes), step)
	return t
}

// Steps that are no pure functions, and what is said of each.
var impure = []struct {
	name string
	step func(map[string]int, wish) map[string]int
	says string
}{
	{"modifies the row", func(m map[string]int, w wish) map[string]int {
		if m == nil {
			return map[string]int{"n": w.N}
		}
		m["n"] += w.N
		return m
	}, "fold sums changed what it was given"},
	{"reads the clock", func(map[string]int, wish) map[string]int {
		return map[string]int{"at": int(time.Now().UnixNano())}
	}, "fold sums returns something else when it runs again"},
	{"draws a number", func(map[string]int, wish) map[string]int {
		return map[string]int{"at": rand.Int()}
	}, "fold sums returns something else when it runs again"},
	{"panics every other time", func() func(map[string]int, wish) map[string]int {
		odd := false
		return func(m map[string]int, _ wish) map[string]int {
			if odd = !odd; !odd {
				panic("even")
			}
			return m
		}
	}(), "fold sums returns something else when it runs again"},
}

// The reference engine notices steps that are no pure functions, also where time is virtual, and stands
// still.
func TestImpureStepsAreNoticed(t *testing.T) {
	for _, bubble := range []bool{false, true} {
		for _, c := range impure {
			try := func(t *testing.T) {
				e, err := topologytest.NewMemory(t.Context(), summing(c.step))
				if err != nil {
					t.Fatal(err)
				}

				for range 2 {
					err = e.Send("wishes", "k", []byte(`{"N":1}`))
				}

				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("said: %v, want %q", err, c.says)
				}
			}

			t.Run(c.name, func(t *testing.T) {
				if bubble {
					synctest.Test(t, try)
				} else {
					try(t)
				}
			})
		}
	}
}

// A step that is pure is not complained of: the order of a map does not show, and event time is no clock.
func TestPureStepsAreNotNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := topology.New("pure")
		at := topology.Map(topology.Events(topology.From(top, wishes)),
			func(e topology.Event[key, wish]) map[string]time.Time {
				return map[string]time.Time{"a": e.Time, "b": e.Time}
			})
		topology.Fold(topology.Table[key, map[string]time.Time]("times"), at, topology.Latest).To("out")

		e := topologytest.Memory(t, top)
		topologytest.Send(e, wishes, "k", wish{1})

		if n := len(e.Sent("out")); n != 1 {
			t.Errorf("%d outputs", n)
		}
	})
}
