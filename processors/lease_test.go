package processors

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A lease is valid from a commit on, for its time. Waiting for one asks for a commit.
func TestLease(t *testing.T) {
	asked := 0

	var l *lease
	l = newLease(time.Hour, func() { asked++; l.renew(uptime()) })
	if held, _ := l.isValid(); held {
		t.Error("held before the first commit")
	}

	if err := l.wait(t.Context()); err != nil || asked != 1 {
		t.Errorf("%v after asking %d times", err, asked)
	}

	if err := l.wait(t.Context()); err != nil || asked != 1 {
		t.Errorf("held, and asked again: %v, %d", err, asked)
	}
	l.renew(uptime() - time.Hour)

	if held, _ := l.isValid(); held {
		t.Error("held when its time is over")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	l.ask = func() {}
	if err := l.wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was given up: %v", err)
	}
}
