package stage_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A job goes to operators, copied on the way. Each of its letters is an operator: upper case sends a copy
// there directly, lower case has a decision go on to there. "AAb" asks a twice, and b about both decisions.
// Each decision becomes as many records as there are exclamation marks.
type job string

const (
	jobs   topology.Topic[string, job]    = "jobs"
	done   topology.Topic[string, string] = "done"
	ledger topology.Table[string, int]    = "ledger"
)

// workshop has groups of operators, such as "a bc d". An event reaches each operator directly, and by the
// decisions of the group before its own or, if far is set, of all groups before.
func workshop(groups string, far bool) *topology.Topology {
	t := topology.New("workshop")
	events := topology.Map(topology.From(t, jobs), func(j job) task { return task{Job: j} })

	var before []topology.Stream[string, task]
	for _, group := range strings.Fields(groups) {
		into := topology.Merge(events, before...)
		if !far {
			before = nil
		}

		for _, name := range strings.Split(group, "") {
			copies := topology.Apply(ledger, into, func(n int, e task) (int, []task) {
				return n + 1, e.copies(name)
			})
			decide := func(_ context.Context, e task) (task, error) { return task{e.Job, true}, nil }
			out, _ := topology.Async(copies, name, topology.Func[task, task](decide), topology.Policy[task]{})

			records := topology.FlatMap(out, func(e task) []string {
				return make([]string, strings.Count(string(e.Job), "!"))
			})
			records.To(done)
			before = append(before, out)
		}
	}

	return t
}

// A task is a job on its way.
type task struct {
	Job     job
	Decided bool
}

// copies are as many tasks as the job has letters of an operator.
func (e task) copies(operator string) []task {
	if !e.Decided {
		operator = strings.ToUpper(operator)
	}
	return slices.Repeat([]task{e}, strings.Count(string(e.Job), operator))
}

// work sends a job through a workshop, with answers in an order that the seed decides, and returns the ids of
// all decisions and of all their records, in order.
func work(t *testing.T, where *topology.Topology, j job, seed uint64) (decisions, records []string) {
	t.Helper()

	p, err := where.Plan()
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{t: t, row: &stage.Row{}}
	e.machine = stage.New(p, &p.Stages[0], stage.Options{})
	e.send(string(jobs), fmt.Sprintf("%q", string(j)))

	for random := rand.New(rand.NewPCG(seed, 0)); len(e.calls) > 0; {
		i := random.IntN(len(e.calls))
		c := e.calls[i]
		e.calls = slices.Delete(e.calls, i, i+1)
		decisions = append(decisions, c.ID)
		e.apply(e.settle(stage.Answer{Call: c, Value: task{c.Case.(task).Job, true}}))
	}

	for _, o := range e.out {
		if o.Topic != string(done) {
			t.Fatalf("a dead letter: %v", o)
		}
		records = append(records, header(o, "ce_id"))
	}
	slices.Sort(decisions)
	slices.Sort(records)

	return decisions, records
}

func twice(ids []string) (again []string) {
	for i := 1; i < len(ids); i++ {
		if ids[i] == ids[i-1] {
			again = append(again, ids[i])
		}
	}
	return again
}

// An event that reaches an operator by several ways, each of which may fork, makes decisions with ids of
// their own, which don't depend on the order of the answers.
func TestLaw5TwoDecisionsNeverHaveOneID(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 1200 {
		where := workshop([]string{"a b c d", "ab c d", "a bc d"}[i%3], i%2 == 0)

		var j job
		for range 1 + random.IntN(6) {
			j += job("AABCDbbccd!!"[random.IntN(12)])
		}

		decisions, records := work(t, where, j, 1)
		if again := twice(decisions); len(again) > 0 {
			t.Fatalf("%q: decisions %v of %v", j, again, decisions)
		}

		if again := twice(records); len(again) > 0 {
			t.Fatalf("%q: records %v of %v", j, again, records)
		}

		if other, _ := work(t, where, j, 2); !slices.Equal(other, decisions) {
			t.Fatalf("%q: %v, in another order %v", j, decisions, other)
		}
	}
}

// Ids are kept: those that were unique before there was a "+" have none.
func TestLaw5AnIDThatIsUniqueStays(t *testing.T) {
	for j, want := range map[job]string{
		"A":    "a/0",
		"Ab":   "a/0 b/0",
		"Abc":  "a/0 b/0 c/0 c/0+b", // c is reached by a and by b
		"AA":   "a/0 a/0/1",
		"AAb":  "a/0 a/0/1 b/0 b/0/1",
		"Abb":  "a/0 b/0 b/0/1",
		"AAbb": "a/0 a/0/1 b/0 b/0+a/1 b/0/1 b/0/1/1",
		"AB":   "a/0 b/0",
		"ABb":  "a/0 b/0 b/0+a",
	} {
		decisions, _ := work(t, workshop("a b c", true), j, 1)
		for i, id := range decisions {
			decisions[i] = strings.Replace(strings.TrimPrefix(id, "workshop/"), "/jobs/0", "", 1)
		}

		if got := strings.Join(decisions, " "); got != want {
			t.Errorf("%s: %s, want %s", j, got, want)
		}
	}

	_, records := work(t, workshop("a b", true), "A!!", 1)
	if got := fmt.Sprint(records); got != "[workshop/a/jobs/0/0 workshop/a/jobs/0/0/1]" {
		t.Errorf("records %v", got)
	}
}
