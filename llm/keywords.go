package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// keywords are those that a grammar or a description can use. One with a value of the wrong kind stays empty.
type keywords struct {
	Ref                  string            `json:"$ref"`
	Type                 json.RawMessage   `json:"type"`
	Nullable             bool              `json:"nullable"` // of OpenAPI
	Description          string            `json:"description"`
	Enum                 json.RawMessage   `json:"enum"`
	Const                json.RawMessage   `json:"const"`
	Format               string            `json:"format"`
	Properties           members           `json:"properties"`
	PatternProperties    members           `json:"patternProperties"`
	AdditionalProperties json.RawMessage   `json:"additionalProperties"`
	Required             json.RawMessage   `json:"required"`
	Items                json.RawMessage   `json:"items"`
	PrefixItems          []json.RawMessage `json:"prefixItems"`
	MinItems             *int              `json:"minItems"`
	MaxItems             *int              `json:"maxItems"`
	AllOf                []json.RawMessage `json:"allOf"`
	AnyOf                []json.RawMessage `json:"anyOf"`
	OneOf                []json.RawMessage `json:"oneOf"`
	Then                 json.RawMessage   `json:"then"`
	Else                 json.RawMessage   `json:"else"`
}

// find returns what a reference within the schema refers to, or nil.
func (g *grammar) find(ref string) json.RawMessage {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}

	if pointer == "" {
		return g.root
	}

	pointer, err := url.PathUnescape(pointer)
	if err != nil || pointer[0] != '/' {
		return nil
	}

	at := g.root
	for token := range strings.SplitSeq(pointer[1:], "/") {
		if at = step(at, strings.NewReplacer("~1", "/", "~0", "~").Replace(token)); at == nil {
			return nil
		}
	}

	return at
}

// step goes into an object or a list.
func step(text json.RawMessage, token string) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(text, &list) == nil {
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(list) {
			return list[i]
		}
		return nil
	}

	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return nil
	}

	return object[token]
}

// stringIn is a JSON string, or else empty.
func stringIn(text json.RawMessage) (s string) {
	_ = json.Unmarshal(text, &s)
	return s
}

// stringsIn is a JSON list of strings, or else nil.
func stringsIn(text json.RawMessage) (all []string) {
	if json.Unmarshal(text, &all) != nil {
		return nil
	}
	return all
}

// valuesIn is a JSON list with its numbers as they are written, or else nil.
func valuesIn(text json.RawMessage) []any {
	v, err := decodeExact(text)
	if err != nil {
		return nil
	}
	all, _ := v.([]any)
	return all
}

// members are those of a JSON object, in order.
type members []member

type member struct {
	name  string
	value json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *members) UnmarshalJSON(text []byte) error {
	*m = members{}

	d := json.NewDecoder(bytes.NewReader(text))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return err
	}

	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}

		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		*m = append(*m, member{fmt.Sprint(name), value})
	}

	return nil
}
