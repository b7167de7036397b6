package llm

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/invopop/jsonschema"
)

// Schema is the JSON Schema of Out, as grammars want it: fields in the order of the struct, no others, nothing by
// reference. Choices become the enum of a field of the top level, or of the items where it is a list. It fails
// for a choice that names no field or offers nothing.
func Schema[Out any](choices map[string][]string) (json.RawMessage, error) {
	s := reflector.ReflectFromType(reflect.TypeFor[Out]())
	s.Version = ""
	for _, field := range slices.Sorted(maps.Keys(choices)) {
		p := property(s, field)
		if p == nil {
			return nil, fmt.Errorf("llm: %v has no field %q in JSON", reflect.TypeFor[Out](), field)
		}
		if len(choices[field]) == 0 {
			return nil, fmt.Errorf("llm: no choice for %q", field)
		}
		if p.Items != nil {
			p = p.Items
		}
		p.Enum = anys(choices[field])
	}
	return json.Marshal(s)
}

// property is nil if there is none of that name, or if the schema is no object's.
func property(s *jsonschema.Schema, name string) *jsonschema.Schema {
	if s.Properties == nil {
		return nil
	}
	return s.Properties.Value(name)
}

// One struct per type of the tree, inline; a field without omitempty is required.
var reflector = &jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true}

func anys(values []string) (out []any) {
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

// offered tells which field of an answer is not among its choices. A field that is left out is none of its concern.
func offered(answer any, choices map[string][]string) error {
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
		for _, v := range values(fields[name]) {
			if !slices.Contains(choices[name], v) {
				return fmt.Errorf("llm: %s %q is not offered; it may be one of %q", name, v, choices[name])
			}
		}
	}
	return nil
}

// values are the strings of a field: one, several, or none.
func values(field any) (out []string) {
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
