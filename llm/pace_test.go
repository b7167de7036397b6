package llm_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/internal/allowance"
	"github.com/slipstream-go/slipstream/llm"
)

// costly answers at once, and has used so many tokens.
type costly struct {
	mu    sync.Mutex
	asked []time.Time
	in    int
	out   int
	errs  []error // of the first ones
}

func (c *costly) Chat(context.Context, llm.Request) (llm.Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.asked = append(c.asked, time.Now())
	if len(c.errs) > 0 {
		err := c.errs[0]
		c.errs = c.errs[1:]
		return llm.Reply{}, err
	}

	return llm.Reply{Model: "m", TokensIn: c.in, TokensOut: c.out}, nil
}

// within counts what was asked in the minute that begins then.
func (c *costly) within(begin time.Time) (n int) {
	for _, at := range c.asked {
		if !at.Before(begin) && at.Before(begin.Add(time.Minute)) {
			n++
		}
	}
	return n
}

// In no minute are more requests made than the server takes, and what was saved up: each attempt counts.
func TestRequestsKeepToARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := &llm.Error{Kind: llm.ErrUnavailable, Err: errors.New("busy"), Status: 503}
		m := &costly{errs: []error{busy}}
		limited := llm.Resilient(m, llm.ResilientConfig{PerMinute: 60})

		begin := time.Now()
		var all sync.WaitGroup
		for range 300 {
			all.Go(func() {
				if _, err := limited.Chat(t.Context(), prompt("?")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()

		if len(m.asked) != 301 {
			t.Errorf("%d requests for 300 answers and a failure", len(m.asked))
		}

		for s := range 300 {
			if n := m.within(begin.Add(time.Duration(s) * time.Second)); n > 66 {
				t.Fatalf("%d requests in the minute after second %d", n, s)
			}
		}

		if took := time.Since(begin); took > 5*time.Minute {
			t.Errorf("it took %v: no more are held back than must be", took)
		}
	})
}

// An answer is charged when it is there, and delays what comes later.
func TestTokensKeepToARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &costly{in: 100, out: 900}
		limited := llm.Resilient(m, llm.ResilientConfig{TokensPerMinute: 10_000})

		begin := time.Now()
		for range 40 {
			if _, err := limited.Chat(t.Context(), prompt("?")); err != nil {
				t.Fatal(err)
			}
		}

		if took := time.Since(begin); took < 215*time.Second || took > 4*time.Minute {
			t.Errorf("40 answers of 1,000 tokens took %v at 10,000 a minute", took)
		}
	})
}

// The wait ends with the caller, and is no part of the call's time.
func TestTheWaitForARateIsNoTimeOfTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := llm.Resilient(&costly{}, llm.ResilientConfig{PerMinute: 1})
		ctx, cancel := allowance.With(t.Context(), allowance.Config{Time: time.Second, Stopping: t.Context()})
		defer cancel()

		for range 3 {
			if _, err := limited.Chat(ctx, prompt("?")); err != nil {
				t.Fatal(err)
			}
		}

		gone, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()

		begin := time.Now()
		if _, err := limited.Chat(gone, prompt("?")); err == nil || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}
