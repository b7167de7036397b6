package stage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// # Rows that are woken
//
// A row may wait for changes of rows that it has read, and for a time: see plan.Wake. Wakes knows which
// row waits for what, and names the rows that are to be looked at. Machine.Wake looks at one: it compares
// what the row says that it has read with the copies, and runs the step if there is a difference. So an
// index that is late, or names a row for nothing, does no harm.

// HasWake reports whether rows of the stage are woken.
func (m *Machine) HasWake() bool { return m.wake != nil }

// Wake looks at a row. Without a difference, and before its time, it is left as it is. Unless sure, a copy
// that seems to be older than what was read counts as late, and not as another row.
func (m *Machine) Wake(key string, row *Row, copies Copies, sure bool) (Effects, error) {
	r := m.start(key, row, copies)

	woken := false
	err := r.guard(func() (err error) {
		if woken, err = r.wake(sure); err != nil {
			return err
		}
		return r.finish()
	})

	switch {
	case err != nil:
		return m.reject(m.wakeMessage(key, row), nil, row, r.where(err))
	case !woken:
		return Effects{Key: key, Row: row, Ignored: true}, nil
	}
	return r.effects(), nil
}

// RefuseWake is what it comes to that a row was woken if the broker has refused the effects: a dead letter,
// and nothing else. short is for one that was refused as a dead letter, too.
func (m *Machine) RefuseWake(key string, row *Row, cause error, short bool) (Effects, error) {
	return m.Refuse(m.wakeMessage(key, row), row, cause, short)
}

// wakeMessage stands for the record that there is not: the row itself.
func (m *Machine) wakeMessage(key string, row *Row) Message {
	return Message{
		Topic:     m.plan.Changelog(m.stage),
		Partition: m.partition(key),
		Offset:    -1,
		Key:       key,
		Value:     row.Bytes,
		Time:      time.Now(),
	}
}

func (m *Machine) partition(key string) int32 {
	if m.o.Partitions == 0 {
		return 0
	}
	return murmur2.Partition(key, m.o.Partitions)
}

// wake runs the step if there is a reason.
func (r *run) wake(sure bool) (woken bool, err error) {
	n := r.m.wake
	r.at = stepName(n)

	waits, err := r.waits()
	if err != nil {
		return false, err
	}

	w := plan.Woken{Now: time.Now().UTC().Round(0)}
	w.Due = !waits.At.IsZero() && !waits.At.After(w.Now)

	var late bool
	if w.Changed, late, err = changes(waits.Reads, r.copies); err != nil {
		return false, err
	}

	if late && !sure && !testhook.IsOff(testhook.LateCopies) {
		w.Changed = nil
	}

	for i := range w.Changed {
		w.Changed[i].Fed = n.Wake.Fed[w.Changed[i].Table]
	}

	if !w.Due && len(w.Changed) == 0 {
		return false, nil
	}

	return true, r.woken(n, w)
}

// woken runs the step, and what is below it, as for an event without a record. Its id is made of the row and
// the time, since no two wakes of a row have both.
func (r *run) woken(n *plan.Node, w plan.Woken) error {
	old, err := r.value()
	if err != nil {
		return err
	}

	from := r.m.wakeMessage(r.key, r.before)
	r.origin = fmt.Sprintf("%s/%s@%d+%d", r.m.o.TopicID(from.Topic), strings.ToValidUTF8(r.key, "\uFFFD"),
		r.before.Version, w.Now.UnixNano())

	row, outs := n.Wake.Step(old, w)
	r.row.value, r.unencoded = row, true
	r.row.Time = w.Now

	item := plan.Item{
		Key:       r.key,
		ID:        r.origin,
		Topic:     from.Topic,
		Partition: from.Partition,
		Offset:    from.Offset,
		Time:      w.Now,
	}
	for _, v := range outs {
		item.Value = v
		if err := r.down(n.ID, flow{rec: item, anchor: item}); err != nil {
			return err
		}
	}

	return nil
}

// waits returns what the row waits for.
func (r *run) waits() (plan.Waits, error) {
	if r.row.Bytes == nil && !r.unencoded {
		return plan.Waits{}, nil
	}

	row, err := r.value()
	if err != nil {
		return plan.Waits{}, err
	}
	return r.m.wake.Wake.Waits(row), nil
}

// changes compares what was read with the copies. late tells that a copy has nothing but older rows than were
// read, or none where there was one: it may be behind that of the worker that read.
func changes(reads []plan.Read, copies Copies) (changed []plan.ChangedRow, late bool, err error) {
	late = true
	for i := range reads {
		read := &reads[i]

		now, err := rowsOf(read, copies)
		if err != nil {
			return nil, false, &engineError{fmt.Errorf("copy of table %s: %w", read.Table, err)}
		}

		for _, row := range now {
			was := read.Row(row.Key)
			if sameJSON(was.Value, row.Value) {
				continue
			}
			late = late && row.Version < was.Version
			changed = append(changed, plan.ChangedRow{
				Table:   read.Table,
				Key:     row.Key,
				Old:     was.Value,
				New:     row.Value,
				Version: row.Version,
			})
		}
	}

	return changed, late && len(changed) > 0, nil
}

// rowsOf returns the rows that a read would find now, and those that it found and that are gone, which
// have no value.
func rowsOf(read *plan.Read, copies Copies) (now []plan.ReadRow, err error) {
	if !read.IsRange {
		b, version, err := copies.Lookup(read.Table, read.Key)
		return []plan.ReadRow{{Key: read.Key, Version: version, Value: b}}, err
	}

	there := map[string]bool{}
	err = copies.Scan(read.Table, read.Key, func(key string, b []byte, version int64) bool {
		if !read.Covers(key) {
			return false // beyond the last
		}
		there[key] = true
		now = append(now, plan.ReadRow{Key: key, Version: version, Value: b})
		return true
	})

	for _, row := range read.Rows {
		if !there[row.Key] {
			now = append(now, plan.ReadRow{Key: row.Key})
		}
	}

	return now, err
}

// sameJSON reports whether two rows are the same. encoding/json writes a json.RawMessage without its spaces.
func sameJSON(was, is []byte) bool {
	if bytes.Equal(was, is) {
		return true
	}

	if was == nil || is == nil {
		return false
	}
	compact, err := json.Marshal(json.RawMessage(is))
	return err == nil && bytes.Equal(was, compact)
}

// waitsOf is waits for an index: of a row that is not being changed.
func (m *Machine) waitsOf(key string, row *Row) (waits plan.Waits, err error) {
	r := m.start(key, row, nil)
	err = r.guard(func() (err error) {
		waits, err = r.waits()
		return err
	})
	if cannot := new(engineError); errors.As(err, &cannot) {
		return waits, cannot.error
	}
	return waits, nil // a panic of the function is found, and told, when the row is woken
}
