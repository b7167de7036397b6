package stage

import (
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/journal"
)

// An account is what is to be put on record of an answer, as far as it is known when the operator has returned. It is made
// in the call's goroutine: hashes cost time, which the partition's has not.
type account struct {
	record journal.Record
	parts  []part
}

// A part is a row, or a text that many records share.
type part struct {
	key   string
	value []byte
}

// account writes down what a call has seen and said; nil if that is not wanted.
func (r *reads) account(a *Answer, began time.Time) *account {
	if !r.Records() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &account{record: journal.Record{ID: a.Call.ID, Attempt: a.Call.Attempt, Operator: a.Call.Op, Key: a.Call.Key,
		More: r.more(), Headers: a.Headers, Began: began.UTC(), Took: time.Since(began).Milliseconds()}}
	for _, row := range a.Call.seen {
		c.record.Rows = append(c.record.Rows, c.row(row))
	}
	for i := range r.looks {
		c.record.Reads = append(c.record.Reads, c.look(&r.looks[i]))
	}
	for _, n := range r.notes {
		c.note(n)
	}
	if a.Err != nil {
		c.record.Error = a.Err.Error()
		return c
	}
	var err error
	if c.record.Answer, err = encode(a.Value); err != nil {
		c.record.Error = err.Error()
	}
	return c
}

// encode is JSON of an answer. It is an operator's own type, so it may panic.
func encode(v any) (b []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return plan.JSON{}.Marshal(v)
}

func (c *account) row(s seenRow) journal.Ref {
	ref := journal.NewRef(s.table, s.key, s.version, s.bytes)
	if s.bytes != nil {
		c.parts = append(c.parts, part{string(ref), s.bytes})
	}
	return ref
}

// look lists the rows of a scan apart: while nothing changes, it is the same list each time.
func (c *account) look(l *look) journal.Read {
	if l.scan == "" {
		return journal.Read{Ref: c.row(l.row)}
	}
	read := journal.Read{Scan: l.scan, Rows: l.n}
	if l.n > maxScanned {
		return read
	}
	var list strings.Builder
	for _, row := range l.passed {
		list.WriteString(string(c.row(row)) + "\n")
	}
	read.List = c.text(list.String())
	return read
}

func (c *account) text(s string) (hash string) {
	hash = journal.Hash([]byte(s))
	c.parts = append(c.parts, part{journal.TextKey(hash), []byte(s)})
	return hash
}

func (c *account) note(n note) {
	kept := journal.Note{Name: n.name, Cut: n.cut}
	if n.shared {
		kept.Kept = c.text(n.text)
	} else {
		kept.Text = n.text
	}
	c.record.Notes = append(c.record.Notes, kept)
}

// put puts an answer on record, with what became of it. It never fails: a record that is too large is made smaller.
func (r *run) put(q *Request, a *Answer, outcome journal.Outcome, why error, instead any) {
	op := r.m.ops[q.Op]
	if !op.Async.Record {
		return
	}
	c := a.account
	if c == nil { // an answer that no call has made
		c = newReads(op, nil).account(a, q.Time)
	}
	record := c.record
	record.Outcome = outcome
	record.Event = journal.Event{Topic: q.Topic, Partition: q.Partition, Offset: q.Offset, ID: q.EventID, Time: q.Time, Headers: q.Headers, Value: q.Event}
	if why != nil {
		record.Why = text.TruncateBytes(why.Error(), 1000)
	}
	if instead != nil {
		record.Instead, _ = encode(instead)
	}
	r.outputs = append(r.outputs, r.m.onRecord(record))
	for _, p := range c.parts {
		o := Output{Topic: r.m.plan.JournalParts(), Key: p.key, Value: p.value, Time: record.Began, Once: true}
		if o.size() <= r.m.o.MaxRecord {
			r.outputs = append(r.outputs, o)
		}
	}
}

func (m *Machine) onRecord(record journal.Record) Output {
	o := Output{Topic: m.plan.Journal(), Key: journal.RecordKey(record.ID, record.Attempt), Time: record.Began}
	for _, smaller := range []func(){
		func() {},
		func() { record.Notes = nil },
		func() { record.Event.Value, record.Answer, record.Instead = nil, nil, nil },
		func() { record.Event.Headers, record.Headers = nil, nil },
	} {
		smaller()
		if o.Value, _ = encode(record); o.Value != nil && o.size() <= m.o.MaxRecord {
			break
		}
	}
	return o
}
