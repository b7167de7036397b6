package plan

import (
	"context"
	"fmt"
)

// Reads are the tables that a call of an operator may look into, their types erased. Engines implement it;
// its methods are called by any goroutine of the call.
type Reads interface {
	// Get returns a row as JSON, with its version; nil if it was never written.
	Get(table, key string) (value []byte, version int64, err error)
	// Scan calls f for each row whose key begins with prefix, in the order of the keys, until f returns
	// false.
	Scan(table, prefix string, f func(key string, value []byte, version int64) bool) error
}

// A Recorder is Reads that also take notes for the record of the answer.
type Recorder interface {
	Reads
	// Records reports whether the answer goes on record.
	Records() bool
	// Note takes a text. A shared one is kept once for all records that have it, by its hash.
	Note(name, text string, shared bool)
}

// A Witness is Reads that also know the rows from which the case was made.
type Witness interface {
	Reads
	// Seen returns what joins and lookups above the operator have read, in their order.
	Seen() []SeenRow
}

// A SeenRow is a row that a join or lookup has read.
type SeenRow struct {
	Table string
	ReadRow
}

type readsKey struct{}

// WithReads returns the context in which an operator reads from r.
func WithReads(ctx context.Context, r Reads) context.Context {
	return context.WithValue(ctx, readsKey{}, r)
}

// ReadsOf returns what an operator called with ctx reads from. The table is named in the error.
func ReadsOf(ctx context.Context, table string) (Reads, error) {
	r, ok := ctx.Value(readsKey{}).(Reads)
	if !ok {
		return nil, fmt.Errorf("topology: table %s cannot be read here: "+
			"this context is not the one that an operator's Decide or Check was given", table)
	}
	return r, nil
}

// SeenOf returns the rows from which the case of the call made with ctx was made.
func SeenOf(ctx context.Context) []SeenRow {
	if r, ok := ctx.Value(readsKey{}).(Witness); ok {
		return r.Seen()
	}
	return nil
}

// RecorderOf returns the recorder of the call made with ctx; nil if its answer does not go on record.
func RecorderOf(ctx context.Context) Recorder {
	if r, ok := ctx.Value(readsKey{}).(Recorder); ok && r.Records() {
		return r
	}
	return nil
}
