package stage_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/slipstream-go/slipstream/internal/stage"
)

// The mode is looked at right before a call: what is paused while a call waits for its lease is not asked.
// The call keeps its slot, so that it can be made, or is given back when the worker stops.
func TestAModeHoldsUpACallThatHasItsSlot(t *testing.T) {
	set := func(m *stage.Modes, mode stage.Mode) { m.Set("ask", stage.Setting{Mode: mode}) }
	for name, c := range map[string]struct {
		then  func(*stage.Modes, *stage.Calls)
		asked int
		err   error
	}{
		"asked again": {then: func(m *stage.Modes, _ *stage.Calls) { set(m, stage.Asking) }, asked: 1},
		"rules only": {then: func(m *stage.Modes, _ *stage.Calls) { set(m, stage.RulesOnly) },
			err: stage.ErrRulesOnly},
		"the worker stops": {then: func(_ *stage.Modes, c *stage.Calls) { c.Drain() },
			err: errors.New("the worker stops, and the model has not been asked")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				m, p := lonely(t, func(context.Context, string) (string, error) {
					asked++
					return "yes", nil
				})
				var once sync.Once
				modes := stage.NewModes()
				var answers []stage.Answer
				calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
					Control: modes,
					Lease: func(context.Context) error {
						once.Do(func() { set(modes, stage.Paused) })
						return nil
					},
					Answer: func(a stage.Answer) { answers = append(answers, a) },
				})
				calls.Take("ask")
				calls.Make(first(t, m, "k"))
				synctest.Wait()

				if asked > 0 || len(answers) > 0 || calls.Running() != 1 {
					t.Fatalf("paused: asked %d times, %d answers", asked, len(answers))
				}

				if calls.Take("ask") {
					t.Error("another call may begin")
				}

				c.then(modes, calls)
				synctest.Wait()

				if asked != c.asked || len(answers) != 1 || calls.Running() != 0 {
					t.Fatalf("asked %d times, want %d; answers %v", asked, c.asked, answers)
				}

				a := answers[0]
				if (a.Err == nil) != (c.err == nil) || c.err != nil && !errors.Is(a.Err, c.err) &&
					a.Err.Error() != c.err.Error() {
					t.Errorf("%v, want %v", a.Err, c.err)
				}

				if a.Unasked != (name == "the worker stops") {
					t.Errorf("an attempt counts: %v", !a.Unasked)
				}
			})
		})
	}
}
