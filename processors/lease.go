package processors

import (
	"context"
	"sync"
	"time"

	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A lease is evidence that this worker still owns its partitions: it has committed a short time ago. A worker
// that was suspended and has woken up has none, and first has to commit, which fails if its partitions have
// moved away. So it does not make calls that its successor makes, too.
//
// The lease is measured by uptime, which counts the time for which the machine was suspended, and which can't
// be set.
type lease struct {
	valid time.Duration
	ask   func() // requests a commit

	mu      sync.Mutex    // guards what follows
	renewed time.Duration // the uptime from which the lease counts
	next    chan struct{} // closed at the next renewal
}

// newLease returns a lease that is not valid yet.
func newLease(valid time.Duration, ask func()) *lease {
	return &lease{valid: valid, ask: ask, next: make(chan struct{}), renewed: uptime() - valid}
}

// renew is called with the uptime from before the commit that succeeded. The commit proves ownership at some
// moment since then. Counted from its end, the lease could outlast the session.
func (l *lease) renew(at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.renewed = at
	close(l.next)
	l.next = make(chan struct{})
}

// isValid reports whether the lease is valid. next is closed when it is renewed.
func (l *lease) isValid() (yes bool, next <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uptime()-l.renewed < l.valid, l.next
}

// wait returns when the lease is valid. All that wait share one commit.
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
