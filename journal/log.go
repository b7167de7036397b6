package journal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
)

// A Log holds in memory what was read from the two topics. Its zero value is empty. It is for one goroutine.
type Log struct {
	records map[string]Record // by the key of their record
	parts   map[string][]byte
}

// Add adds a record of "<topology>.journal". A nil value is a tombstone.
func (l *Log) Add(key string, value []byte) error {
	if l.records == nil {
		l.records = map[string]Record{}
	}

	if value == nil {
		delete(l.records, key)
		return nil
	}

	var r Record
	if err := json.Unmarshal(value, &r); err != nil {
		return fmt.Errorf("journal: record %s: %w", key, err)
	}
	l.records[key] = r

	return nil
}

// AddPart adds a record of "<topology>.journal-parts". A nil value is a tombstone.
func (l *Log) AddPart(key string, value []byte) {
	if l.parts == nil {
		l.parts = map[string][]byte{}
	}

	if value == nil {
		delete(l.parts, key)
		return
	}
	l.parts[key] = value
}

// Shadows returns the records of answers beside, which have no effect, in the order of Records.
func (l *Log) Shadows() []Record {
	return l.ordered(func(r Record) bool { return r.Outcome == Shadow })
}

// Records returns all records except for Shadows, decision by decision: decisions in the order in which they
// were first asked, and the attempts of each in theirs.
func (l *Log) Records() []Record {
	return l.ordered(func(r Record) bool { return r.Outcome != Shadow })
}

func (l *Log) ordered(wanted func(Record) bool) []Record {
	all := make([]Record, 0, len(l.records))
	// Decisions are ordered by their first attempt: the clocks of several workers may disagree on later ones.
	began := map[string]time.Time{}
	for _, r := range l.records {
		if wanted(r) {
			all = append(all, r)
		}
		if first, ok := began[r.ID]; !ok || r.Began.Before(first) {
			began[r.ID] = r.Began
		}
	}

	slices.SortFunc(all, func(a, b Record) int {
		return cmp.Or(began[a.ID].Compare(began[b.ID]), strings.Compare(a.ID, b.ID), a.Attempt-b.Attempt,
			strings.Compare(a.By, b.By))
	})

	return all
}

// Entry returns a record with the bytes of what it refers to, as far as the log has them.
func (l *Log) Entry(r Record) Entry { return Entry{r, l.parts} }

// RecordKey returns the key of a record in "<topology>.journal". That of a Shadow has another "#", and
// Record.By, behind it.
func RecordKey(id string, attempt int) string { return id + "#" + strconv.Itoa(attempt) }

// OwnKey returns the key of the record in "<topology>.journal".
func (r Record) OwnKey() string {
	key := RecordKey(r.ID, r.Attempt)
	if r.Outcome == Shadow {
		key += "#" + r.By
	}
	return key
}

// Forget lists what must be deleted to forget a key: the records of its decisions, and the versions of its
// own row in the table that any decision has seen. Texts and rows of other keys stay: keep what may have to
// be forgotten out of them, or let them expire.
func (l *Log) Forget(table, key string) (records, parts []string) {
	for name, r := range l.records {
		if r.Key == key {
			records = append(records, name)
		}
	}

	for name := range l.parts {
		if r := Ref(name); r.Table() == table && r.Key() == key {
			parts = append(parts, name)
		}
	}

	slices.Sort(records)
	slices.Sort(parts)

	return records, parts
}

// An Entry is a record with the rows and texts that it refers to.
type Entry struct {
	Record
	parts map[string][]byte
}

// ErrMissing is the error for what a record refers to and the log has not: it has expired, was erased, or was
// never kept.
var ErrMissing = errors.New("journal: not on record")

// Row returns the bytes of a row as it was seen; nil if there was none.
func (e Entry) Row(r Ref) ([]byte, error) {
	if !r.Written() {
		return nil, nil
	}
	return e.part(string(r))
}

// Text returns the text of a note, whether it is in the record or among the parts.
func (e Entry) Text(n Note) (string, error) {
	if n.Kept == "" {
		return n.Text, nil
	}
	b, err := e.part(TextKey(n.Kept))
	return string(b), err
}

// Passed lists the rows that a scan passed, in order.
func (e Entry) Passed(scan Read) (refs []Ref, err error) {
	if scan.List == "" {
		return nil, fmt.Errorf("%w: the %d rows of scan %s* were too many to keep",
			ErrMissing, scan.Rows, scan.Scan)
	}

	b, err := e.part(TextKey(scan.List))
	for line := range strings.Lines(string(b)) {
		ref, odd := exact.FromLine(strings.TrimSuffix(line, "\n"))
		if odd != nil {
			return refs, fmt.Errorf("journal: the list of scan %s*: %w", scan.Scan, odd)
		}
		refs = append(refs, Ref(ref))
	}

	return refs, err
}

func (e Entry) part(key string) ([]byte, error) {
	if b, ok := e.parts[key]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrMissing, key)
}
