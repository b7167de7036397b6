package processors

import (
	"context"
	"fmt"
	"iter"

	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/state"
)

// Keys implements state.Source. It yields the keys that start with prefix and are greater than after, of the
// partitions that this worker owns at the call, in order. It reads ahead by a few dozen keys in each
// partition, so a caller that stops early does not pay for the whole table. A partition that moves away
// meanwhile ends it with state.ErrMoved.
func (w *Worker) Keys(ctx context.Context, table, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		stores, err := w.owned(ctx, table)
		if err != nil {
			yield("", err)
			return
		}

		for key, err := range merged(stores, prefix, after) {
			if err != nil {
				err = fmt.Errorf("processors: table %s: %w", table, moved(err))
			}

			if !yield(key, err) {
				return
			}
		}
	}
}

// owned returns the stores of a table's partitions that this worker owns and has recovered. It is an error if
// there are none.
func (w *Worker) owned(ctx context.Context, table string) (stores []store.Store, err error) {
	in, err := w.owner(table)
	if err != nil {
		return nil, err
	}

	for part := range in.s.partitions {
		if st := in.owned(part); st != nil {
			stores = append(stores, st)
		}
	}

	if len(stores) == 0 {
		return nil, &state.NotHereError{Table: table} // a listing has no owner
	}

	return stores, in.proven(ctx, "")
}

// merged yields the keys of several stores in order. No two of them have a key in common.
func merged(stores []store.Store, prefix, after string) iter.Seq2[string, error] {
	return mergedOf(rowSpace, stores, prefix, after)
}

// mergedOf is merged for the keys of a space.
func mergedOf(space string, stores []store.Store, prefix, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		readers := make([]*reader, len(stores))
		for i, st := range stores {
			readers[i] = &reader{store: st, space: space, prefix: prefix, after: after}
		}

		for {
			r, err := least(readers)
			if err != nil {
				yield("", err)
				return
			}

			if r == nil || !yield(r.take(), nil) {
				return
			}
		}
	}
}

// least returns the reader with the least key, or nil if all have ended. There are dozens of them at most.
func least(readers []*reader) (first *reader, err error) {
	for _, r := range readers {
		if err := r.fill(); err != nil {
			return nil, err
		}

		if len(r.keys) > 0 && (first == nil || r.keys[0] < first.keys[0]) {
			first = r
		}
	}

	return first, nil
}

// stretch is how many keys are read from a store at a time.
const stretch = 64

// A reader goes over the keys of one store. Between two stretches it holds nothing of the store, so the store
// can be closed however long the caller takes.
type reader struct {
	store         store.Store
	space         string
	prefix, after string   // after: the last key read
	keys          []string // read, and not taken yet; at most a stretch
	ended         bool     // the store has no more keys
}

func (r *reader) take() (key string) {
	key, r.keys = r.keys[0], r.keys[1:]
	return key
}

// fill reads the next stretch when the last one is used up.
func (r *reader) fill() error {
	if len(r.keys) > 0 || r.ended {
		return nil
	}

	r.ended = true // unless the scan stops at a full stretch

	after := ""
	if r.after != "" {
		after = r.space + r.after
	}

	return r.store.Scan(r.space+r.prefix, after, func(key string, _ []byte) bool {
		r.after = key[len(r.space):]
		r.keys = append(r.keys, r.after)
		r.ended = len(r.keys) < stretch
		return r.ended
	})
}
