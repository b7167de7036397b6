package journal

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/internal/exact"
)

// Keys and headers may be any bytes, and records keep them as they are. In JSON, one that is not UTF-8 is an
// object instead of a string: {"base64": "..."}. A time outside of the years 0 to 9999 is a number, the
// milliseconds since 1970.

// MarshalJSON implements json.Marshaler.
func (r Record) MarshalJSON() ([]byte, error) {
	type plain Record
	return json.Marshal(struct { // what stands before the key stays before it
		ID       string     `json:"id"`
		Attempt  int        `json:"attempt"`
		Operator string     `json:"operator"`
		Key      exact.Text `json:"key"`
		plain
	}{r.ID, r.Attempt, r.Operator, exact.Text(r.Key), plain(r)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Record) UnmarshalJSON(b []byte) error {
	type plain Record
	in := struct {
		Key exact.Text `json:"key"`
		*plain
	}{exact.Text(r.Key), (*plain)(r)}

	err := json.Unmarshal(b, &in)
	r.Key = string(in.Key)

	return err
}

// An exactEvent is an Event in JSON.
type exactEvent struct {
	Topic     string      `json:"topic"`
	Partition int32       `json:"partition"`
	Offset    int64       `json:"offset"`
	ID        exact.Text  `json:"id"`
	Time      exact.Time  `json:"time"`
	Headers   exact.Texts `json:"headers,omitempty"`
	Value     Bytes       `json:"value"`
}

// MarshalJSON implements json.Marshaler.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(exactEvent{e.Topic, e.Partition, e.Offset, exact.Text(e.ID), exact.Time{Time: e.Time},
		e.Headers, e.Value})
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Event) UnmarshalJSON(b []byte) error {
	var in exactEvent
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*e = Event{in.Topic, in.Partition, in.Offset, string(in.ID), in.Time.Time, in.Headers, in.Value}

	return nil
}

// An exactRead is a Read in JSON.
type exactRead struct {
	Ref  Ref        `json:"ref,omitempty"`
	Scan exact.Text `json:"scan,omitempty"`
	Rows int        `json:"rows,omitempty"`
	List string     `json:"list,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (r Read) MarshalJSON() ([]byte, error) {
	return json.Marshal(exactRead{r.Ref, exact.Text(r.Scan), r.Rows, r.List})
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Read) UnmarshalJSON(b []byte) error {
	var in exactRead
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*r = Read{in.Ref, string(in.Scan), in.Rows, in.List}

	return nil
}

// MarshalJSON implements json.Marshaler.
func (r Ref) MarshalJSON() ([]byte, error) { return exact.Text(r).MarshalJSON() }

// UnmarshalJSON implements json.Unmarshaler.
func (r *Ref) UnmarshalJSON(b []byte) error { return (*exact.Text)(r).UnmarshalJSON(b) }
