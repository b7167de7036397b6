package stage_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/rollout"
)

// rival is the machine of a topology with one operator, which answers "now", and one candidate, brief.
func rival(t *testing.T, brief topology.Func[string, string]) (*stage.Machine, *plan.Plan) {
	t.Helper()
	tp := topology.New("rival")
	now := func(context.Context, string) (string, error) { return "now", nil }
	op := rollout.Operator[string, string]{
		Operator: topology.Func[string, string](now),
		Others:   map[string]topology.Operator[string, string]{"brief": brief},
	}
	topology.Async(topology.From(tp, topology.Topic[string, string]("in")), "ask", op,
		topology.Policy[string]{Record: true, InFlight: 2})

	p, err := tp.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return stage.New(p, &p.Stages[0], stage.Options{Partitions: 1}), p
}

// A candidate that hangs takes slots of its own: the operator answers at once, and when all slots of the
// candidate are taken, it is not asked. Its time-out puts it on record, and a worker that stops does not wait
// for it.
func TestNothingWaitsForAShadow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := rival(t, func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
		modes := stage.NewModes()
		modes.Set("ask", stage.Setting{Mode: stage.Shadow, Candidate: "brief", Share: 1})

		var mu sync.Mutex
		var answers, besides []stage.Answer
		add := func(to *[]stage.Answer) func(stage.Answer) {
			return func(a stage.Answer) {
				mu.Lock()
				defer mu.Unlock()
				*to = append(*to, a)
			}
		}
		calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
			Control: modes,
			Lease:   func(context.Context) error { return nil },
			Answer:  add(&answers),
			Beside:  add(&besides),
		})
		ask := func(key string) {
			if !calls.Take("ask") {
				t.Fatalf("%s: the operator has no free slot", key)
			}
			calls.Make(first(t, m, key))
			synctest.Wait()
		}

		began := time.Now()
		for _, key := range []string{"a", "b", "c"} {
			ask(key)
		}

		if len(answers) != 3 || time.Since(began) > 0 || calls.Running() != 0 || calls.Shadows() != 2 {
			t.Fatalf("%d answers after %v, %d calls beside", len(answers), time.Since(began), calls.Shadows())
		}

		time.Sleep(2 * time.Minute) // of the bubble's clock
		synctest.Wait()

		if len(besides) != 2 || besides[0].Err == nil || calls.Shadows() != 0 {
			t.Errorf("after the time-out: %+v", besides)
		}

		ask("d")
		calls.Drain()
		synctest.Wait()

		if len(answers) != 4 || len(besides) != 2 || calls.Shadows() != 0 {
			t.Errorf("the worker stops: %d answers, %d beside", len(answers), len(besides))
		}
	})
}

// An operator that changes its case changes nothing for who is asked beside it.
func TestAShadowHasACaseOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tp := topology.New("rival")
		spoiled := make(chan struct{})
		spoil := func(_ context.Context, c []string) (string, error) {
			c[0] += "!"
			close(spoiled)
			return c[0], nil
		}
		look := func(_ context.Context, c []string) (string, error) {
			<-spoiled
			return c[0], nil
		}
		op := rollout.Operator[[]string, string]{
			Operator: topology.Func[[]string, string](spoil),
			Others: map[string]topology.Operator[[]string, string]{
				"brief": topology.Func[[]string, string](look),
			},
		}
		topology.Async(topology.From(tp, topology.Topic[string, []string]("in")), "ask", op,
			topology.Policy[[]string]{Record: true})

		p, err := tp.Plan()
		if err != nil {
			t.Fatal(err)
		}
		m := stage.New(p, &p.Stages[0], stage.Options{Partitions: 1})
		modes := stage.NewModes()
		modes.Set("ask", stage.Setting{Mode: stage.Shadow, Candidate: "brief", Share: 1})

		decided, beside := make(chan any, 1), make(chan any, 1)
		calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
			Control: modes,
			Lease:   func(context.Context) error { return nil },
			Answer:  func(a stage.Answer) { decided <- a.Value },
			Beside:  func(a stage.Answer) { beside <- a.Value },
		})
		e, err := m.Event(stage.Message{Topic: "in", Key: "k", Value: []byte(`["v"]`)}, &stage.Row{}, nil)
		if err != nil {
			t.Fatal(err)
		}

		e, err = m.Ask("k", "ask", e.Row, e.Waiting[0].Request, nil)
		if err != nil {
			t.Fatal(err)
		}
		calls.Take("ask")
		calls.Make(e.Calls[0])

		if a, b := <-decided, <-beside; a != "v!" || b != "v" {
			t.Errorf("%v, and beside %v", a, b)
		}
	})
}

// Which keys a share has is the same each time, a larger share has those of a smaller one, and it is about as
// large as it says.
func TestAKeyGoesOneWay(t *testing.T) {
	_, p := rival(t, func(context.Context, string) (string, error) { return "brief", nil })
	op := &p.Nodes[p.Stages[0].Nodes[1]]

	canaries := func(share float64) map[string]bool {
		modes := stage.NewModes()
		modes.Set("ask", stage.Setting{Mode: stage.Canary, Candidate: "brief", Share: share})
		keys := map[string]bool{}
		for i := range 10_000 {
			if key := fmt.Sprint("customer-", i); modes.Deciders(op, key).Decides == "brief" {
				keys[key] = true
			}
		}
		return keys
	}

	tenth, again, half := canaries(0.1), canaries(0.1), canaries(0.5)
	for key := range tenth {
		if !again[key] || !half[key] {
			t.Fatalf("%s goes one way and then another", key)
		}
	}

	sizes := map[float64]int{0: len(canaries(0)), 0.1: len(tenth), 0.5: len(half), 1: len(canaries(1))}
	for share, n := range sizes {
		if off := float64(n) - share*10_000; off < -200 || off > 200 || share == 1 && off != 0 {
			t.Errorf("a share of %v has %d of 10000 keys", share, n)
		}
	}
}

func TestSettingsThatMeanNothingAreRefused(t *testing.T) {
	for _, words := range []string{"", "off", "canary", "canary brief", "canary brief 2", "canary brief NaN",
		"canary brief half", "promote", "roll-back brief", "shadow", "asking brief 0.5", "paused 1"} {
		if s, err := stage.ParseSetting(words); err == nil {
			t.Errorf("%q is %+v", words, s)
		}
	}
}
