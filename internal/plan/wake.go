package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// A Wake has rows of a table looked at again: when a row that they have read is not any more what it was, and
// when their time has come. What a row waits for derives from the row. So there is nothing to set, to cancel
// or to lose: an engine may keep an index of it, which it makes anew from the rows.
type Wake struct {
	// Waits returns what a row waits for. It is pure.
	Waits func(row any) Waits
	// Step changes a row that is woken, and returns what follows. It is pure.
	Step func(row any, w Woken) (after any, outs []any)
	// Ends says that Step ends what would go on for ever because of Fed.
	Ends bool
	// Fed are the tables that may change because of Step. New fills it in.
	Fed map[string]bool
}

// Waits is what a row waits for.
type Waits struct {
	At    time.Time // zero: for no time
	Reads []Read    // for a change of these
}

// A Read is what was read of a table: a row, or a range of rows.
type Read struct {
	Table   string    `json:"table"`
	Key     string    `json:"key"` // of the row; for a range, what its keys begin with
	IsRange bool      `json:"range,omitempty"`
	Last    string    `json:"last,omitempty"` // the last key of the range; "": it has no end
	Rows    []ReadRow `json:"rows,omitempty"` // those that were there: none for a row never written
}

// A ReadRow is a row as it was read.
type ReadRow struct {
	Key     string          `json:"key"`
	Version int64           `json:"version"`
	Value   json.RawMessage `json:"value"`
}

// Covers reports whether a row of the table was read, or would have been if it had been there.
func (r *Read) Covers(key string) bool {
	if !r.IsRange {
		return key == r.Key
	}
	return len(key) >= len(r.Key) && key[:len(r.Key)] == r.Key && (r.Last == "" || key <= r.Last)
}

// Row returns a row as it was read; the zero ReadRow if it was not there.
func (r *Read) Row(key string) ReadRow {
	for _, row := range r.Rows {
		if row.Key == key {
			return row
		}
	}
	return ReadRow{Key: key}
}

// Woken is why a row is woken.
type Woken struct {
	Now     time.Time // by the clock of the worker
	Due     bool      // Waits.At has come
	Changed []ChangedRow
}

// A ChangedRow is a row that is not any more what it was when it was read.
type ChangedRow struct {
	Table, Key string
	Old, New   []byte // as JSON; nil: it was not, or is not, there
	Version    int64  // of New
	Fed        bool   // see Wake.Fed
}

// wakes finds what each wake may change that wakes it, and refuses those that may go on for ever.
func (p *Plan) wakes() (errs []error) {
	has := map[string]bool{}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Kind != KindWake {
			continue
		}

		if has[n.Name] {
			errs = append(errs, fmt.Errorf("table %q has two views: give each a table of its own", n.Name))
			continue
		}
		has[n.Name] = true

		w := *n.Wake // several plans of one topology share the declared one
		n.Wake = &w
		s := p.Stage(n.Name)
		if s == nil {
			continue // the cut has told why
		}
		w.Fed = p.fed(s)

		for _, table := range s.Lookups {
			if w.Fed[table] && !w.Ends {
				errs = append(errs, fmt.Errorf("view %q may feed itself: it reads table %q, "+
					"which may change because of its answers. State both Every, its least interval, "+
					"and Hops", n.Name, table))
			}
		}
	}

	return errs
}

// fed returns the tables that may change because of what a stage sends, its own among them.
func (p *Plan) fed(s *Stage) map[string]bool {
	tables := map[string]bool{}
	seen := map[string]bool{}
	for next := []*Stage{s}; len(next) > 0; next = next[1:] {
		at := next[0]
		if seen[at.Name] {
			continue
		}
		seen[at.Name] = true
		tables[at.Table] = true

		for i := range p.Stages {
			isSent := func(topic string) bool { return p.sends(at, topic) }
			if slices.ContainsFunc(p.Stages[i].Inputs, isSent) {
				next = append(next, &p.Stages[i])
			}
		}
	}

	return tables
}

// sends reports whether a stage writes a topic.
func (p *Plan) sends(s *Stage, topic string) bool {
	return slices.ContainsFunc(s.Nodes, func(id int) bool {
		return p.Nodes[id].Kind == KindTo && p.Nodes[id].Name == topic
	})
}
