package llmtest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

func TestGateHoldsUntilReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &llmtest.Gate{Model: llmtest.Says("yes")}
		wants(t, g, "while it is open", "yes")
		refuses(t, g.Release("BA117")) // nothing is held
		g.Hold("")

		var answered []string
		for _, flight := range []string{"BA117", "CC300"} {
			go func() {
				wants(t, g, flight, "yes")
				answered = append(answered, flight)
			}()
		}
		synctest.Wait()
		refuses(t, g.Thinking("1"))
		accepts(t, g.Thinking("2"))
		accepts(t, g.Release("CC300"))
		synctest.Wait()

		if len(answered) != 1 || answered[0] != "CC300" {
			t.Errorf("released were %q, want CC300 alone", answered)
		}
		accepts(t, g.Release(""))
		synctest.Wait()
		accepts(t, g.Thinking("0"))
		wants(t, g, "open again", "yes")
	})
}

func TestGateForgetsWhoHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &llmtest.Gate{Model: llmtest.Says("yes")}
		g.Hold("")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		if _, err := g.Chat(ctx, about("BA117")); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		accepts(t, g.Thinking("0"))
	})
}

func TestConformanceOfGate(t *testing.T) {
	llmtest.Conformance(t, func(*testing.T) llm.Model { return &llmtest.Gate{Model: llmtest.Says(keep)} })
}

// refuses wants a failure that time may cure: topologytest tries such a step again.
func refuses(t *testing.T, err error) {
	t.Helper()

	var later interface{ NotYet() bool }
	if !errors.As(err, &later) || !later.NotYet() {
		t.Errorf("the error is %v, want one that time may cure", err)
	}
}

func accepts(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Error(err)
	}
}
