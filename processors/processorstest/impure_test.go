package processorstest_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A witness is a test that takes down what it is failed with.
type witness struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (w *witness) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

// The embedded engine notices a step that modifies its row, as the reference engine does.
func TestAStepThatModifiesItsRowIsNoticed(t *testing.T) {
	top := topology.New("modifier")
	topology.Fold(topology.Table[key, map[string]int]("sums"), topology.From(top, steps),
		func(m map[string]int, s step) map[string]int {
			if m == nil {
				return map[string]int{"sum": s.Amount}
			}
			m["sum"] += s.Amount
			return m
		})

	w := &witness{TB: t}
	e := processorstest.Embedded(w, top)
	topologytest.Send(e, steps, "k", step{1, 1})
	topologytest.Send(e, steps, "k", step{2, 1})

	if err := e.(topologytest.Settler).Settle(t.Context()); err != nil {
		t.Fatal(err)
	}

	w.mu.Lock()
	defer w.mu.Unlock()

	const want = "processorstest: fold sums changed what it was given: " +
		"copy maps and slices before changing them"
	if !slices.Equal(w.said, []string{want}) {
		t.Errorf("said: %q", w.said)
	}
}
