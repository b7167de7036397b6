package llm

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema is the JSON Schema of Out in the form that grammars need: fields in the order of the struct, no
// other fields, and references only where a type contains itself. Choices become the enum of a top-level
// field, or of the items of a list, each as a value of the field's type. See [Operator] for the tags of a
// field, and for types that write their JSON themselves.
//
// Schema returns an error that names the field if Out can't be JSON, or says other things of itself than it
// reads; and for a choice that names no field, offers nothing, or is no value of the field.
func Schema[Out any](choices map[string][]string) (json.RawMessage, error) {
	s, err := typeSchema(reflect.TypeFor[Out]())
	if err != nil {
		return nil, err
	}

	for _, field := range slices.Sorted(maps.Keys(choices)) {
		p, err := chosenField[Out](s, field)
		if err != nil {
			return nil, err
		}

		if len(choices[field]) == 0 {
			return nil, fmt.Errorf("llm: no choice for %q", field)
		}

		if err := setEnum(p, choices[field]); err != nil {
			return nil, fmt.Errorf("llm: the choices for %q of %v: %w", field, reflect.TypeFor[Out](), err)
		}
	}

	return json.Marshal(s)
}

func chosenField[Out any](s *jsonschema.Schema, field string) (*jsonschema.Schema, error) {
	if p := s.Properties[field]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("llm: %v has no field %q in JSON, and there are choices for it",
		reflect.TypeFor[Out](), field)
}

// typeSchemas keeps what was inferred of a type, or why there is nothing.
var typeSchemas sync.Map

type inferred struct {
	schema *jsonschema.Schema
	err    error
}

// typeSchema returns a copy, which the caller may change.
func typeSchema(t reflect.Type) (*jsonschema.Schema, error) {
	known, ok := typeSchemas.Load(t)
	if !ok {
		s, err := schemaOf(t)
		known, _ = typeSchemas.LoadOrStore(t, inferred{s, err})
	}

	i := known.(inferred)
	return i.schema.CloneSchemas(), i.err
}

// checkOffered returns which field of an answer is not among its choices. A field that is left out passes.
func checkOffered(answer any, choices map[string][]string) error {
	if len(choices) == 0 {
		return nil
	}

	var fields map[string]any

	text, err := json.Marshal(answer)
	if err == nil {
		var v any
		v, err = decodeExact(text)
		fields, _ = v.(map[string]any)
	}

	if err != nil || fields == nil {
		return fmt.Errorf("llm: an answer with choices must be an object in JSON, not %s: %w",
			excerpt(string(text)), err)
	}

	for _, name := range slices.Sorted(maps.Keys(choices)) {
		for _, v := range chosen(fields[name]) {
			if !isOffered(v, choices[name]) {
				return fmt.Errorf("llm: %s %q is not offered; it may be one of %q", name, wordOf(v),
					choices[name])
			}
		}
	}

	return nil
}

// chosen are the values of a field: one, several, or none.
func chosen(field any) []any {
	switch v := field.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{field}
}

func isOffered(v any, choices []string) bool {
	return slices.ContainsFunc(choices, func(choice string) bool {
		if n, ok := v.(json.Number); ok {
			return isSameNumber(n.String(), choice)
		}
		return wordOf(v) == choice
	})
}

// wordOf is a string as it stands, anything else in JSON.
func wordOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return encode(v)
}
