// Package exact has the JSON of what anybody's records hold: texts that may not be UTF-8, and times of any
// year. Strings of JSON can't hold the first, and encoding/json refuses the second. What they can hold is
// written as encoding/json writes it.
package exact

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Text is a string of JSON if it is UTF-8, and else an object with its bytes in base64:
//
//	{"base64": "AAAAAAAAAP8="}
type Text string

// inBase64 is a text that is not UTF-8.
type inBase64 struct {
	Base64 *[]byte `json:"base64"`
}

// MarshalJSON implements json.Marshaler.
func (t Text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	b := []byte(t)
	return json.Marshal(inBase64{&b})
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return json.Unmarshal(b, (*string)(t))
	}

	var in inBase64
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}

	if in.Base64 == nil {
		return fmt.Errorf(`%.100s is no text: a text that is not UTF-8 is {"base64": "..."}`, b)
	}
	*t = Text(*in.Base64)

	return nil
}

// Line returns the text as a line of a list: its JSON if it has a line break in it, or looks like JSON.
func (t Text) Line() string {
	if !strings.Contains(string(t), "\n") && !looksLikeJSON(string(t)) {
		return string(t)
	}
	b, _ := t.MarshalJSON() // strings and bytes
	return string(b)
}

// FromLine returns the text of which Line is a line.
func FromLine(line string) (t Text, err error) {
	if !looksLikeJSON(line) {
		return Text(line), nil
	}
	err = t.UnmarshalJSON([]byte(line))
	return t, err
}

func looksLikeJSON(s string) bool { return strings.HasPrefix(s, `"`) || strings.HasPrefix(s, "{") }

// Argument returns what an argument of a command line means: a text that is not UTF-8 can be written as its
// JSON, such as {"base64": "//8="}.
func Argument(arg string) string {
	var t Text
	if strings.HasPrefix(arg, "{") && t.UnmarshalJSON([]byte(arg)) == nil {
		return string(t)
	}
	return arg
}

// Texts are texts by name: an object of JSON. If a name is not UTF-8, they are an array instead, by name, of
//
//	{"name": ..., "value": ...}
type Texts map[string]string

type namedText struct {
	Name  Text `json:"name"`
	Value Text `json:"value"`
}

// MarshalJSON implements json.Marshaler.
func (ts Texts) MarshalJSON() ([]byte, error) {
	var list []namedText
	all := make(map[string]Text, len(ts))
	named := true
	for _, name := range slices.Sorted(maps.Keys(ts)) {
		list = append(list, namedText{Text(name), Text(ts[name])})
		all[name] = Text(ts[name])
		named = named && utf8.ValidString(name)
	}

	switch {
	case ts == nil:
		return []byte("null"), nil
	case !named:
		return json.Marshal(list)
	}

	return json.Marshal(all)
}

// UnmarshalJSON implements json.Unmarshaler.
func (ts *Texts) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		var list []namedText
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}

		*ts = make(Texts, len(list))
		for _, t := range list {
			(*ts)[string(t.Name)] = string(t.Value)
		}

		return nil
	}

	var all map[string]Text
	if err := json.Unmarshal(b, &all); err != nil || all == nil {
		return err
	}

	*ts = make(Texts, len(all))
	for name, t := range all {
		(*ts)[name] = string(t)
	}

	return nil
}

// A Time is RFC 3339 if its year has four digits. Any other is a number: the milliseconds since 1970, as
// Kafka keeps the times of records.
type Time struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	if b, err := t.Time.MarshalJSON(); err == nil {
		return b, nil
	}
	return json.Marshal(t.UnixMilli())
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Time) UnmarshalJSON(b []byte) error {
	var ms int64
	if json.Unmarshal(b, &ms) == nil && string(b) != "null" {
		t.Time = time.UnixMilli(ms).UTC()
		return nil
	}
	return t.Time.UnmarshalJSON(b)
}
