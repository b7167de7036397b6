package replay

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/journal"
)

// memory is what an operator read when it was asked first, and the notes that it takes now.
type memory struct {
	e journal.Entry

	mu    sync.Mutex
	notes []journal.Note
}

var _ plan.Recorder = (*memory)(nil)

// Get implements plan.Reads.
func (m *memory) Get(table, key string) ([]byte, int64, error) {
	var refs []journal.Ref
	for _, read := range m.e.Reads {
		if read.Scan == "" {
			refs = append(refs, read.Ref)
		} else if passed, err := m.e.Passed(read); err == nil {
			refs = append(refs, passed...)
		}
	}
	return bytesOf(m.e, append(refs, m.e.Rows...), table, key)
}

// Scan implements plan.Reads: by a scan of then that went as far.
func (m *memory) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	for _, read := range m.e.Reads {
		if t, p, _ := strings.Cut(read.Scan, "/"); read.Scan != "" && t == table && strings.HasPrefix(prefix, p) {
			return m.pass(read, prefix, f)
		}
	}
	return fmt.Errorf("%w: %s/%s*, which was not scanned then", journal.ErrMissing, table, prefix)
}

func (m *memory) pass(scan journal.Read, prefix string, f func(string, []byte, int64) bool) error {
	refs, err := m.e.Passed(scan)
	for _, ref := range refs {
		if !strings.HasPrefix(ref.Key(), prefix) {
			continue
		}
		b, err := m.e.Row(ref)
		if err != nil || !f(ref.Key(), b, ref.Version()) {
			return err
		}
	}
	return err
}

// Records implements plan.Recorder.
func (m *memory) Records() bool { return true }

// Note implements plan.Recorder.
func (m *memory) Note(name, text string, _ bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := (journal.Note{Name: name, Text: text}); !slices.Contains(m.notes, n) {
		m.notes = append(m.notes, n)
	}
}

func (m *memory) taken() []journal.Note {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notes)
}
