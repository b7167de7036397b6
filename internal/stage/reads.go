package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/slipstream-go/slipstream/topology"
)

// mostReads bounds the reads of one call that its answer names; of the others it says how many there were.
const mostReads = 64

// reads is what one call, or one recheck, looks into tables with. It implements topology.Reads.
type reads struct {
	op     string
	tables []topology.TableType
	copies Copies

	mu     sync.Mutex
	seen   []string        // what was read, in order, with versions; at most mostReads
	known  map[string]bool // by table/key, or table/prefix*
	failed error           // of a copy: the engine's fault, not the operator's
}

func newReads(n *topology.Node, copies Copies) *reads {
	return &reads{op: n.Name, tables: n.Async.Reads, copies: copies, known: map[string]bool{}}
}

// Get implements topology.Reads.
func (r *reads) Get(table, key string) ([]byte, int64, error) {
	if err := r.allowed(table); err != nil {
		return nil, 0, err
	}
	b, version, err := r.copies.Lookup(table, key)
	if err != nil {
		return nil, 0, r.fail(table, err)
	}
	r.note(table+"/"+key, seen(table, key, version))
	return b, version, nil
}

// Scan implements topology.Reads.
func (r *reads) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	if err := r.allowed(table); err != nil {
		return err
	}
	n := 0
	err := r.copies.Scan(table, prefix, func(key string, b []byte, version int64) bool {
		n++
		return f(key, b, version)
	})
	if err != nil {
		return r.fail(table, err)
	}
	r.note(table+"/"+prefix+"*", fmt.Sprintf("%s/%s*#%d", table, prefix, n))
	return nil
}

func (r *reads) allowed(table string) error {
	if slices.ContainsFunc(r.tables, func(t topology.TableType) bool { return t.Name == table }) {
		return nil
	}
	return fmt.Errorf("operator %s: table %s cannot be read: name it in Policy.Reads", r.op, table)
}

func (r *reads) fail(table string, err error) error {
	err = fmt.Errorf("copy of table %s: %w", table, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = errors.Join(r.failed, err)
	return err
}

// note keeps what was read first of a row: an answer is as old as the oldest row that it has seen.
func (r *reads) note(what, version string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[what] {
		return
	}
	r.known[what] = true
	if len(r.seen) < mostReads {
		r.seen = append(r.seen, version)
	}
}

// String is what was read so far, as in the provenance.
func (r *reads) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.seen
	if more := len(r.known) - len(r.seen); more > 0 {
		all = append(slices.Clip(all), fmt.Sprintf("+%d", more))
	}
	return strings.Join(all, ",")
}

// broken is an error of a copy, or nil.
func (r *reads) broken() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// recheck has the operator look again whether an answer holds. An error of a copy is the engine's.
func (r *run) recheck(n *topology.Node, now, w any) error {
	if n.Async.Recheck == nil {
		return nil
	}
	from := newReads(n, r.copies)
	err := n.Async.Recheck(topology.WithReads(context.Background(), from), now, w)
	if broken := from.broken(); broken != nil {
		return &engineError{broken}
	}
	return err
}
