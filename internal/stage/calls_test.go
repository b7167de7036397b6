package stage_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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
			call := first(t, m, "k")
			decided := make(chan error) // of the lease
			answers := 0
			calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
				Lease:  func(context.Context) error { return <-decided },
				Answer: func(stage.Answer) { answers++ },
			})
			calls.Take("ask")
			calls.Make(call)

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

// A call that does not return keeps its slot for a second beyond its time-out, and no longer.
func TestACallThatIgnoresItsContextLosesItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		m, p := lonely(t, func(context.Context, string) (string, error) { <-block; return "late", nil })
		var (
			mu        sync.Mutex
			answers   []stage.Answer
			abandoned atomic.Int64
		)
		calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
			Lease: func(context.Context) error { return nil },
			Answer: func(a stage.Answer) {
				mu.Lock()
				defer mu.Unlock()
				answers = append(answers, a)
			},
			Abandoned: func(stage.Call, time.Duration) { abandoned.Add(1) },
		})

		for i := range 16 { // Policy.InFlight
			if !calls.Take("ask") {
				t.Fatalf("slot %d is not free", i)
			}
			calls.Make(first(t, m, fmt.Sprint(i)))
		}

		if calls.Take("ask") {
			t.Fatal("a seventeenth slot")
		}

		time.Sleep(time.Minute) // Policy.Timeout
		synctest.Wait()

		if len(answers) != 16 || answers[0].Err == nil || calls.Take("ask") {
			t.Errorf("after the time-out: %d answers, the first %+v", len(answers), answers[0])
		}

		time.Sleep(time.Second)
		synctest.Wait()

		if abandoned.Load() != 16 || !calls.Take("ask") {
			t.Errorf("%d calls abandoned", abandoned.Load())
		}
		close(block)
	})
}

// Heads stand in line for slots; one whose deadline passes needs none.
func TestHeadsStandInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := lonely(t, func(context.Context, string) (string, error) { return "", nil })
		var ready atomic.Int64
		o := stage.CallOptions{Ready: func() { ready.Add(1) }}
		calls := stage.NewCalls(t.Context(), p, &p.Stages[0], o)
		for range 16 {
			calls.Take("ask")
		}

		calls.Add(stage.Head{Key: "a", Op: "ask"})
		calls.Add(stage.Head{Key: "b", Op: "ask", Deadline: time.Now().Add(2 * time.Second)})
		calls.Add(stage.Head{Key: "c", Op: "ask", Deadline: time.Now().Add(time.Second)})
		expect := func(key string, slot bool) {
			t.Helper()

			h, ok := calls.Next()
			if ok != (key != "") || h.Key != key || h.Slot != slot {
				t.Errorf("next: %+v, %v; want %q", h, ok, key)
			}
		}
		expect("", false)

		before := ready.Load()
		time.Sleep(time.Second)
		synctest.Wait()

		if ready.Load() == before {
			t.Error("nobody was told of the deadline")
		}
		expect("c", false)
		expect("", false)
		calls.Release("ask")
		expect("a", true)
		expect("", false)
		calls.Release("ask")

		if !calls.Startable() || calls.Take("ask") {
			t.Error("one who comes later has passed those who stand in line")
		}
		expect("b", true)
		calls.Drain()
		synctest.Wait()
		calls.Add(stage.Head{Key: "d", Op: "ask"})
		calls.Release("ask")
		expect("", false)
	})
}

// first is the first call of a key.
func first(t *testing.T, m *stage.Machine, key string) stage.Call {
	t.Helper()

	e, err := m.Event(stage.Message{Topic: "in", Key: key, Value: []byte(`"v"`),
		Time: time.Unix(1_700_000_000, 0)}, &stage.Row{}, nil)
	if err != nil || len(e.Heads) != 1 || len(e.Waiting) != 1 {
		t.Fatalf("%v: %+v", err, e)
	}

	e, err = m.Ask(key, "ask", e.Row, e.Waiting[0].Request, nil)
	if err != nil || len(e.Calls) != 1 {
		t.Fatalf("%v: %+v", err, e)
	}

	return e.Calls[0]
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

// The attempts of those heads are counted before their turn that get slots within the time of a commit, at
// the pace of late, and one more. They stay in line.
func TestAttemptsAreCountedBeforeTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := lonely(t, func(context.Context, string) (string, error) { return "", nil })
		calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{Early: true})
		for range 16 {
			calls.Take("ask")
		}

		for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
			calls.Add(stage.Head{Key: key, Op: "ask"})
		}
		expect := func(want ...stage.Head) {
			t.Helper()

			for _, w := range append(want, stage.Head{}) {
				if h, ok := calls.Next(); h != w || ok != (w != stage.Head{}) {
					t.Errorf("next: %+v, %v; want %+v", h, ok, w)
				}
			}
		}
		early := func(key string) stage.Head { return stage.Head{Key: key, Op: "ask", Early: true} }
		turn := func(key string) stage.Head { return stage.Head{Key: key, Op: "ask", Slot: true} }

		expect(early("a"))
		calls.Release("ask")
		expect(turn("a"), early("b"), early("c")) // one has got a slot of late: two are counted
		calls.Release("ask")
		expect(turn("b"), early("d"), early("e"))

		time.Sleep(time.Second) // nobody has got a slot of late
		calls.Release("ask")
		expect(turn("c"))
		time.Sleep(time.Second)
		calls.Release("ask")
		calls.Release("ask")
		expect(turn("d"), turn("e"), early("f"))
	})
}

// A case of which a single attempt may be lost is not given up for the sake of one that was never made: a worker
// may be killed before the turn of its head.
func TestNoAttemptIsCountedEarlyIfOneMayBeLost(t *testing.T) {
	tp := topology.New("alone")
	echo := topology.Func[string, string](func(context.Context, string) (string, error) { return "", nil })
	topology.Async(topology.From(tp, topology.Topic[string, string]("in")), "ask", echo,
		topology.Policy[string]{InFlight: 1, Lost: 1})

	p, err := tp.Plan()
	if err != nil {
		t.Fatal(err)
	}

	calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{Early: true})
	calls.Take("ask")
	calls.Add(stage.Head{Key: "a", Op: "ask"})

	if h, ok := calls.Next(); ok || calls.Startable() {
		t.Errorf("next: %+v", h)
	}
}

// An attempt that was counted before its turn is the one that is made then. Until it is made, it is not one
// that has ended without an answer.
func TestAttemptCountedEarlyIsMadeOnce(t *testing.T) {
	m, _ := lonely(t, func(context.Context, string) (string, error) { return "", nil })
	e, err := m.Event(stage.Message{Topic: "in", Key: "k", Value: []byte(`"v"`),
		Time: time.Unix(1_700_000_000, 0)}, &stage.Row{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	head := e.Waiting[0].Request

	for attempt := 1; attempt <= 10; attempt++ { // each but the last is cut off
		counted := m.CountEarly("k", "ask", e.Row)
		if again := m.CountEarly("k", "ask", counted.Row); !again.Ignored {
			t.Errorf("attempt %d is counted twice", attempt)
		}

		if q := counted.Row.Queue("ask"); q.Asked != attempt {
			t.Errorf("%d attempts are counted, want %d", q.Asked, attempt)
		}

		e, err = m.Ask("k", "ask", counted.Row, head, nil)
		if err != nil || len(e.Calls) != 1 || e.Calls[0].Attempt != attempt || !e.Calls[0].Early {
			t.Fatalf("attempt %d: %v, %+v", attempt, err, e.Calls)
		}
	}

	counted := m.CountEarly("k", "ask", e.Row)
	if e, err = m.Ask("k", "ask", counted.Row, head, nil); err != nil || len(e.Calls) > 0 || e.DeadLetters != 1 {
		t.Errorf("after ten attempts: %v, calls %+v, %d dead letters", err, e.Calls, e.DeadLetters)
	}
}
