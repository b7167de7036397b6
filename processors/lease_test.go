package processors

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A lease is valid from a proof on, for its time. Waiting for one asks for a proof.
func TestLease(t *testing.T) {
	asked := 0

	var l *lease
	l = newLease(time.Hour, func() { asked++; l.renew(uptime()) })
	if held, _ := l.isValid(); held {
		t.Error("held before the first proof")
	}

	if err := l.wait(t.Context()); err != nil || asked != 1 {
		t.Errorf("%v after asking %d times", err, asked)
	}

	if err := l.wait(t.Context()); err != nil || asked != 1 {
		t.Errorf("held, and asked again: %v, %d", err, asked)
	}
	l.renew(uptime() - 2*time.Hour)

	if held, _ := l.isValid(); !held {
		t.Error("an older proof that comes late has ended it")
	}
	l.renewed = uptime() - time.Hour

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

// The lease lasts without commits, as long as the coordinator answers. Were commits the only proof, no call
// would be made on a network on which a commit takes longer than a lease.
func TestHeartbeatsRenewTheLease(t *testing.T) {
	in, x := newTestSession(t, nil)
	begun := make(chan struct{})
	asked := make(chan error)
	in.beat = func(*session) error { return <-asked }
	go in.prove(x, begun)

	if held, _ := in.lease.isValid(); held {
		t.Error("held before the first commit")
	}
	close(begun)
	asked <- nil

	if err := in.lease.wait(t.Context()); err != nil {
		t.Error(err)
	}

	_, next := in.lease.isValid()
	in.lease.renewed = uptime() - time.Hour
	in.ask()
	asked <- errors.New("no longer a member")

	select {
	case <-in.ctx.Done():
	case <-next:
		t.Error("renewed by a heartbeat that was refused")
	}

	if err := in.failure(); err == nil {
		t.Error("an hour of silence does not end the incarnation")
	}
}

// What is told as of now is proven to be: the lease is held, and nothing waits for its commit.
func TestFreshness(t *testing.T) {
	in, x := newTestSession(t, nil)
	if asOf := in.freshness(); !asOf.IsZero() {
		t.Errorf("as of %v before the first commit", asOf)
	}

	last := time.Now().Add(-time.Minute).Truncate(0)
	in.asOf.Store(last.UnixNano())

	if asOf := in.freshness(); !asOf.Equal(last) {
		t.Errorf("without the lease, as of %v after the last commit", asOf.Sub(last))
	}
	in.lease.valid = time.Hour
	in.lease.renew(uptime())

	if asOf := in.freshness(); !asOf.After(last) {
		t.Errorf("with the lease, as of the last commit, and not of now: %v", asOf)
	}
	x.parts[0].backlog.records.Store(1)

	if asOf := in.freshness(); !asOf.Equal(last) {
		t.Errorf("with something to commit, as of %v after the last commit", asOf.Sub(last))
	}
}
