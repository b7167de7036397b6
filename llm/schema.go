package llm

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema is the JSON Schema of Out in the form that grammars need: fields in the order of the struct, no
// other fields, nothing by reference. Choices become the enum of a top-level field, or of the items of a
// list. See [Operator] for the tags of a field.
//
// Schema returns an error if Out has no JSON Schema, as a recursive type has none, and for a choice that
// names no field or offers nothing.
func Schema[Out any](choices map[string][]string) (json.RawMessage, error) {
	s, err := schemaOf(reflect.TypeFor[Out]())
	if err != nil {
		return nil, err
	}

	for _, field := range slices.Sorted(maps.Keys(choices)) {
		p := s.Properties[field]
		if p == nil {
			return nil, fmt.Errorf("llm: %v has no field %q in JSON", reflect.TypeFor[Out](), field)
		}

		if len(choices[field]) == 0 {
			return nil, fmt.Errorf("llm: no choice for %q", field)
		}
		setEnum(p, choices[field])
	}

	return json.Marshal(s)
}

// setEnum bounds a property, or the items of a list.
func setEnum[T any](p *jsonschema.Schema, values []T) {
	if p.Items != nil {
		p = p.Items
	}

	p.Enum = nil
	for _, v := range values {
		p.Enum = append(p.Enum, v)
	}
}

// checkOffered returns which field of an answer is not among its choices. A field that is left out passes.
func checkOffered(answer any, choices map[string][]string) error {
	if len(choices) == 0 {
		return nil
	}

	var fields map[string]any

	text, err := json.Marshal(answer)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}

	if err != nil {
		return fmt.Errorf("llm: an answer with choices must be an object in JSON: %w", err)
	}

	for _, name := range slices.Sorted(maps.Keys(choices)) {
		for _, v := range stringsOf(fields[name]) {
			if !slices.Contains(choices[name], v) {
				return fmt.Errorf("llm: %s %q is not offered; it may be one of %q", name, v, choices[name])
			}
		}
	}

	return nil
}

// stringsOf returns the strings of a field: one, several, or none.
func stringsOf(field any) (out []string) {
	switch v := field.(type) {
	case nil:
	case []any:
		for _, item := range v {
			out = append(out, fmt.Sprint(item))
		}
	default:
		out = []string{fmt.Sprint(v)}
	}

	return out
}
