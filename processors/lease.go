package processors

import (
	"context"
	"sync"
	"time"
)

// A lease says that this worker still owns its partitions: it has committed a short time ago. A worker that
// was stopped and woken up does not, and must not make a call that its successor makes too. Its clock counts the time
// for which the machine or the process was suspended, and nobody can set it.
type lease struct {
	valid time.Duration
	ask   func() // for a commit

	mu      sync.Mutex
	renewed time.Duration
	next    chan struct{} // closed at the next renewal
}

func newLease(valid time.Duration, ask func()) *lease {
	return &lease{valid: valid, ask: ask, next: make(chan struct{}), renewed: uptime() - valid}
}

// renew is called with the uptime from before the commit that succeeded.
func (l *lease) renew(at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.renewed = at
	close(l.next)
	l.next = make(chan struct{})
}

func (l *lease) held() (yes bool, next <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uptime()-l.renewed < l.valid, l.next
}

// wait returns when the lease is held. All who wait share one commit.
func (l *lease) wait(ctx context.Context) error {
	for {
		yes, next := l.held()
		if yes {
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
