package llm_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/allowance"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// inWorker is the context of an operator's call, which has a time limit of a minute.
func inWorker(t *testing.T, told func(error)) context.Context {
	ctx, cancel := allowance.With(t.Context(), allowance.Config{Time: time.Minute,
		Cause: errors.New("no answer within 1m0s"), Stopping: t.Context(), Down: told})
	t.Cleanup(cancel)
	return ctx
}

// An outage is a model that is down from the start, and works again after a while.
type outage struct {
	during llm.Model
	until  time.Time
	asked  atomic.Int64 // during the outage
}

func (o *outage) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	if time.Now().Before(o.until) {
		o.asked.Add(1)
		return o.during.Chat(ctx, r)
	}
	return llmtest.Says("yes").Chat(ctx, r)
}

func TestRequestsOfAnOutageAreAnsweredAfterIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		during llm.Model
	}{
		{"down", llmtest.Failing(llmtest.Fault("503 down"))},
		{"out of memory", llmtest.Failing(llmtest.Fault("500 CUDA"))},
		{"answers break off", llmtest.Failing(llmtest.Fault("cut off"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &outage{during: c.during, until: time.Now().Add(10 * time.Minute)}
				m := llm.Resilient(o, llm.ResilientConfig{})

				var told sync.Map
				var all sync.WaitGroup
				for range 16 {
					all.Go(func() {
						ctx := inWorker(t, func(why error) { told.Store(why.Error(), true) })
						if _, err := m.Chat(ctx, prompt("?")); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()

				if n := o.asked.Load(); n > 16+10*60/5 {
					t.Errorf("a model that is down was asked %d times", n)
				}

				if late := time.Since(o.until); late > 30*time.Second {
					t.Errorf("the last answer came %v after the outage", late)
				}

				n := 0
				told.Range(func(any, any) bool { n++; return true })
				if n != 1 {
					t.Errorf("%d reasons were told, want 1", n)
				}
			})
		})
	}
}

// Even a single request notices an outage: there are no others whose failures would open the breaker.
func TestOneRequestWaitsForAModelThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outage{during: llmtest.Failing(llmtest.Fault("503")), until: time.Now().Add(10 * time.Minute)}
		if _, err := llm.Resilient(o, llm.ResilientConfig{}).Chat(inWorker(t, nil), prompt("?")); err != nil {
			t.Error(err)
		}
	})
}

func TestOutageEndsWithItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := llm.Resilient(llmtest.Says("fails 503 down"), llm.ResilientConfig{Outage: 20 * time.Minute})
		begun := time.Now()
		_, err := m.Chat(t.Context(), prompt("?"))
		const says = "llm: the model was down for 20m0s: 503 down"
		if !errors.Is(err, llm.ErrUnavailable) || err.Error() != says {
			t.Error(err)
		}

		if d := time.Since(begun); d < 20*time.Minute || d > 21*time.Minute {
			t.Errorf("after %v", d)
		}
	})
}

func TestOutageEndsWithTheDeadlineOfACase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := llm.Resilient(llmtest.Says("fails 503 down"), llm.ResilientConfig{})
		ctx, cancel := context.WithTimeout(inWorker(t, nil), 2*time.Minute)
		defer cancel()
		begun := time.Now()
		if _, err := m.Chat(ctx, prompt("?")); err == nil || time.Since(begun) != 2*time.Minute {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

// By choice, an operator gives up after some attempts.
func TestOutageNeedNotBeWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		m := llm.Resilient(counting(&n, llmtest.Says("fails 503 down")), llm.ResilientConfig{Outage: -1})
		_, err := m.Chat(inWorker(t, nil), prompt("?"))
		if err == nil || err.Error() != "503 down" || n.Load() != 4 {
			t.Errorf("%v after %d attempts", err, n.Load())
		}
	})
}

// What the model fails at, although it answers others, is no outage.
func TestRequestThatBreaksItsModelGivesUp(t *testing.T) {
	poison := llmtest.Fault("500 runner gone")
	synctest.Test(t, func(t *testing.T) {
		m := llm.Resilient(modelFunc(func(ctx context.Context, r llm.Request) (llm.Reply, error) {
			if r.Messages[1].Text == "poison" {
				return llm.Reply{}, poison
			}
			return llmtest.Says("yes").Chat(ctx, r)
		}), llm.ResilientConfig{})

		ctx, done := context.WithCancel(inWorker(t, nil))
		var others, poisons sync.WaitGroup
		for range 4 {
			others.Go(func() {
				for ctx.Err() == nil {
					if _, err := m.Chat(ctx, prompt("?")); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
					<-time.After(time.Second) // of virtual time
				}
			})
		}

		begun := time.Now()
		for range 3 {
			poisons.Go(func() {
				if _, err := m.Chat(inWorker(t, nil), prompt("poison")); err != poison {
					t.Error(err)
				}
			})
		}
		poisons.Wait()
		done()
		others.Wait()

		if d := time.Since(begun); d > 5*time.Minute {
			t.Errorf("it took %v", d)
		}
	})
}

// A worker that stops does not wait for the end of an outage.
func TestWaitingRequestEndsWhenItsWorkerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopping, stop := context.WithCancel(t.Context())
		unasked := errors.New("not asked")
		ctx, cancel := allowance.With(t.Context(), allowance.Config{Time: time.Minute, Stopping: stopping,
			Unasked: unasked})
		defer cancel()

		time.AfterFunc(3*time.Minute, stop)
		begun := time.Now()
		_, err := llm.Resilient(llmtest.Says("fails 503"), llm.ResilientConfig{}).Chat(ctx, prompt("?"))
		took := time.Since(begun)
		if !errors.Is(err, context.Canceled) || context.Cause(ctx) != unasked || took != 3*time.Minute {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// A server that takes some at once, in the order in which they come, and knows nothing of those that left.
type server2 struct {
	places chan struct{}
	takes  time.Duration
	most   atomic.Int64 // calls at once
	now    atomic.Int64
}

func newServer2(places int, takes time.Duration) *server2 {
	return &server2{places: make(chan struct{}, places), takes: takes}
}

func (s *server2) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	s.now.Add(1)
	defer s.now.Add(-1)
	s.most.Store(max(s.most.Load(), s.now.Load()))

	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		return llm.Reply{}, ctx.Err()
	}

	select {
	case <-time.After(s.takes):
		return llmtest.Says("yes").Chat(ctx, r)
	case <-ctx.Done():
		return llm.Reply{}, ctx.Err()
	}
}

// ask asks n times, 16 at once, each as an operator's call with a minute, and returns how long it took.
func askAll(t *testing.T, m llm.Model, n int) time.Duration {
	var all sync.WaitGroup
	var left atomic.Int64
	begun := time.Now()
	for range 16 {
		all.Go(func() {
			for left.Add(1) <= int64(n) {
				if _, err := m.Chat(inWorker(t, nil), prompt("?")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(begun)
}

func TestAsManyAreInFlightAsTheServerTakes(t *testing.T) {
	for _, c := range []struct {
		places int
		takes  time.Duration
	}{
		{1, 5 * time.Second}, {1, 25 * time.Second}, {1, 35 * time.Second}, {1, 58 * time.Second},
		{2, 25 * time.Second}, {3, 50 * time.Second}, {16, 58 * time.Second}, {16, time.Second},
	} {
		t.Run(fmt.Sprintf("%d in %v", c.places, c.takes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 80
				m := llm.Resilient(newServer2(c.places, c.takes), llm.ResilientConfig{})
				took := askAll(t, m, n)

				best := time.Duration((n+c.places-1)/c.places) * c.takes
				if took > best*3/2+5*time.Minute || c.places == 16 && took != best {
					t.Errorf("it took %v, the server needs %v", took, best)
				}
			})
		})
	}
}

func TestInFlightBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer2(16, time.Second)
		askAll(t, llm.Resilient(s, llm.ResilientConfig{InFlight: 3}), 40)
		if n := s.most.Load(); n != 3 {
			t.Errorf("%d at once, want 3", n)
		}
	})
}

// Places that the server gets back are used.
func TestInFlightGrowsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		narrow, wide := newServer2(1, 10*time.Second), newServer2(16, 10*time.Second)
		now := llm.Model(narrow)
		m := llm.Resilient(modelFunc(func(ctx context.Context, r llm.Request) (llm.Reply, error) {
			return now.Chat(ctx, r)
		}), llm.ResilientConfig{})

		askAll(t, m, 40)
		now = wide
		askAll(t, m, 400)
		if n := wide.most.Load(); n != 16 {
			t.Errorf("%d at once, want 16", n)
		}
	})
}

// A request that takes too long by itself is not repeated for ever.
func TestRequestThatTakesTooLongTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := llm.Resilient(newServer2(16, 2*time.Minute), llm.ResilientConfig{})
		ctx := inWorker(t, nil)
		begun := time.Now()
		_, err := m.Chat(ctx, prompt("?"))
		if err == nil || context.Cause(ctx).Error() != "no answer within 1m0s" ||
			time.Since(begun) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}
