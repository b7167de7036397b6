package llm_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// counting counts the calls that reach a model.
func counting(n *atomic.Int64, m llm.Model) llm.Model {
	return modelFunc(func(ctx context.Context, r llm.Request) (llm.Reply, error) {
		n.Add(1)
		return m.Chat(ctx, r)
	})
}

func TestResilientAsksAgainWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		m := llm.Resilient(llmtest.Says("fails 503", "fails cut", "yes"),
			llm.ResilientConfig{Backoff: time.Second})

		r, err := m.Chat(t.Context(), prompt("?"))
		if err != nil || r.Message.Text != "yes" {
			t.Errorf("%q, %v", r.Message.Text, err)
		}

		if d := time.Since(begun); d < 2250*time.Millisecond || d > 3750*time.Millisecond {
			t.Errorf("1 s and 2 s, each give or take a quarter: %v", d)
		}
	})
}

func TestResilientEndsWithTheModelsOwnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		m := llm.Resilient(counting(&n, llmtest.Says("fails 503 overloaded")),
			llm.ResilientConfig{Attempts: 3})
		_, err := m.Chat(t.Context(), prompt("?"))
		if !errors.Is(err, llm.ErrUnavailable) || err.Error() != "503 overloaded" || n.Load() != 3 {
			t.Errorf("%v after %d attempts", err, n.Load())
		}
	})
}

func TestResilientDoesNotRepeatWhatIsRefused(t *testing.T) {
	var n atomic.Int64
	m := llm.Resilient(counting(&n, llmtest.Says("fails 404 no such model")), llm.ResilientConfig{})
	if _, err := m.Chat(t.Context(), prompt("?")); !errors.Is(err, llm.ErrRefused) || n.Load() != 1 {
		t.Errorf("%v after %d attempts", err, n.Load())
	}
}

func TestResilientTimesOutAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := llm.Resilient(llmtest.Says("hangs", "yes"), llm.ResilientConfig{Timeout: 30 * time.Second})
		if r, err := m.Chat(t.Context(), prompt("?")); err != nil || r.Message.Text != "yes" {
			t.Errorf("%q, %v", r.Message.Text, err)
		}

		m = llm.Resilient(llmtest.Says("hangs"), llm.ResilientConfig{Timeout: 30 * time.Second, Attempts: 2})
		if _, err := m.Chat(t.Context(), prompt("?")); !errors.Is(err, llm.ErrUnavailable) ||
			!strings.Contains(err.Error(), "no answer in 30s") {
			t.Error(err)
		}
	})
}

func TestResilientEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begun := time.Now()
		m := llm.Resilient(llmtest.Says("fails 503 overloaded"),
			llm.ResilientConfig{Attempts: 1000, Failures: 1000})

		_, err := m.Chat(ctx, prompt("?"))
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "503 overloaded") {
			t.Error(err)
		}

		if d := time.Since(begun); d != 10*time.Second {
			t.Errorf("after %v", d)
		}

		if llm.Retryable(err) {
			t.Error("nothing is left to retry when the context has ended")
		}
	})
}

// While the breaker is open nobody asks. Later one call tries, and its success lets all ask again.
func TestBreakerLeavesAFailingModelAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		script := llmtest.Says("fails 503")
		m := llm.Resilient(counting(&n, script), llm.ResilientConfig{Attempts: 1, Failures: 3,
			Cooldown: time.Minute})

		ask := func() error { _, err := m.Chat(t.Context(), prompt("?")); return err }
		for range 10 {
			if err := ask(); !errors.Is(err, llm.ErrUnavailable) {
				t.Fatal(err)
			}
		}

		if n.Load() != 3 {
			t.Errorf("%d calls reached the model, want 3", n.Load())
		}

		if err := ask(); !strings.Contains(err.Error(), "left alone for 1m0s") {
			t.Error(err)
		}

		if err := script.Answer("yes"); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute) // of virtual time

		for range 2 {
			if err := ask(); err != nil {
				t.Error(err)
			}
		}
	})
}

// Who may try again waits for the breaker, instead of spending the attempts on it.
func TestBreakerIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := llm.Resilient(llmtest.Says("fails 503", "fails 503", "yes"),
			llm.ResilientConfig{Attempts: 4, Failures: 2, Cooldown: time.Minute})
		begun := time.Now()
		r, err := m.Chat(t.Context(), prompt("?"))
		if err != nil || r.Message.Text != "yes" || time.Since(begun) < time.Minute {
			t.Errorf("%q, %v after %v", r.Message.Text, err, time.Since(begun))
		}
	})
}
