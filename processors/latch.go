package processors

import "sync"

// A latch lets goroutines use something until it is closed: sarama's producer panics if a record is sent, or
// a transaction ends, while it is being closed.
type latch struct {
	mu     sync.RWMutex // held for reading by those who use it
	closed bool
}

// hold keeps it open until release is called. It reports whether it is open still.
func (l *latch) hold() (release func(), ok bool) {
	l.mu.RLock()
	if l.closed {
		l.mu.RUnlock()
		return nil, false
	}
	return l.mu.RUnlock, true
}

// close waits until nobody uses it. It reports whether it was open still.
func (l *latch) close() (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()

	first = !l.closed
	l.closed = true

	return first
}
