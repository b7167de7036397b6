package verb

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slipstream-go/slipstream/internal/exact"
	"github.com/slipstream-go/slipstream/topology"
)

// A line is a record as tail prints it and send reads it.
type line struct {
	Topic     string          `json:"topic,omitempty"`
	Partition int32           `json:"partition"`
	Offset    int64           `json:"offset"`
	Time      exact.Time      `json:"time,omitzero"`
	Key       exact.Text      `json:"key"`
	Headers   exact.Texts     `json:"headers,omitempty"`
	Value     json.RawMessage `json:"value"`              // of records that are JSON; null of others
	Bytes     *[]byte         `json:"bytes,omitempty"`    // of those that are not, in base64
	Tombstone bool            `json:"tombstone,omitzero"` // of those that have no value
	Size      int64           `json:"size,omitzero"`      // of a dead letter whose value was cut
}

func fromLine(b []byte) (topology.Record, error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return topology.Record{}, err
	}

	if l.Size > 0 {
		return topology.Record{}, fmt.Errorf("the value of %s/%d/%d was cut: its %d bytes are not here",
			l.Topic, l.Partition, l.Offset, l.Size)
	}

	r := topology.Record{Key: string(l.Key), Time: l.Time.Time, Headers: l.Headers}
	switch {
	case l.Tombstone:
		r.Tombstone = true
	case l.Bytes != nil:
		r.Value = *l.Bytes
	case l.Value == nil:
		return r, errors.New(`it has no "value"`)
	default:
		r.Value = []byte(l.Value)
	}

	return r, nil
}

func toLine(r topology.Record) line {
	l := line{
		Topic:     r.Topic,
		Partition: r.Partition,
		Offset:    r.Offset,
		Time:      exact.Time{Time: r.Time},
		Key:       exact.Text(r.Key),
		Headers:   r.Headers,
		Value:     json.RawMessage("null"),
	}
	switch {
	case r.Value == nil:
		l.Tombstone = true
	case json.Valid(r.Value):
		l.Value = r.Value
	default:
		l.Bytes = &r.Value
	}

	return l
}
