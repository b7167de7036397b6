package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// forGrammar is what a grammar can hold a model to, of a JSON Schema from anywhere: types, names in their
// order, what may be chosen. References are replaced by what they refer to, and each part has a type, a
// constant or alternatives, as Ollama's grammars demand. Tool.Check judges by the rest.
func forGrammar(schema json.RawMessage) (*jsonschema.Schema, error) {
	root := orEmpty(schema)
	if !json.Valid(root) {
		return nil, errors.New("it is no JSON")
	}

	g := grammar{root: root, left: maxParts}

	return g.inline(root, 0), nil
}

// argsForGrammar is forGrammar for a tool's arguments, which are always an object. The names in all of its
// alternatives are told: models are not shown alternatives at the top.
func argsForGrammar(t Tool) (*jsonschema.Schema, error) {
	s, err := forGrammar(t.Schema)
	if err != nil {
		return nil, err
	}

	if len(s.AnyOf) > 0 {
		mergeAlternatives(s, s.AnyOf)
	}
	s.AnyOf = nil

	if len(s.Types) > 1 || s.Type == "" {
		s.Type, s.Types = "object", nil
	}

	if s.Type != "object" {
		return nil, fmt.Errorf("arguments are an object, never %s", s.Type)
	}

	return s, nil
}

// A grammar reads one schema leniently: what it can't read says nothing.
type grammar struct {
	root json.RawMessage
	left int // parts that may still be made
}

const (
	// maxDepth bounds what refers to itself.
	maxDepth = 6
	// maxParts bounds what one schema becomes, which goes into each prompt.
	maxParts = 2000
)

// inline makes a part of the schema, without references.
func (g *grammar) inline(text json.RawMessage, depth int) *jsonschema.Schema {
	text = bytes.TrimSpace(text)
	if string(text) == "false" {
		return noSchema()
	}

	var k keywords
	if g.left--; g.left >= 0 && depth <= maxDepth {
		_ = json.Unmarshal(text, &k) // it is JSON; what is of the wrong kind is left out
	}

	if k.Ref != "" {
		if target := g.find(k.Ref); target != nil {
			return describe(g.inline(target, depth+1), k.Description)
		}
		k = keywords{Description: k.Description}
	}

	c := &jsonschema.Schema{
		Type:        stringIn(k.Type),
		Types:       stringsIn(k.Type),
		Description: k.Description,
		Required:    stringsIn(k.Required),
		MinItems:    k.MinItems,
		MaxItems:    k.MaxItems,
		Format:      k.Format,
		Enum:        valuesIn(k.Enum),
	}
	if len(k.Const) > 0 {
		c.Enum = valuesIn(slices.Concat([]byte{'['}, k.Const, []byte{']'}))
	}

	g.addItems(c, k, depth+1)
	g.addProperties(c, k, depth+1)
	g.addCombined(c, k, depth+1)

	if k.Nullable {
		c.Type, c.Types = "", append(stringsOrOne(c), "null")
	}
	addType(c)

	return c
}

func describe(s *jsonschema.Schema, description string) *jsonschema.Schema {
	if description != "" {
		s.Description = description
	}
	return s
}

// stringsOrOne are the types of a schema.
func stringsOrOne(s *jsonschema.Schema) []string {
	if s.Type != "" {
		return []string{s.Type}
	}
	return s.Types
}

// addItems adds those of a list, or of a tuple, in the words of any version.
func (g *grammar) addItems(c *jsonschema.Schema, k keywords, depth int) {
	tuple := k.PrefixItems
	var older []json.RawMessage
	if json.Unmarshal(k.Items, &older) == nil && len(older) > 0 {
		tuple = older
	}

	for _, item := range tuple {
		c.PrefixItems = append(c.PrefixItems, g.inline(item, depth))
	}

	switch {
	case len(c.PrefixItems) > 0 && areAlike(c.PrefixItems):
		c.Items, c.PrefixItems = c.PrefixItems[0], nil
	case len(c.PrefixItems) == 0 && len(k.Items) > 0:
		c.Items = g.inline(k.Items, depth)
	}
}

func areAlike(all []*jsonschema.Schema) bool {
	first := encode(all[0])
	return !slices.ContainsFunc(all, func(s *jsonschema.Schema) bool { return encode(s) != first })
}

func (g *grammar) addProperties(c *jsonschema.Schema, k keywords, depth int) {
	for _, p := range k.Properties {
		addProperty(c, p.name, g.inline(p.value, depth))
	}

	if k.Properties != nil && c.Properties == nil {
		c.Properties = map[string]*jsonschema.Schema{}
	}

	switch {
	case len(k.PatternProperties) > 0:
		c.AdditionalProperties = g.inline(k.PatternProperties[0].value, depth)
	case len(k.AdditionalProperties) > 0:
		c.AdditionalProperties = g.inline(k.AdditionalProperties, depth)
	}
}

func addProperty(c *jsonschema.Schema, name string, p *jsonschema.Schema) {
	if c.Properties == nil {
		c.Properties = map[string]*jsonschema.Schema{}
	}

	if c.Properties[name] == nil {
		c.PropertyOrder = append(c.PropertyOrder, name)
		c.Properties[name] = p
	}
}

// addCombined adds what schemas say that hold together with this one, or instead of each other.
func (g *grammar) addCombined(c *jsonschema.Schema, k keywords, depth int) {
	for _, text := range k.AllOf {
		part := g.inline(text, depth)
		mergeProperties(c, part)
		c.Required = append(c.Required, missingFrom(c.Required, part.Required)...)
		mergeRest(c, part)
	}

	for _, text := range []json.RawMessage{k.Then, k.Else} {
		if len(text) > 0 {
			mergeProperties(c, g.inline(text, depth))
		}
	}

	var alternatives []*jsonschema.Schema
	for _, text := range slices.Concat(k.AnyOf, k.OneOf) {
		alternatives = append(alternatives, g.inline(text, depth))
	}

	switch {
	case len(c.Properties) > 0: // alternatives say which of the names go together, or add some
		for _, a := range alternatives {
			mergeProperties(c, a)
		}
	case len(alternatives) > 0 && c.Enum == nil:
		c.AnyOf = alternatives
	}
}

// mergeAlternatives adds all names of the alternatives. Required are those that all of them require.
func mergeAlternatives(c *jsonschema.Schema, alternatives []*jsonschema.Schema) {
	required := slices.Clone(alternatives[0].Required)
	for _, a := range alternatives {
		mergeProperties(c, a)
		required = slices.DeleteFunc(required, func(name string) bool {
			return !slices.Contains(a.Required, name)
		})
	}
	c.Required = append(c.Required, missingFrom(c.Required, required)...)
}

func mergeProperties(c, part *jsonschema.Schema) {
	for name, p := range properties(part) {
		addProperty(c, name, p.CloneSchemas())
	}
}

func missingFrom(all, more []string) []string {
	return slices.DeleteFunc(slices.Clone(more), func(s string) bool { return slices.Contains(all, s) })
}

// mergeRest adds what else a part says, where c says nothing. That a part is closed is about its own names
// alone.
func mergeRest(c, part *jsonschema.Schema) {
	if c.Type == "" && len(c.Types) == 0 && len(part.Types) < len(anyType) {
		c.Type, c.Types = part.Type, part.Types
	}

	if c.Enum == nil {
		c.Enum = part.Enum
	}

	if c.Items == nil && c.PrefixItems == nil {
		c.Items, c.PrefixItems = part.Items, part.PrefixItems
	}

	if c.AnyOf == nil && c.Properties == nil {
		c.AnyOf = part.AnyOf
	}

	if c.Description == "" {
		c.Description = part.Description
	}

	if c.Format == "" {
		c.Format = part.Format
	}
}

// anyType is the type of a schema that has none.
var anyType = []string{"string", "number", "boolean", "null", "array", "object"}

// addType gives a schema a type that says nothing of what it is, and makes one type of a list of one.
func addType(s *jsonschema.Schema) {
	switch {
	case len(s.Types) == 1:
		s.Type, s.Types = s.Types[0], nil
	case s.Type != "" || len(s.Types) > 0 || len(s.AnyOf) > 0 || len(s.Enum) > 0:
	case s.Properties != nil:
		s.Type = "object"
	case s.Items != nil || len(s.PrefixItems) > 0:
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
		all := slices.Concat(slices.Collect(maps.Values(s.Properties)), s.AnyOf, s.PrefixItems)
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
