package store

import (
	"errors"
	"fmt"
	"sync"
)

// A Record is one changed row as a [Store] keeps it. The store never looks into Value.
type Record struct {
	Key   string
	Value []byte // nil deletes the row; an empty, non-nil Value is a row
}

// A Store keeps the committed rows of one partition of one table, with the
// changelog offset up to which they are complete.
//
// Two parties write, never at the same time: recovery, through [Goka], and
// after it the committer, through Flush, once per committed transaction. Any
// number of goroutines may read beside the one writer. After Close every
// method with an error result returns [ErrClosed].
type Store interface {
	// Get returns the row of key in a slice that the caller owns, nil if there is none.
	Get(key string) ([]byte, error)

	// Flush applies rows and the changelog offset in one atomic batch, in order
	// (of two rows with one key the later stands), and keeps none of the slices.
	// A negative offset, or one below the stored one, leaves the offset as it is.
	// Flush does not wait for the disk: what a power cut takes away is a suffix
	// of whole batches, which the changelog gives back.
	Flush(rows []Record, offset int64) error

	// Offset returns the changelog offset of the last flushed record, -1 if there is none.
	Offset() int64

	// Scan calls f for each row whose key starts with prefix and is greater than
	// after (if that is set), in byte order of the keys, as they all were at the
	// call, until f returns false. The value is f's only until it returns. f may
	// read the store and flush it; it must not close it. A scan under way when
	// the store is closed ends with ErrClosed.
	Scan(prefix, after string, f func(key string, value []byte) (more bool)) error

	// Close releases the store, after calls under way have returned. Closing twice is one close.
	Close() error
}

// ErrClosed is returned by a [Store] that has been closed: its partition has moved away, or the worker stops.
var ErrClosed = errors.New("store: store is closed")

// A CorruptError says that a store's files are damaged or incomplete. Nothing is
// lost: the changelog has every row. Remove Dir with [Wipe], open it again, and recover.
type CorruptError struct {
	Dir string
	Err error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("store: the store in %s is damaged (%v): remove the folder, and it is rebuilt from the changelog", e.Dir, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// A gate lets calls in until it is shut, and shuts only when all of them have left.
type gate struct {
	mu     sync.RWMutex // guards shut, and orders inside.Add before inside.Wait
	shut   bool
	inside sync.WaitGroup
}

// enter returns ErrClosed, or nil, after which the caller must call leave.
func (g *gate) enter() error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.shut {
		return ErrClosed
	}
	g.inside.Add(1)
	return nil
}

func (g *gate) leave() { g.inside.Done() }

// closing is for long calls: whether somebody waits for them to leave.
func (g *gate) closing() bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.shut
}

// close reports whether this call is the one that shut the gate.
func (g *gate) close() (first bool) {
	g.mu.Lock()
	first = !g.shut
	g.shut = true
	g.mu.Unlock()
	g.inside.Wait()
	return first
}
