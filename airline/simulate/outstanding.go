package simulate

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// An outstanding tracks what has been started and not finished. For each key it knows the level that is
// expected and the level that has been reached; the key is open while more is expected. Both may be reported
// in any order and repeatedly, because topics are read concurrently. It is safe for concurrent use.
type outstanding struct {
	mu      sync.Mutex
	levels  map[string]level // guarded by mu, as are the fields below
	open    int              // open keys
	changed chan struct{}    // closed at the next change
}

type level struct{ expected, reached int64 }

func (l level) open() bool { return l.expected > l.reached }

func newOutstanding() *outstanding {
	return &outstanding{levels: map[string]level{}, changed: make(chan struct{})}
}

// expect notes that key will reach level n, which is above 0.
func (o *outstanding) expect(key string, n int64) { o.raise(key, level{expected: n}) }

// reach notes that key has reached level n.
func (o *outstanding) reach(key string, n int64) { o.raise(key, level{reached: n}) }

// raise raises the levels of a key to at least these.
func (o *outstanding) raise(key string, to level) {
	o.mu.Lock()
	defer o.mu.Unlock()

	old := o.levels[key]
	now := level{expected: max(old.expected, to.expected), reached: max(old.reached, to.reached)}
	if now == old {
		return
	}

	o.levels[key] = now

	switch {
	case now.open() && !old.open():
		o.open++
	case old.open() && !now.open():
		o.open--
	}
	close(o.changed)
	o.changed = make(chan struct{})
}

// count returns the number of open keys.
func (o *outstanding) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.open
}

// patience is how long the replay waits while nothing changes: longer than a call of a model with its
// retries.
const patience = 5 * time.Minute

// wait returns when at most n keys are open. If nothing changes for too long, it returns an error that names
// some of them.
func (o *outstanding) wait(ctx context.Context, n int) error {
	stuck := time.NewTimer(patience)
	defer stuck.Stop()

	for {
		o.mu.Lock()
		open, changed := o.open, o.changed
		o.mu.Unlock()

		if open <= n {
			return nil
		}

		select {
		case <-changed:
			stuck.Reset(patience)
		case <-stuck.C:
			return fmt.Errorf("nothing has moved for %v, and %d are outstanding: %s", patience, open,
				o.examples())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// examples names a few of the open keys.
func (o *outstanding) examples() string {
	o.mu.Lock()
	defer o.mu.Unlock()

	var keys []string
	for key, l := range o.levels {
		if l.open() {
			keys = append(keys, key)
		}

		if len(keys) == 5 {
			break
		}
	}

	return strings.Join(keys, ", ")
}
