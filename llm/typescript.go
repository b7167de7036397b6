package llm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// typeScript writes a schema that inline has made as a type of TypeScript, which models have read much of.
func typeScript(s *jsonschema.Schema) string {
	switch {
	case len(s.Enum) > 0:
		return union(s.Enum, encode)
	case len(s.AnyOf) > 0:
		return union(s.AnyOf, typeScript)
	case s.Type != "":
		return typeScriptOf(s, s.Type)
	case len(s.Types) > 3:
		return "any"
	}

	return union(s.Types, func(t string) string { return typeScriptOf(s, t) })
}

func union[T any](all []T, text func(T) string) string {
	var out []string
	for _, v := range all {
		out = append(out, text(v))
	}
	return strings.Join(out, " | ")
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// typeScriptOf writes a schema as far as it is about one type.
func typeScriptOf(s *jsonschema.Schema, t string) string {
	switch {
	case t == "object" && (s.Properties != nil || s.AdditionalProperties != nil):
		return typeScriptFields(s)
	case t == "array" && s.Items != nil:
		items := typeScript(s.Items)
		if strings.Contains(items, " | ") {
			items = "(" + items + ")"
		}
		return items + "[]"
	case t == "array" && len(s.PrefixItems) > 0:
		var items []string
		for _, item := range s.PrefixItems {
			items = append(items, typeScript(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case t == "string" && s.Format != "":
		return s.Format
	}

	return t
}

func typeScriptFields(s *jsonschema.Schema) string {
	var out []string
	for name, p := range properties(s) {
		optional := "?"
		if slices.Contains(s.Required, name) {
			optional = ""
		}
		out = append(out, fmt.Sprintf("%q%s: %s", name, optional, typeScript(p)))
	}

	if more := s.AdditionalProperties; more != nil && !isFalse(more) {
		out = append(out, "[name]: "+typeScript(more))
	}

	return "{" + strings.Join(out, ", ") + "}"
}
