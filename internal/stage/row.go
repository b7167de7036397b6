package stage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
)

// A Row is what a key owns: its value, and the queues of its events that wait for operators. Rows are
// replaced, never modified, except for the decoded value that they keep. Version counts from the last
// deletion.
type Row struct {
	Bytes   []byte // the value as in the changelog; nil: no row
	Version int64  // changes so far; 0: never written
	Schema  int    // version of the table's type with which it was written: see plan.Upgrade
	Time    time.Time
	Queues  []Queue // none is empty

	value any // decoded Bytes; nil until they are needed
}

// A Queue is the events of one key that wait for one operator. It knows them by their numbers only: they are
// kept apart, however many there are.
type Queue struct {
	Op          string
	First, Next int64  // of those that wait: [First, Next)
	Asked       int    // attempts of the first, also those that a crash cut off
	Reasks      int    // those because its case had changed
	Cause       string // why the last answer was refused
	Marked      bool   // the attempts are in a record of their own: see package processors
	Early       bool   // the last attempt is counted and yet to be made: see Machine.CountEarly; not kept

	call *callUnderWay // about the first, if a newer event may end it; not kept
}

// Queue returns the queue of an operator; an empty one if nothing waits for it.
func (r *Row) Queue(op string) Queue {
	for _, q := range r.Queues {
		if q.Op == op {
			return q
		}
	}
	return Queue{Op: op}
}

// IsEmpty reports whether nothing waits.
func (q Queue) IsEmpty() bool { return q.First == q.Next }

// With returns the row's queues, of which one is replaced. An empty one is left out.
func (r *Row) With(q Queue) []Queue {
	out := slices.DeleteFunc(slices.Clone(r.Queues), func(have Queue) bool { return have.Op == q.Op })
	if q.IsEmpty() {
		return out
	}
	return append(out, q)
}

// Names of the headers that a changelog record carries beside the plain value.
const (
	headerVersion = "slipstream-version"
	headerSchema  = "slipstream-schema"   // missing: 0
	headerPending = "slipstream-pending-" // + its place in the queue: where events waited in former versions
	headerMoved   = headerPending + "cells"
)

// MarkerKey is the key of a record that a partition of a changelog has once an event has waited. It is no
// row: the rows of a table have keys. It says that such events have a topic of their own. A worker of a
// version before that reads it fails, where it would forget them.
const MarkerKey = ""

// Marker is value and headers of the record of MarkerKey.
func Marker() (value []byte, headers []Header) {
	const why = "events wait in a topic of their own: use a newer version"
	return []byte("null"), []Header{{headerMoved, []byte(why)}}
}

// Headers are those of the row's changelog record.
func (r *Row) Headers() []Header {
	hs := []Header{{headerVersion, strconv.AppendInt(nil, r.Version, 10)}}
	if r.Schema > 0 {
		hs = append(hs, Header{headerSchema, strconv.AppendInt(nil, int64(r.Schema), 10)})
	}
	return hs
}

// FromChangelog returns the row of a changelog record that is no tombstone, and the events that wait in its
// headers, as they did in former versions.
func FromChangelog(value []byte, at time.Time, headers map[string][]byte) (r *Row, kept []Kept, err error) {
	r = &Row{Bytes: value, Time: at}
	if string(value) == "null" {
		r.Bytes = nil
	}

	var places []int
	for name, h := range headers {
		switch name {
		case headerVersion:
			r.Version, _ = strconv.ParseInt(string(h), 10, 64)
		case headerSchema:
			r.Schema, _ = strconv.Atoi(string(h))
		}

		if place, ok := strings.CutPrefix(name, headerPending); ok && name != headerMoved {
			i, err := strconv.Atoi(place)
			if err != nil {
				return nil, nil, fmt.Errorf("header %s: %w", name, err)
			}

			places = append(places, i)
		}
	}

	sort.Ints(places)

	for _, i := range places {
		k, err := DecodeKept(headers[headerPending+strconv.Itoa(i)])
		if err != nil {
			return nil, nil, err
		}

		kept = append(kept, k)
	}

	return r, kept, nil
}

// Pack returns the row's value as a store keeps it, or nil if the row has no value.
func (r *Row) Pack() []byte {
	if r.Bytes == nil {
		return nil
	}

	b := make([]byte, 0, 16+len(r.Bytes))
	b = binary.AppendUvarint(b, uint64(r.Version))
	b = binary.AppendVarint(b, r.Time.UnixMilli())
	b = binary.AppendUvarint(b, uint64(r.Schema))

	return append(b, r.Bytes...)
}

// Unpack returns the row of what Pack returned, without queues. It keeps b.
func Unpack(b []byte) (*Row, error) {
	r := &Row{}
	if b == nil {
		return r, nil
	}

	c := cursor{b: b}
	r.Version = int64(c.uvarint())
	r.Time = time.UnixMilli(c.varint()).UTC()
	r.Schema = int(c.uvarint())
	r.Bytes = c.b

	return r, c.err
}

// Upgrade makes a row of a table what this version of the plan has. It returns a [*RowError] if it can't.
func (r *Row) Upgrade(p *plan.Plan, table, key string) (err error) {
	u := p.Upgrades[table]
	if r.Bytes == nil || r.Schema == u.Version {
		return nil
	}

	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("panic: %v", what)
		}

		if err != nil {
			err = &RowError{table, key, fmt.Sprint("version ", u.Version, " of the table"), err}
		}
	}()
	if r.Schema > u.Version {
		return fmt.Errorf("it was written by version %d", r.Schema)
	}

	b, err := u.Row(r.Schema, r.Bytes)
	if err == nil {
		r.Bytes, r.Schema = b, u.Version
	}

	return err
}

// PackQueues returns the queues of a key as a store keeps them; nil if there are none.
func PackQueues(queues []Queue) (b []byte) {
	for _, q := range queues {
		b = binary.AppendUvarint(b, uint64(len(q.Op)))
		b = append(b, q.Op...)
		b = binary.AppendVarint(b, q.First)
		b = binary.AppendVarint(b, q.Next)
		b = binary.AppendUvarint(b, uint64(q.Asked))
		b = binary.AppendUvarint(b, uint64(q.Reasks))
		b = append(binary.AppendUvarint(b, uint64(len(q.Cause))), q.Cause...)
		b = append(b, 0)
		if q.Marked {
			b[len(b)-1] = 1
		}
	}

	return b
}

// UnpackQueues returns what PackQueues has packed.
func UnpackQueues(b []byte) (queues []Queue, err error) {
	c := cursor{b: b}
	for len(c.b) > 0 {
		q := Queue{Op: string(c.take(c.uvarint()))}
		q.First, q.Next = c.varint(), c.varint()
		q.Asked, q.Reasks = int(c.uvarint()), int(c.uvarint())
		q.Cause = string(c.take(c.uvarint()))
		q.Marked = string(c.take(1)) == "\x01"
		queues = append(queues, q)
	}

	return queues, c.err
}

// A cursor reads what was packed; after the first error it reads zeros.
type cursor struct {
	b   []byte
	err error
}

var errShort = errors.New("stored row: cut short")

func (c *cursor) uvarint() uint64 {
	x, n := binary.Uvarint(c.b)
	return x & c.skip(n)
}

func (c *cursor) varint() int64 {
	x, n := binary.Varint(c.b)
	return x & int64(c.skip(n))
}

// skip passes n bytes; it returns all ones, or zero when there were none.
func (c *cursor) skip(n int) uint64 {
	if n <= 0 || n > len(c.b) {
		c.err, c.b = errShort, nil
		return 0
	}
	c.b = c.b[n:]
	return ^uint64(0)
}

func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.err, c.b = errShort, nil
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}
