package stage_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// Without a lease, a worker that was suspended, lost its partitions and woke up makes calls that its
// successor makes too.
func TestNoCallWithoutLease(t *testing.T) {
	for _, granted := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0

			m, p := lonely(t, func(context.Context, string) (string, error) { asked++; return "yes", nil })
			e, err := m.Event(stage.Message{Topic: "in", Key: "k", Value: []byte(`"v"`),
				Time: time.Unix(1_700_000_000, 0)}, &stage.Row{}, nil)
			if err != nil || len(e.Calls) != 1 {
				t.Fatalf("%v: %d calls", err, len(e.Calls))
			}

			decided := make(chan error) // of the lease
			lease := func(context.Context) error { return <-decided }
			answers := 0
			calls := stage.NewCalls(t.Context(), p, &p.Stages[0], nil, lease,
				func(stage.Answer) { answers++ })
			calls.Make(e.Calls[0])

			synctest.Wait()

			if asked != 0 {
				t.Error("the operator was asked while the lease was not held")
			}

			if granted {
				decided <- nil
			} else {
				decided <- errors.New("lost")
			}
			synctest.Wait()

			want := 0
			if granted {
				want = 1
			}

			if asked != want || answers != want || calls.Running() != 0 {
				t.Errorf("lease granted: %v; asked %d times, %d answers, %d calls under way", granted, asked,
					answers, calls.Running())
			}
		})
	}
}

// lonely is the machine of a topology with one operator.
func lonely(t *testing.T, decide topology.Func[string, string]) (*stage.Machine, *plan.Plan) {
	t.Helper()
	tp := topology.New("lonely")
	topology.Async(topology.From(tp, topology.Topic[string, string]("in")), "ask", decide,
		topology.Policy[string]{})

	p, err := tp.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return stage.New(p, &p.Stages[0], stage.Options{Partitions: 1}), p
}
