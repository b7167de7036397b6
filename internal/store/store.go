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

// A Store keeps the committed rows of one partition of one table, with the changelog offset up to which they
// are complete.
//
// It has one writer at a time: first recovery, through [Goka], then the committer, through Flush, once for
// each committed transaction. Any number of goroutines may read beside the writer. After Close every method
// that returns an error returns [ErrClosed].
type Store interface {
	// Get returns the row of key in a slice that the caller owns. It returns nil if there is none.
	Get(key string) ([]byte, error)

	// Flush applies rows and the changelog offset in one atomic batch, in order: of two rows with one key,
	// the later stands. It keeps none of the slices. A negative offset, or one below the stored one, leaves
	// the offset as it is.
	//
	// Flush does not wait for the disk. What a power cut takes away is a suffix of whole batches, and the
	// changelog gives them back.
	Flush(rows []Record, offset int64) error

	// Offset returns the changelog offset of the last flushed record, or -1 if there is none.
	Offset() int64

	// Scan calls f for each row whose key starts with prefix and is greater than after (if that is set), in
	// byte order of the keys, until f returns false. It sees all rows as they were at the call. The value is
	// f's only until f returns.
	//
	// f may read the store and flush it, but must not close it. A scan that is under way when the store is
	// closed ends with ErrClosed.
	Scan(prefix, after string, f func(key string, value []byte) (more bool)) error

	// Close waits for calls under way to return, and releases the store. Closing twice is the same as closing
	// once.
	Close() error
}

// ErrClosed is returned by a [Store] that has been closed: its partition has moved away, or the worker stops.
var ErrClosed = errors.New("store is closed")

// A CorruptError reports that a store's files are damaged or incomplete. Nothing is lost, since the changelog
// has every row: remove Dir with [Wipe], open it again, and recover.
type CorruptError struct {
	Dir string
	Err error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("the store in %s is damaged, and is rebuilt from the changelog: %v", e.Dir, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// Damaged marks a store as damaged, if it is one in a folder: what was found in it can't be. It returns a
// [*CorruptError]. The folder is removed when the store is closed.
func Damaged(s Store, why error) error {
	if d, ok := s.(*disk); ok {
		d.damage.CompareAndSwap(nil, &CorruptError{d.dir, why})
		return d.damage.Load()
	}
	return &CorruptError{"memory", why}
}

// A gate admits calls until it is shut, and shutting it waits until all of them have left. So Close never
// pulls the files away from under a reader.
type gate struct {
	mu     sync.RWMutex // guards shut; also orders inside.Add before inside.Wait
	shut   bool
	inside sync.WaitGroup // the calls under way
}

// enter admits a call, which must then call leave, or returns ErrClosed.
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

// closing reports whether the gate is being shut. Long calls ask, so that they do not hold up a worker's
// stop.
func (g *gate) closing() bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.shut
}

// close shuts the gate and waits for the calls inside. It reports whether this call was the first to shut it.
func (g *gate) close() (first bool) {
	g.mu.Lock()
	first = !g.shut
	g.shut = true
	g.mu.Unlock()

	g.inside.Wait()
	return first
}
