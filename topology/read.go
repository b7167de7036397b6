package topology

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// Readable is a [Table] of any key and row. [Policy].Reads lists them.
type Readable interface {
	readable() plan.Table
}

func (t Table[K, V]) readable() plan.Table {
	return plan.Table{Name: string(t), Row: plan.TypeOf[K, V]()}
}

// A Row is one row that [Scan] yields.
type Row[K ~string, V any] struct {
	Key     K
	Value   V
	Version int64 // changes of the row so far, counted from its last deletion
}

// Get returns the row of a key as the worker's copy of the table has it now: the zero V if it was never
// written. Two calls may see two versions. The row is decoded for the caller alone, who may change it.
//
// ctx must be that of Operator.Decide or Check, and the table one of [Policy].Reads; otherwise the error
// tells what to do. What Decide has read goes into the provenance of its answer. Any goroutine of a call may
// read.
func Get[K ~string, V any](ctx context.Context, table Table[K, V], key K) (v V, err error) {
	from, err := plan.ReadsOf(ctx, string(table))
	if err != nil {
		return v, err
	}

	b, _, err := from.Get(string(table), string(key))
	if err != nil {
		return v, err
	}

	return v, decodeRow(string(table), string(key), b, &v)
}

// Scan yields the rows whose keys begin with prefix, in the order of the keys, each as the worker's copy of
// the table has it at that moment. An error is the last that it yields. The contract of [Get] holds here too,
// except that the provenance names the scan with the number of rows, and not each row.
func Scan[K ~string, V any](ctx context.Context, table Table[K, V], prefix K) iter.Seq2[Row[K, V], error] {
	return func(yield func(Row[K, V], error) bool) {
		from, err := plan.ReadsOf(ctx, string(table))
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
