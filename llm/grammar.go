package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// parseSchema reads a JSON Schema, and with it the order of its properties: a model writes an answer in
// that order.
func parseSchema(text json.RawMessage) (*jsonschema.Schema, error) {
	var s jsonschema.Schema
	if err := json.Unmarshal(orEmpty(text), &s); err != nil {
		return nil, err
	}
	readOrder(&s, text)
	return &s, nil
}

// readOrder sets PropertyOrder in a schema and all within it, which the library does not when it reads one.
func readOrder(s *jsonschema.Schema, text json.RawMessage) {
	var parts struct {
		Properties           members           `json:"properties"`
		Defs                 members           `json:"$defs"`
		Definitions          members           `json:"definitions"`
		Items                json.RawMessage   `json:"items"`
		AdditionalProperties json.RawMessage   `json:"additionalProperties"`
		AnyOf                []json.RawMessage `json:"anyOf"`
		OneOf                []json.RawMessage `json:"oneOf"`
	}
	if s == nil || json.Unmarshal(text, &parts) != nil {
		return // true, false, or items of several schemas: nothing within has an order
	}

	for _, p := range parts.Properties {
		if !slices.Contains(s.PropertyOrder, p.name) {
			s.PropertyOrder = append(s.PropertyOrder, p.name)
		}
		readOrder(s.Properties[p.name], p.value)
	}

	for _, d := range append(parts.Defs, parts.Definitions...) {
		readOrder(definition(s, d.name), d.value)
	}
	readOrder(s.Items, parts.Items)
	readOrder(s.AdditionalProperties, parts.AdditionalProperties)

	for i, text := range parts.AnyOf {
		readOrder(s.AnyOf[i], text)
	}

	for i, text := range parts.OneOf {
		readOrder(s.OneOf[i], text)
	}
}

// members are those of a JSON object, in order.
type members []member

type member struct {
	name  string
	value json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *members) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
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

// definition is nil if there is none of that name. Older schemas call them by another keyword.
func definition(s *jsonschema.Schema, name string) *jsonschema.Schema {
	if d := s.Defs[name]; d != nil {
		return d
	}
	return s.Definitions[name]
}

// forGrammar is what a grammar can hold a model to, of a JSON Schema from anywhere: types, names in their
// order, what may be chosen. References are replaced by what they refer to, and each part has a type, a
// constant or alternatives, as Ollama's grammars demand. Tool.Check judges by the rest.
func forGrammar(schema json.RawMessage) (*jsonschema.Schema, error) {
	s, err := parseSchema(schema)
	if err != nil {
		return nil, err
	}
	return inline(s, s, 0), nil
}

// argsForGrammar is forGrammar for a tool's arguments, which are always an object.
func argsForGrammar(t Tool) (*jsonschema.Schema, error) {
	s, err := forGrammar(t.Schema)
	if err != nil {
		return nil, fmt.Errorf("llm: the schema of tool %s: %w", t.Name, err)
	}

	if len(s.Types) > 1 {
		s.Type, s.Types = "object", nil
	}

	return s, nil
}

// maxDepth bounds what refers to itself.
const maxDepth = 6

// inline copies a part of the schema root, without references.
func inline(s, root *jsonschema.Schema, depth int) *jsonschema.Schema {
	if depth > maxDepth {
		return &jsonschema.Schema{Types: anyType}
	}

	if isFalse(s) {
		return noSchema()
	}

	if s.Ref != "" {
		target := definition(root, s.Ref[strings.LastIndex(s.Ref, "/")+1:])
		if target == nil {
			return &jsonschema.Schema{Types: anyType, Description: s.Description}
		}

		c := inline(target, root, depth+1)
		if s.Description != "" {
			c.Description = s.Description
		}

		return c
	}

	c := &jsonschema.Schema{
		Type:          s.Type,
		Types:         s.Types,
		Description:   s.Description,
		Required:      s.Required,
		PropertyOrder: s.PropertyOrder,
		MinItems:      s.MinItems,
		MaxItems:      s.MaxItems,
		Enum:          s.Enum,
		Const:         s.Const,
		Format:        s.Format,
	}
	part := func(of *jsonschema.Schema) *jsonschema.Schema {
		if of == nil {
			return nil
		}
		return inline(of, root, depth+1)
	}
	c.Items = part(s.Items)
	c.AdditionalProperties = part(s.AdditionalProperties)
	for _, a := range slices.Concat(s.AnyOf, s.OneOf) {
		c.AnyOf = append(c.AnyOf, part(a))
	}

	if s.Properties != nil {
		c.Properties = map[string]*jsonschema.Schema{}
	}

	for name, p := range s.Properties {
		c.Properties[name] = part(p)
	}
	addType(c)

	return c
}

// anyType is the type of a schema that has none.
var anyType = []string{"string", "number", "boolean", "null", "array", "object"}

// addType gives a schema a type that says nothing of what it is, and makes one type of a list of one.
func addType(s *jsonschema.Schema) {
	switch {
	case len(s.Types) == 1:
		s.Type, s.Types = s.Types[0], nil
	case s.Type != "" || len(s.Types) > 0 || len(s.AnyOf) > 0 || len(s.Enum) > 0 || s.Const != nil:
	case s.Properties != nil:
		s.Type = "object"
	case s.Items != nil:
		s.Type = "array"
	default:
		s.Types = anyType
	}
}

// noSchema is the schema false, which nothing satisfies.
func noSchema() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func isFalse(s *jsonschema.Schema) bool {
	if s == nil || s.Not == nil {
		return false
	}
	text, err := json.Marshal(s)
	return err == nil && string(text) == "false"
}

// dropDescriptions changes s and all within it. A grammar reads no descriptions.
func dropDescriptions(s *jsonschema.Schema) {
	s.Description = ""
	for part := range parts(s) {
		dropDescriptions(part)
	}
}

// parts are the schemas right within one that inline has made.
func parts(s *jsonschema.Schema) iter.Seq[*jsonschema.Schema] {
	return func(yield func(*jsonschema.Schema) bool) {
		all := append(slices.Collect(maps.Values(s.Properties)), s.AnyOf...)
		for _, p := range append(all, s.Items, s.AdditionalProperties) {
			if p != nil && !yield(p) {
				return
			}
		}
	}
}

// properties are those of a schema, in their order.
func properties(s *jsonschema.Schema) iter.Seq2[string, *jsonschema.Schema] {
	return func(yield func(string, *jsonschema.Schema) bool) {
		for _, name := range s.PropertyOrder {
			if p := s.Properties[name]; p != nil && !yield(name, p) {
				return
			}
		}
	}
}
