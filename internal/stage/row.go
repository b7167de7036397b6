package stage

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// A Row is what a key owns: its value, and the engine's own cells, which are the events that wait for an
// answer. Rows are replaced, never modified, except for the decoded value that they keep. Version counts from
// the last deletion.
type Row struct {
	Bytes   []byte // the value as in the changelog; nil: no row
	Version int64  // changes so far; 0: never written
	Time    time.Time
	Pending []Request // in order

	value any // decoded Bytes; nil until they are needed
}

// IsGone reports whether the key owns nothing at all, so that its changelog record is a tombstone.
func (r *Row) IsGone() bool { return r.Bytes == nil && len(r.Pending) == 0 }

// A Request is an event that waits for its operator's answer.
type Request struct {
	ID        string            `json:"id"`     // topology, operator, topic, partition, offset (and ordinal)
	Op        string            `json:"op"`     // the operator
	Origin    string            `json:"origin"` // like ID, of the record that caused it
	Topic     string            `json:"topic"`
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	EventID   string            `json:"event_id"`
	Time      time.Time         `json:"time"`
	Headers   map[string]string `json:"headers,omitempty"`
	Asked     int               `json:"asked"`            // attempts so far, also those that a crash cut off
	Reasks    int               `json:"reasks,omitempty"` // those because the case had changed
	Event     []byte            `json:"-"`                // the event as it left the anchor, encoded
}

// Names of the headers that a changelog record carries beside the plain value. goka keeps headers in a map,
// so each waiting event has a header of its own.
const (
	headerVersion = "slipstream-version"
	headerPending = "slipstream-pending-" // + its place in the queue
)

// Value is the value of the row's changelog record; nil is a tombstone. Cells never ride on a tombstone,
// since compaction would drop them: a key without a row that has some is JSON's null.
func (r *Row) Value() []byte {
	if r.Bytes == nil && len(r.Pending) > 0 {
		return []byte("null")
	}
	return r.Bytes
}

// Headers are those of the row's changelog record.
func (r *Row) Headers() []Header {
	hs := make([]Header, 0, 1+len(r.Pending))
	hs = append(hs, Header{headerVersion, strconv.AppendInt(nil, r.Version, 10)})
	for i := range r.Pending {
		hs = append(hs, Header{headerPending + strconv.Itoa(i), r.Pending[i].encode()})
	}
	return hs
}

// FromChangelog returns the row of a changelog record that is no tombstone.
func FromChangelog(value []byte, at time.Time, headers map[string][]byte) (*Row, error) {
	r := &Row{Bytes: value, Time: at}
	if string(value) == "null" {
		r.Bytes = nil
	}

	var places []int
	for name, h := range headers {
		if name == headerVersion {
			r.Version, _ = strconv.ParseInt(string(h), 10, 64)
		}

		if place, ok := strings.CutPrefix(name, headerPending); ok {
			i, err := strconv.Atoi(place)
			if err != nil {
				return nil, fmt.Errorf("header %s: %w", name, err)
			}

			places = append(places, i)
		}
	}

	sort.Ints(places)

	for _, i := range places {
		q, err := decodeRequest(headers[headerPending+strconv.Itoa(i)])
		if err != nil {
			return nil, err
		}

		r.Pending = append(r.Pending, q)
	}

	return r, nil
}

// A stored is a Request as JSON. Headers are bytes, which JSON's strings would change if they are not UTF-8.
type stored struct {
	*Request
	Headers map[string][]byte `json:"headers,omitempty"`
}

// encode is one line of JSON, and below it the event.
func (q *Request) encode() []byte {
	s := stored{Request: q}
	for name, v := range q.Headers {
		if s.Headers == nil {
			s.Headers = make(map[string][]byte, len(q.Headers))
		}
		s.Headers[name] = []byte(v)
	}

	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings, numbers and a time
	}

	return append(append(b, '\n'), q.Event...)
}

// size is at least the size of what encode returns: there, bytes of headers are base64, and texts are
// escaped.
func (q *Request) size() int {
	n := len(q.Event) + 6*len(q.EventID) + 512 // the rest is names and numbers
	for name, v := range q.Headers {
		n += 6*len(name) + base64.StdEncoding.EncodedLen(len(v)) + 6
	}
	return n
}

func decodeRequest(b []byte) (q Request, err error) {
	head, event, ok := bytes.Cut(b, []byte("\n"))
	if !ok {
		return q, errors.New("a waiting event is cut short")
	}

	s := stored{Request: &q}
	err = json.Unmarshal(head, &s)
	for name, v := range s.Headers {
		if q.Headers == nil {
			q.Headers = make(map[string]string, len(s.Headers))
		}
		q.Headers[name] = string(v)
	}
	q.Event = event

	return q, err
}

// Pack returns the row as a store keeps it; nil if there is nothing to keep.
func (r *Row) Pack() []byte {
	if r.IsGone() {
		return nil
	}

	b := make([]byte, 0, 16+len(r.Bytes))
	b = binary.AppendUvarint(b, uint64(r.Version))
	b = binary.AppendVarint(b, r.Time.UnixMilli())
	b = binary.AppendUvarint(b, uint64(len(r.Pending)))
	for i := range r.Pending {
		q := r.Pending[i].encode()
		b = binary.AppendUvarint(b, uint64(len(q)))
		b = append(b, q...)
	}

	return append(b, r.Bytes...)
}

// Unpack returns the row of what Pack returned. It keeps b.
func Unpack(b []byte) (*Row, error) {
	r := &Row{}
	if b == nil {
		return r, nil
	}

	c := cursor{b: b}
	r.Version = int64(c.uvarint())
	r.Time = time.UnixMilli(c.varint()).UTC()
	for n := c.uvarint(); n > 0 && c.err == nil; n-- {
		q, err := decodeRequest(c.take(c.uvarint()))
		if err != nil {
			return nil, fmt.Errorf("stored row: %w", err)
		}

		r.Pending = append(r.Pending, q)
	}

	if len(c.b) > 0 {
		r.Bytes = c.b
	}

	return r, c.err
}

// WaitingBytes is about how many bytes of the row are events that wait.
func (r *Row) WaitingBytes() (n int) {
	for i := range r.Pending {
		n += r.Pending[i].size()
	}
	return n
}

// HasWaiting reports whether events wait in a packed row.
func HasWaiting(b []byte) bool {
	c := cursor{b: b}
	c.uvarint()
	c.varint()
	return c.uvarint() > 0
}

// HasValue reports whether a packed row has a value, beside events that wait.
func HasValue(b []byte) bool {
	c := cursor{b: b}
	c.uvarint()
	c.varint()

	for n := c.uvarint(); n > 0 && c.err == nil; n-- {
		c.take(c.uvarint())
	}
	return len(c.b) > 0
}

// A cursor reads a packed row; after the first error it reads zeros.
type cursor struct {
	b   []byte
	err error
}

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
		c.err, c.b = errors.New("stored row: cut short"), nil
		return 0
	}
	c.b = c.b[n:]
	return ^uint64(0)
}

func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.err, c.b = errors.New("stored row: cut short"), nil
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}
