package processors

import (
	"context"
	"sync"
)

// A turn lets one record at a time into the hands of a careful stage. It ends with its session: a record that
// was in hand then is nobody's.
type turn struct {
	slot chan struct{} // capacity 1: holds one while a record is in its hands

	mu  sync.Mutex
	now *culprit // it has been handled, and is to be committed
}

// takeTurn waits until nothing is in the hands of a stage that is careful. It reports false if ctx has
// ended first.
func (x *session) takeTurn(ctx context.Context) bool {
	if !x.in.s.refusals.careful.Load() {
		return true
	}

	select {
	case x.turn.slot <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// handledBy notes what the next transaction is made for.
func (t *turn) handledBy(c culprit) {
	t.mu.Lock()
	defer t.mu.Unlock()

	if len(t.slot) > 0 {
		t.now = &c
	}
}

// alone returns what the transaction that is taken next is made for, or nil.
func (t *turn) alone() *culprit {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// end is told that what alone has returned is committed.
func (t *turn) end(c *culprit) {
	if c == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()

	t.now = nil
	select {
	case <-t.slot:
	default:
	}
}
