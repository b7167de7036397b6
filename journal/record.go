package journal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A Record is one answer of an operator to one event.
type Record struct {
	ID       string  `json:"id"`           // of the decision; its output has the same, as ce_id
	Attempt  int     `json:"attempt"`      // from 1; one that a crash cut off leaves no record
	Operator string  `json:"operator"`     // its name in the topology
	Key      string  `json:"key"`          // of the event, and of the row that decided
	By       string  `json:"by,omitempty"` // the candidate that was asked; "": the operator itself
	Outcome  Outcome `json:"outcome"`
	Why      string  `json:"why,omitempty"` // the reason if it was not taken as it is
	Event    Event   `json:"event"`

	Rows  []Ref  `json:"rows,omitempty"`  // joined and looked up for the case, in the order of the steps
	Reads []Read `json:"reads,omitempty"` // by the operator itself, in order, each once
	More  int    `json:"more,omitempty"`  // reads beyond the bound, which are not listed

	Notes   []Note            `json:"notes,omitempty"`   // of the operator: prompt, tools, texts of the model
	Headers map[string]string `json:"headers,omitempty"` // of the operator: model, tokens, latency
	Answer  Bytes             `json:"answer,omitzero"`   // of the operator, as JSON
	Error   string            `json:"error,omitempty"`   // instead of an answer
	Instead Bytes             `json:"instead,omitzero"`  // the answer without asking that took effect

	Began time.Time `json:"began"`   // by the worker's clock
	Took  int64     `json:"took_ms"` // until it answered
}

// An Outcome is what became of an answer.
type Outcome string

// The outcomes.
const (
	Taken     Outcome = "taken"       // it took effect
	Again     Outcome = "asked again" // it did not hold any more: see Record.Why
	Fallback  Outcome = "fallback"    // the answer without asking took effect
	Unsettled Outcome = "unsettled"   // no answer took effect
	Void      Outcome = "void"        // the steps dropped the case before the answer came
	Shadow    Outcome = "shadow"      // it was asked for beside, and has no effect: see package rollout
)

// An Event is what was to be decided, as it waited: after the last step that cannot run again.
type Event struct {
	Topic     string            `json:"topic"`
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	ID        string            `json:"id"`
	Time      time.Time         `json:"time"`
	Headers   map[string]string `json:"headers,omitempty"`
	Value     Bytes             `json:"value"`
}

// A Read is one row that an operator got, or one scan.
type Read struct {
	Ref  Ref    `json:"ref,omitempty"`
	Scan string `json:"scan,omitempty"` // table/prefix
	Rows int    `json:"rows,omitempty"` // that a scan passed
	List string `json:"list,omitempty"` // the hash of a text with a Ref a line, or its JSON; "": too many
}

// A Note is a text that an operator put on record.
type Note struct {
	Name string `json:"name"`
	Text string `json:"text,omitempty"`
	Kept string `json:"kept,omitempty"` // instead: the hash of a text that many decisions share
	Cut  bool   `json:"cut,omitempty"`  // it was longer
}

// A Ref names a row at a version: "flights/UA1@3#9f86d081". A row never written is version 0, without a hash.
type Ref string

// NewRef names a row by its bytes.
func NewRef(table, key string, version int64, row []byte) Ref {
	name := table + "/" + key + "@" + strconv.FormatInt(version, 10)
	if row == nil {
		return Ref(name)
	}
	return Ref(name + "#" + Hash(row)[:8])
}

// Table returns the table's name, which has no slash.
func (r Ref) Table() string {
	table, _, _ := strings.Cut(string(r), "/")
	return table
}

// Key returns the key of the row.
func (r Ref) Key() string {
	_, rest, _ := strings.Cut(string(r), "/")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		return rest[:i]
	}
	return rest
}

// Version returns the version of the row.
func (r Ref) Version() int64 {
	v, _, _ := strings.Cut(string(r[strings.LastIndexByte(string(r), '@')+1:]), "#")
	n, _ := strconv.ParseInt(v, 10, 64)
	return n
}

// Written reports whether there was a row.
func (r Ref) Written() bool {
	return strings.Contains(string(r[strings.LastIndexByte(string(r), '@')+1:]), "#")
}

// Hash returns the SHA-256 of b, in hexadecimal.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// TextKey returns the key of a text among the parts.
func TextKey(hash string) string { return "text#" + hash }

// Bytes are JSON, which a record has as it is, or anything else, which it has as base64.
type Bytes []byte

// MarshalJSON implements json.Marshaler.
func (b Bytes) MarshalJSON() ([]byte, error) {
	switch {
	case b == nil:
		return []byte("null"), nil
	case json.Valid(b):
		return b, nil
	}
	return json.Marshal(map[string]string{base: base64.StdEncoding.EncodeToString(b)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bytes) UnmarshalJSON(data []byte) (err error) {
	if string(data) == "null" {
		*b = nil
		return nil
	}

	var other map[string]string
	if strings.HasPrefix(string(data), `{"`+base+`"`) && json.Unmarshal(data, &other) == nil {
		*b, err = base64.StdEncoding.DecodeString(other[base])
		return err
	}
	*b = append(Bytes{}, data...)

	return nil
}

// IsZero reports whether there are no bytes at all.
func (b Bytes) IsZero() bool { return b == nil }

// base is the field of bytes that are no JSON.
const base = "slipstream-base64"
