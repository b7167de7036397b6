package state

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
)

// Streams follows topics, for [Handler]. It yields committed events only. Its methods may be called by any
// goroutine.
type Streams interface {
	// Start returns where topic begins or, if now is true, where it ends at this moment: an offset for each
	// partition.
	Start(ctx context.Context, topic string, now bool) (Position, error)

	// Follow yields the events of topic from a position on, in order within each partition, and waits for
	// more until ctx ends. An error is the last it yields.
	Follow(ctx context.Context, topic string, from Position) iter.Seq2[Event, error]
}

// A Position is a place in a topic: for each partition the offset of the next event.
type Position map[int32]int64

// String is the form of a server-sent event's id: "0:17,1:4", partition and next offset, by partition.
func (p Position) String() string {
	var b strings.Builder
	for _, partition := range slices.Sorted(maps.Keys(p)) {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%d:%d", partition, p[partition])
	}
	return b.String()
}

// ParsePosition reads what String wrote.
func ParsePosition(s string) (Position, error) {
	p := Position{}
	for part := range strings.SplitSeq(s, ",") {
		partition, offset, _ := strings.Cut(part, ":")

		n, err1 := strconv.ParseInt(partition, 10, 32)
		o, err2 := strconv.ParseInt(offset, 10, 64)
		if cmp.Or(err1, err2) != nil || n < 0 || o < 0 {
			return nil, fmt.Errorf("state: position %q: %q is not partition:offset", s, part)
		}
		p[int32(n)] = o
	}

	return p, nil
}

// An Event is a committed record of a topic.
type Event struct {
	Topic     string
	Partition int32
	Offset    int64
	Time      time.Time
	Key       string
	Value     []byte // nil: a tombstone
	Headers   map[string]string
}

// A Gap is an event of a stream over HTTP whose client asked for an offset that its topic does not have: what
// was there has been deleted since, or the topic was made anew.
type Gap struct {
	Partition int32 `json:"partition"`
	Asked     int64 `json:"asked"`  // the offset that the client asked for
	Begins    int64 `json:"begins"` // the first that the topic has
	Ends      int64 `json:"ends"`   // one beyond the last
	From      int64 `json:"from"`   // where the stream goes on: the nearest to Asked
}

// MarshalJSON shows a value that is JSON as it is. Any other, as dead letters may have, is shown in base64
// under the name "bytes". Keys and headers that are not UTF-8, and times of any year, are shown as [Handler]
// says.
func (e Event) MarshalJSON() ([]byte, error) {
	shown := struct {
		Topic     string          `json:"topic"`
		Partition int32           `json:"partition"`
		Offset    int64           `json:"offset"`
		Time      exact.Time      `json:"time"`
		Key       exact.Text      `json:"key"`
		Headers   exact.Texts     `json:"headers,omitempty"`
		Value     json.RawMessage `json:"value"`
		Bytes     []byte          `json:"bytes,omitempty"`
	}{e.Topic, e.Partition, e.Offset, exact.Time{Time: e.Time}, exact.Text(e.Key), e.Headers, e.Value, nil}
	if !json.Valid(e.Value) {
		shown.Value, shown.Bytes = nil, e.Value
	}

	return json.Marshal(shown)
}
