package view

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// A recorder is what an operator reads from. It keeps what was read first of each row and range: an answer is
// as old as the oldest row that it has seen.
type recorder struct {
	plan.Reads
	limits

	mu    sync.Mutex // guards what follows: an operator may use several goroutines
	reads []Read
	known map[[2]string]bool // rows that were read
	rows  int
	bytes int
	over  error // the reads are not complete
}

// limits bound what one answer reads.
type limits struct {
	view              string
	maxRows, maxBytes int
}

func newRecorder(from plan.Reads, seen []plan.SeenRow, l limits) *recorder {
	r := &recorder{Reads: from, limits: l, known: map[[2]string]bool{}}
	for _, row := range seen {
		r.add(row.Table, row.Key, row.Version, row.Value)
	}
	return r
}

// Get implements plan.Reads.
func (r *recorder) Get(table, key string) (value []byte, version int64, err error) {
	value, version, err = r.Reads.Get(table, key)
	if err == nil {
		r.add(table, key, version, value)
	}
	return value, version, err
}

// Scan implements plan.Reads. What was passed before f has ended the scan is the range that was read.
func (r *recorder) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	read := Read{Table: table, Key: prefix, IsRange: true}

	err := r.Reads.Scan(table, prefix, func(key string, value []byte, version int64) bool {
		row, ok := r.take(key, version, value)
		if !ok {
			return false
		}
		read.Rows = append(read.Rows, row)

		if !f(key, value, version) {
			read.Last = key
			return false
		}
		return true
	})

	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads = append(r.reads, read)

	return err
}

// add keeps a row, unless it was read before.
func (r *recorder) add(table, key string, version int64, value []byte) {
	r.mu.Lock()
	before := r.known[[2]string{table, key}]
	r.known[[2]string{table, key}] = true
	r.mu.Unlock()

	if before {
		return
	}

	row, ok := r.take(key, version, value)
	if !ok {
		return
	}

	read := Read{Table: table, Key: key}
	if row.Value != nil {
		read.Rows = []plan.ReadRow{row}
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads = append(r.reads, read)
}

// take counts a row. It reports false if there are too many.
func (r *recorder) take(key string, version int64, value []byte) (row plan.ReadRow, ok bool) {
	row = plan.ReadRow{Key: key, Version: version}
	if value != nil {
		row.Value, _ = json.Marshal(json.RawMessage(value)) // as a row that has it will be written
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	r.rows++
	r.bytes += len(key) + len(row.Value)

	if r.over == nil && (r.rows > r.maxRows || r.bytes > r.maxBytes) {
		r.over = fmt.Errorf("view %s: the answer has read more than %d rows, or %d bytes of them, "+
			"which is more than it may rest on: let the operator read less, or raise MaxRows and MaxBytes",
			r.view, r.maxRows, r.maxBytes)
	}

	return row, r.over == nil
}

// result returns what was read, or why it is not complete.
func (r *recorder) result() ([]Read, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reads, r.over
}

// Records implements plan.Recorder.
func (r *recorder) Records() bool {
	inner, ok := r.Reads.(plan.Recorder)
	return ok && inner.Records()
}

// Note implements plan.Recorder.
func (r *recorder) Note(name, text string, shared bool) {
	if inner, ok := r.Reads.(plan.Recorder); ok {
		inner.Note(name, text, shared)
	}
}
