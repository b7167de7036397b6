package store

import (
	"errors"
	"fmt"
	"sync"

	"github.com/lovoo/goka/storage"
)

// batch bounds what recovery holds back: rows, before they are flushed.
const batch = 1000

// Goka lends s to goka for recovery. Rows are held back and flushed a thousand at
// a time, and when recovery is done, always together with the offset they
// belong to: a recovery cut short goes on where the last batch ended. A row
// that changes often in the changelog is written once a batch.
//
// After MarkRecovered every SetOffset is flushed at once, so that a copy that
// goes on following its changelog can be read as of the last record. Closing
// the storage closes s. There are no iterators: goka needs none, [Store.Scan] is better.
func Goka(s Store) storage.Storage {
	return &recovery{store: s, held: map[string][]byte{}, offset: -1}
}

type recovery struct {
	store Store

	mu        sync.Mutex        // goka marks recovered, and closes, from goroutines of their own
	held      map[string][]byte // not yet flushed, at most batch rows (more only while one offset brings more); nil: deleted
	offset    int64             // up to which held is complete; -1: none
	recovered bool
}

func (r *recovery) Open() error { return nil }

func (r *recovery) Get(key string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.held[key]; ok {
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
	r.held[key] = value
	return nil
}

func (r *recovery) Delete(key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[key] = nil
	return nil
}

// SetOffset ends a record: only here, never in Set, are rows and offset known to fit.
func (r *recovery) SetOffset(offset int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.offset = max(r.offset, offset)
	if len(r.held) < batch && !r.recovered {
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

// flush is called with mu held. A row set without its offset yet may go along: it will be read again.
func (r *recovery) flush() error {
	rows := make([]Record, 0, len(r.held))
	for k, v := range r.held {
		rows = append(rows, Record{k, v})
	}
	if err := r.store.Flush(rows, r.offset); err != nil {
		return err
	}
	clear(r.held)
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
