package stage

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// What Options.Impure is told.
const (
	Modifies = "changed what it was given: copy maps and slices before changing them"
	Varies   = "returns something else when it runs again for the same event: let it use event time and no " +
		"clock, no random numbers, no order of a map, and nothing that it keeps between events"
)

// A watcher runs steps twice, and compares what they are given and what they return.
type watcher struct {
	told      sync.Map // steps with what was told of them: once is enough
	impure    func(step, what string)
	elsewhere func(func())
}

func (w *watcher) report(step, what string) {
	if _, before := w.told.LoadOrStore(step+what, true); !before {
		w.impure(step, what)
	}
}

// watched returns the plan with steps that are watched.
func watched(p *plan.Plan, o Options) *plan.Plan {
	w := &watcher{impure: o.Impure, elsewhere: o.Elsewhere}
	if w.elsewhere == nil {
		w.elsewhere = func(f func()) { f() }
	}

	out := *p
	out.Nodes = slices.Clone(p.Nodes)
	for i := range out.Nodes {
		w.wrap(&out.Nodes[i])
	}

	return &out
}

// wrap has the functions of a step watched.
func (w *watcher) wrap(n *plan.Node) {
	s := &watchedStep{name: stepName(n)}

	if each := n.Each; each != nil {
		n.Each = func(r plan.Item) (out []any, err error) {
			w.watch(s, []any{r.Value}, func(first bool) any {
				values, e := each(r)
				if first {
					out, err = values, e
				}
				return []any{values, fmt.Sprint(e)}
			})
			return out, err
		}
	}

	if step := n.Step; step != nil {
		n.Step = func(row any, r plan.Item) (after any, out []any) {
			w.watch(s, []any{row, r.Value}, func(first bool) any {
				a, o := step(row, r)
				if first {
					after, out = a, o
				}
				return []any{a, o}
			})
			return after, out
		}
	}

	if read := n.Read; read != nil {
		n.Read = func(r plan.Item, row any) (out any) {
			w.watch(s, []any{row, r.Value}, func(first bool) any {
				v := read(r, row)
				if first {
					out = v
				}
				return v
			})
			return out
		}
	}

	w.wrapKeys(n, s)
	w.wrapWake(n, s)
}

// wrapWake is wrap for the functions of a wake.
func (w *watcher) wrapWake(n *plan.Node, s *watchedStep) {
	if n.Wake == nil {
		return
	}
	wake := *n.Wake
	n.Wake = &wake

	waits, step := wake.Waits, wake.Step
	wake.Waits = func(row any) (out plan.Waits) {
		w.watch(s, []any{row}, func(first bool) any {
			v := waits(row)
			if first {
				out = v
			}
			return v
		})
		return out
	}
	wake.Step = func(row any, woken plan.Woken) (after any, out []any) {
		w.watch(s, []any{row, woken}, func(first bool) any {
			a, o := step(row, woken)
			if first {
				after, out = a, o
			}
			return []any{a, o}
		})
		return after, out
	}
}

// wrapKeys is wrap for the functions that return keys.
func (w *watcher) wrapKeys(n *plan.Node, s *watchedStep) {
	if key := n.Key; key != nil {
		n.Key = func(r plan.Item) (out string) {
			w.watch(s, []any{r.Value}, func(first bool) any {
				k := key(r)
				if first {
					out = k
				}
				return k
			})
			return out
		}
	}

	if rekey := n.Rekey; rekey != nil {
		n.Rekey = func(r plan.Item) (out string, value any, err error) {
			w.watch(s, []any{r.Value}, func(first bool) any {
				k, v, e := rekey(r)
				if first {
					out, value, err = k, v, e
				}
				return []any{k, v, fmt.Sprint(e)}
			})
			return out, value, err
		}
	}
}

// A watchedStep counts its runs. To bound the cost of long simulations, the first thousand are watched, and
// then one of sixteen.
type watchedStep struct {
	name string
	runs atomic.Int64
}

func (s *watchedStep) hasTurn() bool {
	n := s.runs.Add(1)
	return n <= 1000 || n%16 == 0
}

// watch runs a step, and runs it again. A panic of the first run is the step's; one of the second alone is
// another result.
func (w *watcher) watch(s *watchedStep, given []any, run func(first bool) any) {
	if !s.hasTurn() {
		run(true)
		return
	}

	before := printed(given)
	result := printed(run(true))

	if !bytes.Equal(before, printed(given)) {
		w.report(s.name, Modifies)
		return
	}

	var again []byte
	w.elsewhere(func() {
		defer func() {
			if p := recover(); p != nil {
				again = fmt.Append(nil, "panic: ", p)
			}
		}()
		again = printed(run(false))
	})

	if result != nil && !bytes.Equal(result, again) {
		w.report(s.name, Varies)
	}
}

// printed is a value as it is compared; nil if it can't be.
func printed(v any) []byte {
	b, _ := plan.JSON{}.Marshal(v)
	return b
}
