package stage

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// A Request is an event that waits for its operator's answer. It never changes: how often it was asked is
// known to its Queue.
type Request struct {
	ID        string            `json:"id"`     // see ids.go
	Op        string            `json:"op"`     // the operator
	Origin    string            `json:"origin"` // the end of ID: where the event was that caused it
	Topic     string            `json:"topic"`
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	EventID   string            `json:"event_id"`
	Time      time.Time         `json:"time"`
	Headers   map[string]string `json:"headers,omitempty"`
	Since     time.Time         `json:"since,omitzero"`    // when it began to wait
	Deadline  time.Time         `json:"deadline,omitzero"` // when it is given up; zero: never
	Tenant    string            `json:"tenant,omitempty"`  // whose it is: see order
	Priority  int64             `json:"priority,omitzero"` // higher ones are asked about first
	Anchor    string            `json:"anchor,omitempty"`  // what Event is: see plan.Plan.Anchor; "": unknown
	Separate  separation        `json:"separate,omitempty"`
	Event     []byte            `json:"-"` // the event as it left the anchor, encoded
}

// A Kept is a request as it is kept: with its attempts until then.
type Kept struct {
	*Request
	Asked, Reasks int
	Cause         string // why the last answer was refused
}

// Head is the event as the first of its queue, standing in line.
func (q *Request) Head(key, op string) Head {
	return Head{Key: key, Op: op, Deadline: q.Deadline, Tenant: q.Tenant, Priority: q.Priority}
}

// maxCause bounds the Cause of a queue, in bytes.
const maxCause = 200

// A Change is an event that begins to wait, or ends.
type Change struct {
	Op      string
	Seq     int64 // its number in the queue
	Request *Request
	Gone    bool
}

// encode is the request without its event and the event's headers, which a dead letter has itself.
func (q *Request) encode() []byte {
	bare := *q
	bare.Headers = nil
	b, err := json.Marshal(bare)
	if err != nil {
		panic(err) // strings, numbers and times
	}
	return b
}

// A stored is a Kept as JSON. Headers are bytes, which JSON's strings would change if they are not UTF-8.
type stored struct {
	*Request
	Headers map[string][]byte `json:"headers,omitempty"`
	Asked   int               `json:"asked,omitempty"`
	Reasks  int               `json:"reasks,omitempty"`
	Cause   string            `json:"cause,omitempty"`
}

// Encode is one line of JSON, and below it the event.
func (k Kept) Encode() []byte {
	s := stored{Request: k.Request, Asked: k.Asked, Reasks: k.Reasks, Cause: k.Cause}
	for name, v := range k.Headers {
		if s.Headers == nil {
			s.Headers = make(map[string][]byte, len(k.Headers))
		}
		s.Headers[name] = []byte(v)
	}

	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings, numbers and times
	}

	return append(append(b, '\n'), k.Event...)
}

// DecodeKept returns what Encode has encoded. It keeps b.
func DecodeKept(b []byte) (k Kept, err error) {
	head, event, ok := bytes.Cut(b, []byte("\n"))
	if !ok {
		return k, errors.New("a waiting event is cut short")
	}

	s := stored{Request: &Request{}}
	err = json.Unmarshal(head, &s)
	for name, v := range s.Headers {
		if s.Request.Headers == nil {
			s.Request.Headers = make(map[string]string, len(s.Headers))
		}
		s.Request.Headers[name] = string(v)
	}
	s.Event = event

	return Kept{s.Request, s.Asked, s.Reasks, s.Cause}, err
}

// Size is at least the size of what Encode returns: there, bytes of headers are base64, and texts are
// escaped.
func (q *Request) Size() int {
	texts := len(q.EventID) + len(q.ID) + len(q.Origin) + len(q.Anchor) + len(q.Tenant) + maxCause
	n := len(q.Event) + 6*texts + 512 // the rest is names and numbers
	for name, v := range q.Headers {
		n += 6*len(name) + base64.StdEncoding.EncodedLen(len(v)) + 6
	}
	return n
}
