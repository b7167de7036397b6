package simulate

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestOutstandingInAnyOrder(t *testing.T) {
	o := newOutstanding()
	for _, step := range []struct {
		do   func(string, int64)
		key  string
		to   int64
		open int
	}{
		{o.expect, "flight a", 5, 1},
		{o.reach, "flight a", 4, 1},
		{o.reach, "flight b", 7, 0 + 1}, // nobody has asked yet
		{o.expect, "flight b", 7, 1},
		{o.reach, "flight a", 9, 0},
		{o.expect, "flight a", 5, 0}, // told again
		{o.expect, "flight a", 10, 1},
		{o.reach, "flight a", 10, 0},
	} {
		step.do(step.key, step.to)

		if n := o.count(); n != step.open {
			t.Errorf("after %+v: %d open, want %d", step, n, step.open)
		}
	}
}

func TestOutstandingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutstanding()
		o.expect("a", 1)
		o.expect("b", 1)
		go func() {
			for _, key := range []string{"a", "b"} {
				time.Sleep(patience - time.Second) // virtual: each moves just in time
				o.reach(key, 1)
			}
		}()

		if err := o.wait(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
}

func TestOutstandingNamesWhatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutstanding()
		o.expect("case 7", 1)

		if err := o.wait(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "case 7") {
			t.Errorf("stuck: %v", err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()

		if err := o.wait(ctx, 0); err != context.Canceled {
			t.Errorf("stopped: %v", err)
		}
	})
}
