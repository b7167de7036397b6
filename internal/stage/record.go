package stage

import (
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/journal"
)

// A draft is what goes on record of an answer, as far as it is known when the operator has returned. It is
// made in the call's goroutine: its hashes take time that the partition's goroutine doesn't have.
type draft struct {
	record journal.Record
	parts  []part
}

// A part is a row, or a text that many records share.
type part struct {
	key   string
	value []byte
}

// draft writes down what a call has seen and answered. It returns nil if the answer does not go on record.
func (r *reads) draft(a *Answer, began time.Time) *draft {
	if !r.Records() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()

	d := &draft{record: journal.Record{
		ID:       a.Call.ID,
		Attempt:  a.Call.Attempt,
		Operator: r.op.Name,
		By:       a.Call.By,
		Key:      a.Call.Key,
		More:     r.unnamed(),
		Headers:  a.Headers,
		Began:    began.UTC(),
		Took:     time.Since(began).Milliseconds(),
	}}
	for _, row := range a.Call.seen {
		d.record.Rows = append(d.record.Rows, d.addRow(row))
	}

	for i := range r.looks {
		d.record.Reads = append(d.record.Reads, d.addLook(&r.looks[i]))
	}

	for _, n := range r.notes {
		d.addNote(n)
	}
	d.addAnswer(a)

	return d
}

func (d *draft) addAnswer(a *Answer) {
	err := a.Err
	if err == nil {
		d.record.Answer, err = encode(a.Value)
	}

	if err != nil {
		d.record.Error = readable(err).Error()
	}
}

func (d *draft) addRow(s seenRow) journal.Ref {
	ref := journal.NewRef(s.table, s.key, s.version, s.bytes)
	if s.bytes != nil {
		d.parts = append(d.parts, part{string(ref), s.bytes})
	}
	return ref
}

// addLook lists the rows of a scan in a text of its own: while nothing changes, it is the same text each
// time.
func (d *draft) addLook(l *look) journal.Read {
	if l.scan == "" {
		return journal.Read{Ref: d.addRow(l.row)}
	}

	read := journal.Read{Scan: l.scan, Rows: l.n}
	if l.n > maxScanned {
		return read
	}

	var list strings.Builder
	for _, row := range l.passed {
		list.WriteString(exact.Text(d.addRow(row)).Line() + "\n")
	}
	read.List = d.addText(list.String())

	return read
}

func (d *draft) addText(s string) (hash string) {
	hash = journal.Hash([]byte(s))
	d.parts = append(d.parts, part{journal.TextKey(hash), []byte(s)})
	return hash
}

func (d *draft) addNote(n note) {
	kept := journal.Note{Name: n.name, Cut: n.cut}
	if n.shared {
		kept.Kept = d.addText(n.text)
	} else {
		kept.Text = n.text
	}

	d.record.Notes = append(d.record.Notes, kept)
}

// encode is JSON of an answer. The answer's type is the operator's own, so it may panic.
func encode(v any) (b []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return plan.JSON{}.Marshal(v)
}

// putOnRecord adds the outputs that put an answer on record, with what became of it. why is the reason if it
// was not taken as it is, and instead the answer that was taken. It never fails: a record that is too large
// is made smaller.
func (r *run) putOnRecord(a *Answer, outcome journal.Outcome, why error, instead any) {
	op, q := r.op, r.head
	if !op.Async.Record {
		return
	}

	d := a.draft
	if d == nil { // an answer that no call has made
		d = newReads(op, nil).draft(a, q.Time)
	}
	record := d.record
	record.Outcome = outcome
	record.Event = journal.Event{
		Topic:     q.Topic,
		Partition: q.Partition,
		Offset:    q.Offset,
		ID:        q.EventID,
		Time:      q.Time,
		Headers:   q.Headers,
		Value:     q.Event,
	}

	if why != nil {
		record.Why = text.TruncateBytes(why.Error(), 1000)
	}

	if instead != nil {
		record.Instead, _ = encode(instead)
	}

	o := r.m.journalOutput(record)
	if r.m.check(&o) != nil {
		return // the names of its rows alone are too long
	}
	r.outputs = append(r.outputs, o)

	for _, p := range d.parts {
		o := Output{
			Topic: r.m.plan.JournalParts(),
			Key:   p.key,
			Value: p.value,
			Time:  record.Began,
			Once:  true,
		}
		if r.m.check(&o) == nil {
			r.outputs = append(r.outputs, o)
		}
	}
}

// journalOutput encodes a record. It drops what can be missed most easily until the record is small enough.
func (m *Machine) journalOutput(record journal.Record) Output {
	o := Output{
		Topic: m.plan.Journal(),
		Key:   record.OwnKey(),
		Time:  record.Began,
	}

	for _, makeSmaller := range []func(){
		func() {},
		func() { record.Notes = nil },
		func() { record.Event.Value, record.Answer, record.Instead = nil, nil, nil },
		func() { record.Event.Headers, record.Headers = nil, nil },
		func() { record.Rows, record.Reads = nil, nil },
	} {
		makeSmaller()

		if o.Value, _ = encode(record); o.Value != nil && o.Size() <= m.maxRecord(o.Topic) {
			break
		}
	}

	return o
}
