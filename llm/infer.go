package llm

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// schemaOf infers the schema of a Go type. The library infers it and reads the descriptions; refine adds
// what it leaves out. A recursive type is an error.
func schemaOf(t reflect.Type) (*jsonschema.Schema, error) {
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: wellKnown})
	if err == nil {
		err = refine(s, t)
	}

	if err != nil {
		return nil, fmt.Errorf("llm: %v has no JSON Schema: %w", t, err)
	}

	return s, nil
}

// wellKnown are types whose JSON the library does not know, or knows less well.
var wellKnown = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[time.Time]():       {Type: "string", Format: "date-time"},
	reflect.TypeFor[[]byte]():          {Type: "string", ContentEncoding: "base64"},
	reflect.TypeFor[json.RawMessage](): {},
}

// refine goes through a type and its schema together. It reads our tags, and takes "null" away: Go reads
// null as the zero value, which a model should rather leave out.
func refine(s *jsonschema.Schema, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}

	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}

	switch {
	case wellKnown[t] != nil:
		return nil
	case implements[json.Marshaler](t) && t.Kind() != reflect.Struct:
		return nil // a number is written as one, if not as Go would write it
	case implements[json.Marshaler](t):
		*s = jsonschema.Schema{Description: s.Description}
		return nil
	case implements[encoding.TextMarshaler](t):
		*s = jsonschema.Schema{Type: "string", Description: s.Description}
		return nil
	}

	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return refine(s.Items, t.Elem())
	case reflect.Map:
		return refine(s.AdditionalProperties, t.Elem())
	case reflect.Struct:
		return refineFields(s, t)
	}

	return nil
}

func implements[I any](t reflect.Type) bool {
	i := reflect.TypeFor[I]()
	return t.Implements(i) || reflect.PointerTo(t).Implements(i)
}

func refineFields(s *jsonschema.Schema, t reflect.Type) error {
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name != "" {
			return fmt.Errorf("the embedded field %s has a name in JSON: give it one in Go", f.Name)
		}

		if name == "" {
			name = f.Name
		}

		p := s.Properties[name]
		if f.Anonymous || !f.IsExported() || p == nil {
			continue
		}

		if p.Description == "-" {
			hide(s, name)
			continue
		}

		if err := refine(p, f.Type); err != nil {
			return err
		}

		if err := readTags(p, f); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
	}

	return nil
}

// hide takes a property out of a schema.
func hide(s *jsonschema.Schema, name string) {
	is := func(n string) bool { return n == name }

	delete(s.Properties, name)
	s.PropertyOrder = slices.DeleteFunc(s.PropertyOrder, is)
	s.Required = slices.DeleteFunc(s.Required, is)
}

// readTags adds enum and format, which the library has no tags for.
func readTags(p *jsonschema.Schema, f reflect.StructField) error {
	p.Format = cmp.Or(f.Tag.Get("format"), p.Format)

	tag, ok := f.Tag.Lookup("enum")
	if !ok {
		return nil
	}

	var values []any
	for text := range strings.SplitSeq(tag, ",") {
		v, err := enumValue(p, text)
		if err != nil {
			return fmt.Errorf("enum:%q: %w", tag, err)
		}

		values = append(values, v)
	}
	setEnum(p, values)

	return nil
}

// enumValue is one value of an enum tag: a string as it stands, anything else as JSON.
func enumValue(p *jsonschema.Schema, text string) (v any, err error) {
	if p.Type == "string" || p.Items != nil && p.Items.Type == "string" {
		return text, nil
	}
	return v, json.Unmarshal([]byte(text), &v)
}
