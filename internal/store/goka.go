package store

import (
	"errors"
	"fmt"
	"sync"

	"github.com/lovoo/goka/storage"
)

// recoveryBatch is how many rows recovery collects before it flushes them.
const recoveryBatch = 1000

// Goka lends a store to goka for recovery.
//
// Rows are collected and flushed a thousand at a time, and once more when recovery is done, always with the
// offset that they belong to. So a recovery that was cut short goes on where its last batch ended, and a row
// that changes often in the changelog is written once a batch.
//
// After MarkRecovered every SetOffset flushes at once: a copy of a table goes on following its changelog, and
// is read as of the last record.
//
// Closing the storage closes the store. It has no iterators: goka needs none here, and [Store.Scan] is
// better.
func Goka(s Store) storage.Storage {
	return &recovery{store: s, unflushed: map[string][]byte{}, offset: -1}
}

type recovery struct {
	store Store

	mu        sync.Mutex        // goka marks as recovered, and closes, in goroutines of their own
	unflushed map[string][]byte // at most recoveryBatch rows, except while one offset brings more; nil: deleted
	offset    int64             // up to which unflushed is complete; -1: none
	recovered bool
}

func (r *recovery) Open() error { return nil }

func (r *recovery) Get(key string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if v, ok := r.unflushed[key]; ok {
		return v, nil
	}
	return r.store.Get(key)
}

func (r *recovery) Has(key string) (bool, error) {
	v, err := r.Get(key)
	return v != nil, err
}

func (r *recovery) Set(key string, value []byte) error {
	if value == nil {
		return fmt.Errorf("store: set %q to nil: use Delete", key)
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	r.unflushed[key] = value
	return nil
}

func (r *recovery) Delete(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unflushed[key] = nil
	return nil
}

// SetOffset ends a record. Only here, and never in Set, are rows and offset known to belong together.
func (r *recovery) SetOffset(offset int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.offset = max(r.offset, offset)
	if len(r.unflushed) < recoveryBatch && !r.recovered {
		return nil
	}
	return r.flush()
}

// GetOffset returns def if no record has ever been stored.
func (r *recovery) GetOffset(def int64) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if o := max(r.offset, r.store.Offset()); o >= 0 {
		return o, nil
	}
	return def, nil
}

func (r *recovery) MarkRecovered() error {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.recovered = true
	return r.flush()
}

// flush is called with mu held. A row whose offset has not been set yet may go along: its record will be read
// again.
func (r *recovery) flush() error {
	rows := make([]Record, 0, len(r.unflushed))
	for k, v := range r.unflushed {
		rows = append(rows, Record{k, v})
	}

	if err := r.store.Flush(rows, r.offset); err != nil {
		return err
	}
	clear(r.unflushed)

	return nil
}

func (r *recovery) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()

	err := r.flush()
	if errors.Is(err, ErrClosed) { // by the committer, or by an earlier Close
		err = nil
	}
	return errors.Join(err, r.store.Close())
}

func (r *recovery) Iterator() (storage.Iterator, error) { return r.IteratorWithRange(nil, nil) }

func (r *recovery) IteratorWithRange(_, _ []byte) (storage.Iterator, error) {
	return nil, fmt.Errorf("store: iterators through goka are %w: use Store.Scan", errors.ErrUnsupported)
}
