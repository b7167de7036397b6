package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A ledger keeps what is outstanding: what is expected of each key, and how far it has come. Either may be told first,
// and again: topics are read side by side. Its methods may be called by any goroutine.
type ledger struct {
	mu    sync.Mutex
	of    map[string]levels // guarded by mu, as is what follows
	open  int               // keys of which more is expected than has come
	moved chan struct{}     // closed at the next change
}

type levels struct{ want, got int64 }

func (l levels) open() bool { return l.want > l.got }

func newLedger() *ledger { return &ledger{of: map[string]levels{}, moved: make(chan struct{})} }

// want expects key to come as far as a level, which is above 0.
func (l *ledger) want(key string, level int64) { l.set(key, levels{want: level}) }

// got says how far key has come.
func (l *ledger) got(key string, level int64) { l.set(key, levels{got: level}) }

func (l *ledger) set(key string, v levels) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.of[key]
	now := levels{max(old.want, v.want), max(old.got, v.got)}
	if now == old {
		return
	}
	l.of[key] = now
	switch {
	case now.open() && !old.open():
		l.open++
	case old.open() && !now.open():
		l.open--
	}
	close(l.moved)
	l.moved = make(chan struct{})
}

// outstanding counts the keys of which more is expected.
func (l *ledger) outstanding() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// patience is how long anything may stand still: longer than a call of a model with its retries.
const patience = 5 * time.Minute

// atMost waits until no more than n keys are open. If nothing moves at all, it says what it waits for.
func (l *ledger) atMost(ctx context.Context, n int) error {
	stuck := time.NewTimer(patience)
	defer stuck.Stop()
	for {
		l.mu.Lock()
		open, moved := l.open, l.moved
		l.mu.Unlock()
		if open <= n {
			return nil
		}
		select {
		case <-moved:
			stuck.Reset(patience)
		case <-stuck.C:
			return fmt.Errorf("nothing has moved for %v, and %d are open: %s", patience, open, l.some())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// some names a few of the keys that are open.
func (l *ledger) some() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var keys []string
	for key, v := range l.of {
		if v.open() {
			keys = append(keys, key)
		}
		if len(keys) == 5 {
			break
		}
	}
	return list(keys, "and")
}
