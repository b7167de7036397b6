package simulate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// morning is when the tests' day begins.
var morning = time.Date(2013, 3, 8, 6, 0, 0, 0, time.UTC)

// took is how long it takes until the day may be so far into the morning.
func took(t *testing.T, c *clock, minutes int) time.Duration {
	t.Helper()
	began := time.Now()

	if err := c.waitUntil(t.Context(), morning.Add(time.Duration(minutes)*time.Minute)); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// Without a speed the day waits only for those who talk: then a minute takes a minute, until nobody has
// said anything for a while.
func TestClockWhileSomebodyTalks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(0)
		if d := took(t, c, 0) + took(t, c, 600); d != 0 {
			t.Errorf("nobody talks, and the day waits for %v", d)
		}
		c.hear()

		if d := took(t, c, 601); d != time.Minute || !c.isTalk() {
			t.Errorf("a minute takes %v", d)
		}
		go func() { time.Sleep(time.Minute); c.hear() }()

		if d := took(t, c, 700); d != time.Minute+talkLasts || c.isTalk() {
			t.Errorf("the day went on %v after the last but one message, want one more and %v", d, talkLasts)
		}

		if d := took(t, c, 900); d != 0 {
			t.Errorf("nobody talks any more, and the day waits for %v", d)
		}
		c.hear()

		began := time.Now()
		if err := c.waitForSilence(t.Context()); err != nil || time.Since(began) != talkLasts {
			t.Errorf("it is silent after %v, %v", time.Since(began), err)
		}
	})
}

// With a speed the day keeps it, catches up after what held it, and goes on at it after a talk.
func TestClockAtASpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(60)
		if d := took(t, c, 0) + took(t, c, 10); d != 10*time.Second {
			t.Errorf("ten minutes take %v at sixty times ours", d)
		}
		time.Sleep(5 * time.Second)

		if d := took(t, c, 20); d != 5*time.Second {
			t.Errorf("ten minutes, of which five have passed, take %v", d)
		}
		c.hear()

		if d := took(t, c, 23+10); d != talkLasts+10*time.Second {
			t.Errorf("three minutes of talk, and ten at speed, take %v", d)
		}
	})
}

func TestClockInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock(1)
		took(t, c, 0)

		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()

		if err := c.waitUntil(ctx, morning.Add(time.Hour)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("interrupted: %v", err)
		}
	})
}
