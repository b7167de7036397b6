package state

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

// A Source answers by table and key. *processors.Worker is one; so are the engines of topologytest. Its
// methods may be called by any goroutine.
type Source interface {
	// Row decodes a committed row into the pointer. A row that was never written, or was deleted, leaves the
	// pointer's value alone. A *json.RawMessage gets the row as JSON, whatever its codec. Where another
	// worker owns the row, the error is a *NotHereError; of a table that does not exist, it is ErrNoTable.
	Row(ctx context.Context, table, key string, into any) (Freshness, error)

	// Keys yields the keys of this worker's rows that start with prefix and are greater than after (if that
	// is set), in byte order. It reads about as far as it is asked to go on, not the whole table. An error is
	// the last it yields.
	Keys(ctx context.Context, table, prefix, after string) iter.Seq2[string, error]
}

// Freshness tells how old an answer may be.
type Freshness struct {
	Version int64     // the number of changes of this row so far; 0: never written
	AsOf    time.Time // every change that was committed before it is in the answer; zero: not known
}

// A Row is an answer.
type Row[K ~string, V any] struct {
	Key   K
	Value V
	Freshness
}

// A View is a table that can be read. It never writes: only events do. It is a small value: copy it, and
// share it between goroutines.
type View[K ~string, V any] struct {
	src   Source
	table topology.Table[K, V]
}

// Of returns the view of a table of a source.
func Of[K ~string, V any](src Source, table topology.Table[K, V]) View[K, V] {
	return View[K, V]{src, table}
}

// Get returns the row of key: the zero V if it was never written, or was deleted. Errors are those of the
// source, a [*NotHereError] among them, or of the codec.
func (v View[K, V]) Get(ctx context.Context, key K) (V, error) {
	r, err := v.Row(ctx, key)
	return r.Value, err
}

// Row is Get with version and freshness.
func (v View[K, V]) Row(ctx context.Context, key K) (Row[K, V], error) {
	r := Row[K, V]{Key: key}
	f, err := v.src.Row(ctx, string(v.table), string(key), &r.Value)
	r.Freshness = f
	return r, err
}

// All yields every row that this worker owns, by key.
func (v View[K, V]) All(ctx context.Context) iter.Seq2[Row[K, V], error] { return v.Prefix(ctx, "") }

// Prefix yields the rows whose key starts with prefix, by key. Each is as it is when its turn comes; a row
// that was deleted meanwhile is the zero V. An error comes with the key that it concerns, and is followed by
// the rest if the caller goes on.
func (v View[K, V]) Prefix(ctx context.Context, prefix string) iter.Seq2[Row[K, V], error] {
	return v.after(ctx, prefix, "")
}

// Page returns the first rows, at most limit, whose key starts with prefix and is greater than after (if that
// is set). The limit is at least 1. The next page begins after the last row's key; a page with fewer rows
// than the limit is the last. A page costs as much as its rows, however large the table is.
func (v View[K, V]) Page(ctx context.Context, prefix string, after K, limit int) ([]Row[K, V], error) {
	var page []Row[K, V]
	for r, err := range v.after(ctx, prefix, after) {
		if err != nil {
			return nil, err
		}

		page = append(page, r)
		if len(page) >= limit {
			break
		}
	}

	return page, nil
}

func (v View[K, V]) after(ctx context.Context, prefix string, after K) iter.Seq2[Row[K, V], error] {
	return func(yield func(Row[K, V], error) bool) {
		for k, err := range v.src.Keys(ctx, string(v.table), prefix, string(after)) {
			r := Row[K, V]{Key: K(k)}
			if err == nil {
				r, err = v.Row(ctx, K(k))
			}

			if !yield(r, err) {
				return
			}
		}
	}
}

// ErrNoTable is returned for a table that a [Source] does not have (HTTP 404).
var ErrNoTable = errors.New("no table")

// ErrMoved is returned while a partition moves to another worker, or the worker that owns it stops. Ask again
// (HTTP 503).
var ErrMoved = errors.New("state: the partition has moved away: ask again")

// A NotHereError reports that another worker owns the row (HTTP 421).
type NotHereError struct {
	Table, Key string
	Owner      string // its address, host:port; empty while no worker owns the row (HTTP 503)
}

func (e *NotHereError) Error() string {
	if e.Owner == "" {
		return fmt.Sprintf("state: no worker owns %s/%s yet: try again", e.Table, e.Key)
	}
	return fmt.Sprintf("state: %s/%s is at %s", e.Table, e.Key, e.Owner)
}
