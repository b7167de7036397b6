package replay

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/journal"
)

// recorded is what an operator read when it was first asked, and takes the notes that it adds now.
type recorded struct {
	entry journal.Entry

	mu    sync.Mutex
	notes []journal.Note // guarded by mu
}

var _ plan.Recorder = (*recorded)(nil)

// Get implements plan.Reads.
func (r *recorded) Get(table, key string) ([]byte, int64, error) {
	var refs []journal.Ref
	for _, read := range r.entry.Reads {
		if read.Scan == "" {
			refs = append(refs, read.Ref)
		} else if passed, err := r.entry.Passed(read); err == nil {
			refs = append(refs, passed...)
		}
	}

	return bytesOf(r.entry, append(refs, r.entry.Rows...), table, key)
}

// Scan implements plan.Reads, from a recorded scan that went at least as far.
func (r *recorded) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	for _, read := range r.entry.Reads {
		scanned, from, ok := strings.Cut(read.Scan, "/")
		if ok && scanned == table && strings.HasPrefix(prefix, from) {
			return r.pass(read, prefix, f)
		}
	}
	return fmt.Errorf("%w: %s/%s*, which was not scanned then", journal.ErrMissing, table, prefix)
}

func (r *recorded) pass(scan journal.Read, prefix string, f func(string, []byte, int64) bool) error {
	refs, err := r.entry.Passed(scan)
	for _, ref := range refs {
		if !strings.HasPrefix(ref.Key(), prefix) {
			continue
		}

		b, err := r.entry.Row(ref)
		if err != nil || !f(ref.Key(), b, ref.Version()) {
			return err
		}
	}

	return err
}

// Records implements plan.Recorder.
func (r *recorded) Records() bool { return true }

// Note implements plan.Recorder.
func (r *recorded) Note(name, text string, _ bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	if n := (journal.Note{Name: name, Text: text}); !slices.Contains(r.notes, n) {
		r.notes = append(r.notes, n)
	}
}

func (r *recorded) newNotes() []journal.Note {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.notes)
}
