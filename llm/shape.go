package llm

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/wk8/go-ordered-map/v2"
)

// A shape is what a grammar can hold a model to, of a JSON Schema that may be anyone's: types, names in their order, what
// may be chosen. All else is left to Tool.Check.
type shape struct {
	Type        types             `json:"type,omitempty"`
	Description string            `json:"description,omitempty"`
	Properties  *propertyMap      `json:"properties,omitempty"`
	Required    []string          `json:"required,omitempty"`
	More        *shape            `json:"additionalProperties,omitempty"`
	Items       *shape            `json:"items,omitempty"`
	MinItems    int               `json:"minItems,omitempty"`
	MaxItems    int               `json:"maxItems,omitempty"`
	Enum        []json.RawMessage `json:"enum,omitempty"`
	Const       json.RawMessage   `json:"const,omitempty"`
	Format      string            `json:"format,omitempty"`
	AnyOf       []*shape          `json:"anyOf,omitempty"`
	OneOf       []*shape          `json:"oneOf,omitempty"`

	Ref         string            `json:"$ref,omitempty"`
	Defs        map[string]*shape `json:"$defs,omitempty"`
	Definitions map[string]*shape `json:"definitions,omitempty"` // as older schemas call them

	never bool // it is the schema false
}

type propertyMap = orderedmap.OrderedMap[string, *shape]

// types are one or several names.
type types []string

func (t *types) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*t = types{""}
		return json.Unmarshal(b, &(*t)[0])
	}
	return json.Unmarshal(b, (*[]string)(t))
}

func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// anything is what a shape without a type stands for.
var anything = types{"string", "number", "boolean", "null", "array", "object"}

// depth of what refers to itself.
const maxDepth = 6

// shapeOf is the shape of a schema, without references.
func shapeOf(schema json.RawMessage) (*shape, error) {
	var s shape
	if err := json.Unmarshal(orEmpty(schema), &s); err != nil {
		return nil, err
	}
	defs := s.Defs
	if defs == nil {
		defs = s.Definitions
	}
	return s.inline(defs, 0), nil
}

// argsOf is the shape of a tool's arguments: always an object.
func argsOf(t Tool) (*shape, error) {
	s, err := shapeOf(t.Schema)
	if err != nil {
		return nil, fmt.Errorf("llm: the schema of tool %s: %w", t.Name, err)
	}
	if len(s.Type) > 1 {
		s.Type = types{"object"}
	}
	return s, nil
}

type plainShape shape

// UnmarshalJSON knows that true and false are schemas, too.
func (s *shape) UnmarshalJSON(b []byte) error {
	var is bool
	if json.Unmarshal(b, &is) == nil {
		*s = shape{never: !is}
		return nil
	}
	return json.Unmarshal(b, (*plainShape)(s))
}

// MarshalJSON is what UnmarshalJSON takes.
func (s *shape) MarshalJSON() ([]byte, error) {
	if s.never {
		return []byte("false"), nil
	}
	return json.Marshal((*plainShape)(s))
}

// inline is the shape with what it refers to in place, made whole: each has a type, a constant or alternatives, as
// Ollama's grammars demand.
func (s *shape) inline(defs map[string]*shape, depth int) *shape {
	if depth > maxDepth {
		return &shape{Type: anything}
	}
	if s.Ref != "" {
		def := defs[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
		if def == nil {
			return &shape{Type: anything, Description: s.Description}
		}
		to := def.inline(defs, depth+1)
		if s.Description != "" {
			to.Description = s.Description
		}
		return to
	}
	c := s.mapped(func(of *shape) *shape { return of.inline(defs, depth+1) })
	c.Defs, c.Definitions = nil, nil
	return c.whole()
}

// mapped is a copy whose parts are made by f. All alternatives are in AnyOf.
func (s *shape) mapped(f func(*shape) *shape) *shape {
	c := *s
	if s.Items != nil {
		c.Items = f(s.Items)
	}
	if s.More != nil {
		c.More = f(s.More)
	}
	c.AnyOf, c.OneOf = nil, nil
	for _, a := range append(slices.Clone(s.AnyOf), s.OneOf...) {
		c.AnyOf = append(c.AnyOf, f(a))
	}
	if s.Properties != nil {
		c.Properties = orderedmap.New[string, *shape]()
		for name, of := range s.properties() {
			c.Properties.Set(name, f(of))
		}
	}
	return &c
}

func (s *shape) whole() *shape {
	switch {
	case s.never || len(s.Type) > 0 || len(s.AnyOf) > 0 || len(s.Enum) > 0 || len(s.Const) > 0:
	case s.Properties != nil:
		s.Type = types{"object"}
	case s.Items != nil:
		s.Type = types{"array"}
	default:
		s.Type = anything
	}
	return s
}

// bare is the shape for a grammar, which reads no descriptions.
func (s *shape) bare() *shape {
	c := s.mapped((*shape).bare)
	c.Description = ""
	return c
}

// String is the shape as a type of TypeScript, which models have read much of.
func (s *shape) String() string {
	switch {
	case len(s.Const) > 0:
		return string(s.Const)
	case len(s.Enum) > 0:
		return join(s.Enum, func(v json.RawMessage) string { return string(v) })
	case len(s.AnyOf) > 0:
		return join(s.AnyOf, (*shape).String)
	case len(s.Type) > 3:
		return "any"
	}
	return join(s.Type, s.named)
}

func join[T any](all []T, text func(T) string) string {
	var out []string
	for _, v := range all {
		out = append(out, text(v))
	}
	return strings.Join(out, " | ")
}

// named is the shape where it is of one type.
func (s *shape) named(of string) string {
	switch {
	case of == "object" && (s.Properties != nil || s.More != nil):
		return s.fields()
	case of == "array" && s.Items != nil && strings.Contains(s.Items.String(), " | "):
		return "(" + s.Items.String() + ")[]"
	case of == "array" && s.Items != nil:
		return s.Items.String() + "[]"
	case of == "string" && s.Format != "":
		return s.Format
	}
	return of
}

func (s *shape) fields() string {
	var out []string
	for name, of := range s.properties() {
		optional := ""
		if !slices.Contains(s.Required, name) {
			optional = "?"
		}
		out = append(out, fmt.Sprintf("%q%s: %v", name, optional, of))
	}
	if s.More != nil && !s.More.never {
		out = append(out, fmt.Sprintf("[name]: %v", s.More))
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// properties in their order.
func (s *shape) properties() iter.Seq2[string, *shape] {
	return func(yield func(string, *shape) bool) {
		if s.Properties == nil {
			return
		}
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			if !yield(p.Key, p.Value) {
				return
			}
		}
	}
}
