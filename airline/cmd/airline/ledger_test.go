package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLedgerInAnyOrder(t *testing.T) {
	l := newLedger()
	for _, step := range []struct {
		do   func(string, int64)
		key  string
		to   int64
		open int
	}{
		{l.want, "flight a", 5, 1},
		{l.got, "flight a", 4, 1},
		{l.got, "flight b", 7, 0 + 1}, // nobody has asked yet
		{l.want, "flight b", 7, 1},
		{l.got, "flight a", 9, 0},
		{l.want, "flight a", 5, 0}, // told again
		{l.want, "flight a", 10, 1},
		{l.got, "flight a", 10, 0},
	} {
		step.do(step.key, step.to)
		if n := l.outstanding(); n != step.open {
			t.Errorf("after %+v: %d open, want %d", step, n, step.open)
		}
	}
}

func TestLedgerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		l.want("a", 1)
		l.want("b", 1)
		go func() {
			for _, key := range []string{"a", "b"} {
				time.Sleep(patience - time.Second) // virtual: each moves just in time
				l.got(key, 1)
			}
		}()
		if err := l.atMost(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
}

func TestLedgerNeverWaitsForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		l.want("case 7", 1)
		if err := l.atMost(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "case 7") {
			t.Errorf("stuck: %v", err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := l.atMost(ctx, 0); err != context.Canceled {
			t.Errorf("stopped: %v", err)
		}
	})
}
