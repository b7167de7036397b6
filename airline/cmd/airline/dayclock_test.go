package main

import (
	"context"
	"errors"
	"github.com/slipstream-go/slipstream/verb"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// morning is when the tests' day begins.
var morning = time.Date(2013, 3, 8, 6, 0, 0, 0, time.UTC)

// took is how long it takes until the day may be so far into the morning.
func took(t *testing.T, c *dayClock, minutes int) time.Duration {
	t.Helper()
	began := time.Now()
	if err := c.reach(t.Context(), morning.Add(time.Duration(minutes)*time.Minute)); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// Without a speed the day waits for nobody, but for who talks: then a minute takes a minute, until nobody has said anything
// for a while.
func TestDayClockWhileSomebodyTalks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newDayClock(0)
		if d := took(t, c, 0) + took(t, c, 600); d != 0 {
			t.Errorf("nobody talks, and the day waits for %v", d)
		}
		c.hear()
		if d := took(t, c, 601); d != time.Minute || !c.isTalk() {
			t.Errorf("a minute takes %v", d)
		}
		go func() { time.Sleep(time.Minute); c.hear() }()
		if d := took(t, c, 700); d != time.Minute+talking || c.isTalk() {
			t.Errorf("the day went on %v after the last but one message, want one more and %v", d, talking)
		}
		if d := took(t, c, 900); d != 0 {
			t.Errorf("nobody talks any more, and the day waits for %v", d)
		}
		c.hear()
		began := time.Now()
		if err := c.silent(t.Context()); err != nil || time.Since(began) != talking {
			t.Errorf("it is silent after %v, %v", time.Since(began), err)
		}
	})
}

// With a speed the day keeps it, catches up after what held it, and goes on at it after a talk.
func TestDayClockAtASpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newDayClock(60)
		if d := took(t, c, 0) + took(t, c, 10); d != 10*time.Second {
			t.Errorf("ten minutes take %v at sixty times ours", d)
		}
		time.Sleep(5 * time.Second)
		if d := took(t, c, 20); d != 5*time.Second {
			t.Errorf("ten minutes, of which five have passed, take %v", d)
		}
		c.hear()
		if d := took(t, c, 23+10); d != talking+10*time.Second {
			t.Errorf("three minutes of talk, and ten at speed, take %v", d)
		}
	})
}

func TestDayClockInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newDayClock(1)
		took(t, c, 0)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := c.reach(ctx, morning.Add(time.Hour)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("interrupted: %v", err)
		}
	})
}

// A day that is paused stands still with nothing open, and says so.
func TestDemoPaused(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	paused := start(t, "demo", "--model", "policy", "--data", boston, "--customers", "150", "--pause-at", "12:00")
	out := paused.until("the day stands still")
	if !strings.Contains(out, " 0 open ") || strings.Contains(out, "What must hold") {
		t.Errorf("a day that stands still:\n%s", out)
	}
	events := succeed(t, "", "tail", "flight-events", "--stop", "--json")
	for _, want := range []string{`"time":"2013-03-08T11:`, `"time":"2013-03-08T16:`} { // 11:00 there, 16:00 in London
		if !strings.Contains(events, want) {
			t.Errorf("no event at %s", want)
		}
	}
	if strings.Contains(events, `"time":"2013-03-08T17:3`) {
		t.Error("an event of half past twelve, on a day that was paused at noon")
	}
	if status, _, errs := run(t, "hello?", "chat"); status != verb.StatusFailed || !strings.Contains(errs, "no agent to talk with") {
		t.Errorf("a chat with rules alone: status %d: %s", status, errs)
	}
	if s := paused.end(); s != verb.StatusStopped {
		t.Errorf("status %d, want %d: %s", s, verb.StatusStopped, paused.errs.text())
	}
	if status, _, errs := run(t, "", "demo", "--model", "policy", "--pause-at", "noon"); status != verb.StatusUsage || !strings.Contains(errs, "--pause-at") {
		t.Errorf("no time of day: status %d: %s", status, errs)
	}
}
