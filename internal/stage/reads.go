package stage

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/text"
)

// Bounds of what is known of one call afterwards.
const (
	maxReads     = 64       // reads that are named; of the others it is known how many there were
	maxScanned   = 500      // rows of a scan that goes on record
	maxNotes     = 256      // notes
	maxNoteBytes = 64 << 10 // of all notes together, without those that are shared; of each that is
)

// A seenRow is a row that a case or a call has seen.
type seenRow struct {
	table, key string
	version    int64
	bytes      []byte // nil: never written
}

func (s seenRow) String() string {
	return s.table + "/" + s.key + "@" + strconv.FormatInt(s.version, 10)
}

// A look is one row that a call has got, or one scan.
type look struct {
	row    seenRow
	scan   string // table/prefix; "": it is a row
	n      int    // rows that the scan passed
	passed []seenRow
}

func (l *look) String() string {
	if l.scan == "" {
		return l.row.String()
	}
	return fmt.Sprintf("%s*#%d", l.scan, l.n)
}

// reads is what one call of an operator, or one check of its answer, looks into tables with. It remembers
// what was read. It implements plan.Recorder and plan.Witness.
type reads struct {
	op     *plan.Node
	copies Copies
	seen   []seenRow // by joins and lookups above the operator

	mu    sync.Mutex      // guards what follows: an operator may use several goroutines
	looks []look          // in order; at most maxReads
	known map[string]bool // by table/key, or table/prefix*
	notes []note          // at most maxNotes
	noted int             // bytes of the notes that are not shared
	fault error           // of a copy: the engine's, not the operator's
}

type note struct {
	name, text  string
	shared, cut bool
}

func newReads(op *plan.Node, copies Copies) *reads {
	return &reads{op: op, copies: copies}
}

// Get implements plan.Reads.
func (r *reads) Get(table, key string) ([]byte, int64, error) {
	if err := r.permit(table); err != nil {
		return nil, 0, err
	}

	b, version, err := r.copies.Lookup(table, key)
	if err != nil {
		return nil, 0, r.fail(table, err)
	}
	r.remember(table+"/"+key, look{row: seenRow{table, key, version, b}})

	return b, version, nil
}

// Scan implements plan.Reads.
func (r *reads) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	if err := r.permit(table); err != nil {
		return err
	}

	l := look{scan: table + "/" + prefix}

	err := r.copies.Scan(table, prefix, func(key string, b []byte, version int64) bool {
		if l.n++; r.op.Async.Record && l.n <= maxScanned {
			l.passed = append(l.passed, seenRow{table, key, version, b})
		}
		return f(key, b, version)
	})
	if err != nil {
		return r.fail(table, err)
	}
	r.remember(l.scan+"*", l)

	return nil
}

// permit returns why the operator may not read the table.
func (r *reads) permit(table string) error {
	if slices.ContainsFunc(r.op.Async.Reads, func(t plan.Table) bool { return t.Name == table }) {
		return nil
	}
	return fmt.Errorf("operator %s: table %s cannot be read: name it in Policy.Reads", r.op.Name, table)
}

func (r *reads) fail(table string, err error) error {
	err = fmt.Errorf("copy of table %s: %w", table, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = errors.Join(r.fault, err)
	return err
}

// remember keeps what was read first of a row: an answer is as old as the oldest row that it has seen.
func (r *reads) remember(name string, l look) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if r.known[name] {
		return
	}

	if r.known == nil {
		r.known = map[string]bool{}
	}

	r.known[name] = true
	if len(r.looks) < maxReads {
		r.looks = append(r.looks, l)
	}
}

// unnamed counts the reads beyond maxReads. The lock is held.
func (r *reads) unnamed() int { return len(r.known) - len(r.looks) }

// String lists what was read so far, as the provenance has it.
func (r *reads) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()

	var all []string
	for i := range r.looks {
		all = append(all, r.looks[i].String())
	}

	if n := r.unnamed(); n > 0 {
		all = append(all, fmt.Sprintf("+%d", n))
	}

	return strings.Join(all, ",")
}

// engineFault returns the error of a copy, or nil.
func (r *reads) engineFault() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

// Seen implements plan.Witness.
func (r *reads) Seen() (all []plan.SeenRow) {
	for _, s := range r.seen {
		all = append(all, plan.SeenRow{
			Table:   s.table,
			ReadRow: plan.ReadRow{Key: s.key, Version: s.version, Value: s.bytes},
		})
	}
	return all
}

// Records implements plan.Recorder.
func (r *reads) Records() bool { return r.op.Async.Record }

// Note implements plan.Recorder.
func (r *reads) Note(name, s string, shared bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	room := maxNoteBytes
	if !shared {
		room -= r.noted
	}
	kept := text.TruncateBytes(s, room)

	n := note{name: name, text: kept, shared: shared, cut: kept != s}
	if len(r.notes) == maxNotes || slices.Contains(r.notes, n) {
		return
	}

	if !shared {
		r.noted += len(kept)
	}

	r.notes = append(r.notes, n)
}
