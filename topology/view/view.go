package view

import (
	"cmp"
	"fmt"
	"reflect"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/topology"
)

// Config declares a view: questions Q of keys K, the cases V that its operator is asked, and the answers W.
type Config[K ~string, Q, V, W any] struct {
	// Name is that of the operator. It lasts: see [topology.Async].
	Name string

	// Table has the answers.
	Table topology.Table[K, Answer[Q, W]]

	// Case makes cases of questions, by Map, Lookup and other steps that may run again: see
	// [topology.Async]. A question that it drops, or that Check refuses, is not looked at again until it
	// is sent again. Defaults to the question itself, if V is Q.
	Case func(topology.Stream[K, Q]) topology.Stream[K, V]

	// Operator answers.
	Operator topology.Operator[V, W]

	// Policy bounds the calls. Its Reads must be empty: Config.Reads names the tables.
	Policy topology.Policy[V]

	// Reads are the tables that the operator reads, with the changes that matter. Any change of a table
	// matters that only a Lookup of Case reads.
	Reads []Source

	// Better reports whether a new answer takes the place of the one that stands. It is pure. Defaults to
	// true.
	Better func(old, new W, v V) bool

	// Every is the least interval between two questions about one answer, by the clock of the worker.
	// Defaults to a second.
	Every time.Duration

	// Hops is how often in a row an answer may be asked again because of a table that may change because
	// of the view's answers. After that the answer fails: a person decides. The count begins anew with a
	// question, with a change of another table, and when the answer had stood for Rest. A view that may
	// feed itself must state both Hops and Every. Hops defaults to 16, and Rest to an hour.
	Hops int
	Rest time.Duration

	// MaxRows and MaxBytes bound what one answer reads, the rows of ranges and those that are not there
	// included. An answer that reads more is refused, and fails. Defaults to 64 rows and 64 KiB.
	MaxRows, MaxBytes int
}

// Keep keeps the answers to questions. A question that is the zero Q, or a tombstone, withdraws the one
// before: its answer is deleted. The first stream has the answers that have changed, the second those that
// have failed. A failure that no step takes stays in the row, and becomes no dead letter.
func Keep[K ~string, Q, V, W any](
	t *topology.Topology, questions topology.Stream[K, Q], c Config[K, Q, V, W],
) (renewed topology.Stream[K, Renewed[W]], failed topology.Stream[K, Failure[Q, W]]) {
	c.check(t)
	v := &keeper[K, Q, V, W]{Config: c}

	asked := topology.Apply(c.Table, topology.Events(questions), v.ask)
	woken := v.wakes(t)

	// The answer's own row is read first: see operator.Decide.
	asks := topology.FilterMap(topology.Merge(asked, woken), effect[Q, W].question)
	pending := topology.Join(asks, c.Table, func(_ ask, a Answer[Q, W]) Answer[Q, W] { return a })
	asking := topology.Map(pending.Filter(Answer[Q, W].isPending), Answer[Q, W].question)

	settled, unsettled := topology.Async(v.cases(t, asking), c.Name, v.operator(), v.policy())
	taken := topology.Apply(c.Table, settled, v.take)
	lost := topology.Apply(c.Table, unsettled, v.fail)

	return topology.FilterMap(taken, effect[Q, W].renewed),
		topology.FilterMap(topology.Merge(woken, lost), effect[Q, W].failure)
}

// check reports what can't be meant.
func (c Config[K, Q, V, W]) check(t *topology.Topology) {
	report := func(wrong bool, what string) {
		if wrong {
			t.Report(fmt.Errorf("view %q: %s", string(c.Table), what))
		}
	}
	report(c.Every < 0 || c.Hops < 0 || c.Rest < 0 || c.MaxRows < 0 || c.MaxBytes < 0,
		"Every, Hops, Rest, MaxRows and MaxBytes can't be negative")
	report(len(c.Policy.Reads) > 0, "name the tables in Config.Reads, not in Policy.Reads")
}

// A keeper has the steps of a view.
type keeper[K ~string, Q, V, W any] struct{ Config[K, Q, V, W] }

func (v *keeper[K, Q, V, W]) every() time.Duration { return cmp.Or(v.Every, time.Second) }
func (v *keeper[K, Q, V, W]) rest() time.Duration  { return cmp.Or(v.Rest, time.Hour) }
func (v *keeper[K, Q, V, W]) hops() int            { return cmp.Or(v.Hops, 16) }

// wakes declares that answers are looked at again.
func (v *keeper[K, Q, V, W]) wakes(t *topology.Topology) topology.Stream[K, effect[Q, W]] {
	row := plan.TypeOf[K, Answer[Q, W]]()
	return topology.Stream[K, effect[Q, W]]{}.Extend(t, plan.Node{
		Kind: plan.KindWake,
		Name: string(v.Table),
		Row:  &row,
		Wake: &plan.Wake{
			Waits: func(row any) plan.Waits { return v.waits(answerOf[Q, W](row)) },
			Step: func(row any, w plan.Woken) (any, []any) {
				a, effects := v.wake(answerOf[Q, W](row), w)
				outs := make([]any, len(effects))
				for i, e := range effects {
					outs[i] = e
				}
				return a, outs
			},
			Ends: v.Every > 0 && v.Hops > 0,
		},
	})
}

func answerOf[Q, W any](row any) Answer[Q, W] {
	a, _ := row.(Answer[Q, W]) // nil is the zero row
	return a
}

// cases makes cases of questions.
func (v *keeper[K, Q, V, W]) cases(
	t *topology.Topology, questions topology.Stream[K, Q],
) topology.Stream[K, V] {
	if v.Case != nil {
		return v.Case(questions)
	}

	same, ok := any(questions).(topology.Stream[K, V])
	if !ok {
		t.Report(fmt.Errorf("view %q: Case is nil, and a question is no case: %s is not %s", string(v.Table),
			reflect.TypeFor[Q](), reflect.TypeFor[V]()))
		return topology.Map(questions, func(Q) (none V) { return none })
	}
	return same
}

func (v *keeper[K, Q, V, W]) operator() topology.Operator[V, reply[V, W]] {
	return operator[V, W]{inner: v.Operator, limits: limits{
		view:     string(v.Table),
		maxRows:  cmp.Or(v.MaxRows, 64),
		maxBytes: cmp.Or(v.MaxBytes, 64<<10),
	}}
}

func (v *keeper[K, Q, V, W]) policy() topology.Policy[V] {
	p := v.Policy
	p.Reads = nil
	for _, s := range v.Config.Reads {
		p.Reads = append(p.Reads, s.table)
	}
	return p
}
