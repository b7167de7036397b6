package topology

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
)

// Readable is a [Table] of any key and row: what [Policy].Reads names.
type Readable interface {
	readable() TableType
}

// A TableType is a table, its types erased.
type TableType struct {
	Name string
	Row  Type
}

func (t Table[K, V]) readable() TableType { return TableType{string(t), typeOf[K, V]()} }

// A Row is one row that [Scan] passes.
type Row[K ~string, V any] struct {
	Key     K
	Value   V
	Version int64 // changes of the row so far, counted from its last deletion
}

// Get returns the row of a key as the worker's copy of the table has it now: the zero V if it was never written. Two
// calls may see two versions. The row is decoded for the caller alone, who may change it.
//
// The context is that of Decide or Recheck, and the table one of [Policy].Reads; else the error says what to do. What
// Decide has read goes into the provenance of its answer. Any goroutine of a call may read.
func Get[K ~string, V any](ctx context.Context, table Table[K, V], key K) (v V, err error) {
	from, err := readsOf(ctx, string(table))
	if err != nil {
		return v, err
	}
	b, _, err := from.Get(string(table), string(key))
	if err != nil {
		return v, err
	}
	return v, decodeRow(string(table), string(key), b, &v)
}

// Scan passes the rows whose keys begin with prefix, in the order of the keys, each as the worker's copy of the table has
// it then. An error is the last that is passed. What is said of [Get] holds here too; the provenance names the scan with
// the number of rows passed, not each row.
func Scan[K ~string, V any](ctx context.Context, table Table[K, V], prefix K) iter.Seq2[Row[K, V], error] {
	return func(yield func(Row[K, V], error) bool) {
		from, err := readsOf(ctx, string(table))
		if err != nil {
			yield(Row[K, V]{}, err)
			return
		}
		more := true
		err = from.Scan(string(table), string(prefix), func(key string, b []byte, version int64) bool {
			row := Row[K, V]{Key: K(key), Version: version}
			err := ctx.Err()
			if err == nil {
				err = decodeRow(string(table), key, b, &row.Value)
			}
			more = yield(row, err) && err == nil
			return more
		})
		if err != nil && more {
			yield(Row[K, V]{}, err)
		}
	}
}

func decodeRow(table, key string, b []byte, into any) error {
	if b == nil {
		return nil
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("topology: row %s/%s cannot be decoded: %w", table, key, err)
	}
	return nil
}

// Reads are the tables that a call may look into, their types erased. Engines implement it.
type Reads interface {
	// Get returns a row as JSON, with its version; nil if it was never written.
	Get(table, key string) (value []byte, version int64, err error)
	// Scan calls f for each row whose key begins with prefix, in the order of the keys, until f returns false.
	Scan(table, prefix string, f func(key string, value []byte, version int64) bool) error
}

type readsKey struct{}

// WithReads is the context in which Get and Scan read from r. Engines make it; for a test of an operator alone there is
// topologytest.WithRows.
func WithReads(ctx context.Context, r Reads) context.Context {
	return context.WithValue(ctx, readsKey{}, r)
}

func readsOf(ctx context.Context, table string) (Reads, error) {
	r, ok := ctx.Value(readsKey{}).(Reads)
	if !ok {
		return nil, fmt.Errorf("topology: table %s cannot be read here: this context is not the one that an operator's Decide or Recheck was given", table)
	}
	return r, nil
}
