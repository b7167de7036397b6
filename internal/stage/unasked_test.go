package stage_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/allowance"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// A call that waits for a model that is down takes no time of its own, and ends when the worker stops. Its
// attempt does not count: a model that is down while workers are restarted often makes no case lost.
func TestAttemptOfACallThatWaitsDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := lonely(t, func(ctx context.Context, _ string) (string, error) {
			a := allowance.Of(ctx)
			a.Hold()
			defer a.Release()
			defer a.Wait()()

			<-ctx.Done()
			return "", ctx.Err()
		})
		e, err := m.Event(stage.Message{Topic: "in", Key: "k", Value: []byte(`"v"`),
			Time: time.Unix(1_700_000_000, 0)}, &stage.Row{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		head := e.Waiting[0].Request

		for restart := range 30 {
			e, err = m.Ask("k", "ask", e.Row, head, nil)
			if err != nil || len(e.Calls) != 1 {
				t.Fatalf("restart %d: %v, %+v", restart, err, e)
			}

			answers := make(chan stage.Answer, 1)
			calls := stage.NewCalls(t.Context(), p, &p.Stages[0], stage.CallOptions{
				Lease:  func(context.Context) error { return nil },
				Answer: func(a stage.Answer) { answers <- a },
			})
			calls.Take("ask")
			calls.Make(e.Calls[0])

			<-time.After(time.Hour) // of virtual time
			calls.Drain()

			e, err = m.Settle(<-answers, e.Row, head, nil)
			if err != nil || e.DeadLetters > 0 || e.Row.Queue("ask").IsEmpty() {
				t.Fatalf("restart %d: %v, %+v", restart, err, e)
			}
		}

		if n := e.Row.Queue("ask").Asked; n != 0 {
			t.Errorf("%d attempts are counted, and none was made", n)
		}
	})
}
