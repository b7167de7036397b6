package processors

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A lease is evidence that this worker still owns its partitions: a short time ago it has committed, or the
// coordinator of its group has answered a heartbeat. A worker that was suspended and has woken up has none,
// and first has to prove that it still is a member, which fails if its partitions have moved away. So it does
// not make calls that its successor makes, too, and does not tell old rows as those of now.
//
// A heartbeat that was answered is the stronger proof. The coordinator gives no partition away before the
// session time-out has passed since then, or before this member has joined a rebalance. A commit says only
// that the partitions were this worker's at that moment; the coordinator may have been about to give it up.
//
// The lease is measured by uptime, which counts the time for which the machine was suspended, and which can't
// be set.
type lease struct {
	valid time.Duration
	ask   func() // requests a proof

	mu      sync.Mutex    // guards what follows
	renewed time.Duration // the uptime from which the lease counts
	next    chan struct{} // closed at the next renewal
}

// newLease returns a lease that is not valid yet.
func newLease(valid time.Duration, ask func()) *lease {
	return &lease{valid: valid, ask: ask, next: make(chan struct{}), renewed: uptime() - valid}
}

// renew is called with the uptime from before the commit or the heartbeat that succeeded. It proves ownership
// at some moment since then. Counted from its end, the lease could outlast the session.
func (l *lease) renew(at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.renewed = max(l.renewed, at)
	close(l.next)
	l.next = make(chan struct{})
}

// isValid reports whether the lease is valid. next is closed when it is renewed.
func (l *lease) isValid() (yes bool, next <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uptime()-l.renewed < l.valid, l.next
}

// age is the time since the last proof.
func (l *lease) age() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uptime() - l.renewed
}

// wait returns when the lease is valid. All that wait share one proof.
func (l *lease) wait(ctx context.Context) error {
	for {
		yes, next := l.isValid()
		if yes || testhook.IsOff(testhook.Lease) {
			return ctx.Err()
		}

		l.ask()

		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ask requests a proof that this worker owns its partitions.
func (in *incarnation) ask() {
	select {
	case in.proof <- struct{}{}:
	default:
	}
}

// prove keeps the lease valid as long as the session lasts, from its first commit on, which closes begun. It
// asks the group's coordinator four times in a session time-out, which is cheaper than an empty transaction,
// and works where a commit takes longer than a lease. It has a connection of its own: those of sarama's group
// may wait for as long as joining takes.
//
// A coordinator that is silent for two session time-outs ends the incarnation, so that the next one looks for
// it anew.
func (in *incarnation) prove(x *session, begun <-chan struct{}) {
	timeout := in.s.w.c.SessionTimeout

	select {
	case <-begun:
	case <-x.Context().Done():
		return
	}

	x.begun.Store(true)
	again := time.NewTicker(timeout / 4)
	defer again.Stop()

	for {
		began := uptime()

		err := in.beat(x)
		if err == nil || testhook.IsOff(testhook.Heartbeat) {
			in.lease.renew(began)
		} else if x.Context().Err() == nil && in.lease.age() > 2*timeout {
			in.fail(fmt.Errorf("group %s has not answered for %v: %w", in.s.group, 2*timeout, err))
			return
		}

		select {
		case <-again.C:
		case <-in.proof:
		case <-x.Context().Done():
			return
		}
	}
}

// heartbeat asks the coordinator whether this worker is a member of the group's generation.
func (in *incarnation) heartbeat(x *session) error {
	client := in.s.w.client_
	coordinator, err := client.Coordinator(in.s.group)
	if err != nil {
		return err
	}

	req := &sarama.HeartbeatRequest{
		Version:      3, // has the instance's name
		GroupId:      in.s.group,
		GenerationId: x.GenerationID(),
		MemberId:     x.MemberID(),
	}
	if name := in.s.w.c.Instance; name != "" {
		req.GroupInstanceId = &name
	}

	resp, err := coordinator.Heartbeat(req)
	switch {
	case err != nil:
		_ = coordinator.Close() // it is opened again when it is asked again
		forgetLeaders(client)   // the broker may be gone, and have been more than that
		forgetCoordinator(client, in.s.group)
		return err
	case errors.Is(resp.Err, sarama.ErrNotCoordinatorForConsumer),
		errors.Is(resp.Err, sarama.ErrConsumerCoordinatorNotAvailable):
		return errors.Join(resp.Err, client.RefreshCoordinator(in.s.group))
	case resp.Err != sarama.ErrNoError:
		return resp.Err
	}

	return nil
}
