package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/slipstream-go/slipstream/internal/text"
)

// An ArgumentError is an argument of a tool call that does not hold. Its text is for the model that made the
// call.
type ArgumentError struct {
	Tool  string
	Field string // its path, such as passengers[0].dob; empty for the arguments as a whole
	Want  string // what it must be, such as `one of "economy", "business"`; empty: no such name
	Got   string // what it was, in JSON, truncated; empty if it was missing
}

// Error implements error.
func (e *ArgumentError) Error() string {
	switch {
	case e.Field == "":
		return fmt.Sprintf("%s: the arguments must be %s, not %s", e.Tool, e.Want, e.Got)
	case e.Want == "":
		return fmt.Sprintf("%s: there is no argument %q", e.Tool, e.Field)
	case e.Got == "":
		return fmt.Sprintf("%s: argument %q is missing: it must be %s", e.Tool, e.Field, e.Want)
	}

	return fmt.Sprintf("%s: argument %q must be %s, not %s", e.Tool, e.Field, e.Want, e.Got)
}

// arguments is the schema of one tool's arguments, ready to validate them.
type arguments struct {
	schema   *jsonschema.Schema
	resolved *jsonschema.Resolved
}

// parseArguments takes no schema for that of any object. Of the versions of JSON Schema, one that the
// library doesn't know is read as the newest.
func parseArguments(schema json.RawMessage) (*arguments, error) {
	s, err := parseSchema(schema)
	if err != nil {
		return nil, err
	}

	if !strings.Contains(s.Schema, "draft-07") {
		s.Schema = ""
	}

	return newArguments(s)
}

func newArguments(s *jsonschema.Schema) (*arguments, error) {
	resolved, err := s.Resolve(nil)
	if err != nil {
		return nil, err
	}
	return &arguments{s, resolved}, nil
}

// check returns an ArgumentError unless the arguments hold. The library judges, and findFault finds words
// for it.
func (a *arguments) check(tool string, raw json.RawMessage) error {
	var v any
	if err := json.Unmarshal(orEmpty(raw), &v); err != nil {
		return &ArgumentError{Tool: tool, Want: "a JSON object", Got: excerpt(string(raw))}
	}

	object, ok := v.(map[string]any)
	if !ok {
		return &ArgumentError{Tool: tool, Want: "a JSON object", Got: excerptJSON(v)}
	}

	err := a.resolved.Validate(object)
	if err == nil {
		return nil
	}

	e := findFault(a.schema, object, "")
	if e == nil {
		e = &ArgumentError{Want: asSchemaSays(err), Got: excerptJSON(v)}
	}
	e.Tool = tool

	return e
}

// findFault returns the first value within v that doesn't hold by itself, in the order of the schema's
// names. It returns nil if it finds none, because the schema refers to another one or combines several.
func findFault(s *jsonschema.Schema, v any, path string) *ArgumentError {
	switch v := v.(type) {
	case map[string]any:
		if e := findFaultWithin(s, v, path); e != nil {
			return e
		}
	case []any:
		for i, item := range v {
			if s.Items == nil {
				break
			}

			if e := findFault(s.Items, item, fmt.Sprintf("%s[%d]", path, i)); e != nil {
				return e
			}
		}
	}

	alone, err := s.CloneSchemas().Resolve(nil)
	if err != nil || alone.Validate(v) == nil || path == "" {
		return nil
	}

	return &ArgumentError{Field: path, Want: describeWant(s), Got: excerptJSON(v)}
}

func findFaultWithin(s *jsonschema.Schema, v map[string]any, path string) *ArgumentError {
	if path != "" {
		path += "."
	}

	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return &ArgumentError{Field: path + name, Want: describeWant(s.Properties[name])}
		}
	}

	for _, name := range slices.Sorted(maps.Keys(v)) {
		p := s.Properties[name]
		if p == nil && s.AdditionalProperties != nil && s.AdditionalProperties.Not != nil {
			return &ArgumentError{Field: path + name, Got: excerptJSON(v[name])}
		}

		if p == nil {
			continue
		}

		if e := findFault(p, v[name], path+name); e != nil {
			return e
		}
	}

	return nil
}

// describeWant tells in words what a schema asks for.
func describeWant(s *jsonschema.Schema) string {
	switch {
	case s == nil:
		return "there"
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			values = append(values, excerptJSON(v))
		}
		return "one of " + strings.Join(values, ", ")
	case s.Const != nil:
		return excerptJSON(*s.Const)
	case s.Type == "" && len(s.Types) == 0:
		return "as its schema says"
	}

	words := s.Type
	switch {
	case len(s.Types) > 0:
		words = strings.Join(s.Types, " or ")
	case s.Format != "":
		words += " (" + s.Format + ")"
	case s.Pattern != "":
		words += " that matches " + s.Pattern
	}

	if s.Minimum != nil {
		words += fmt.Sprintf(", at least %v", *s.Minimum)
	}

	if s.Maximum != nil {
		words += fmt.Sprintf(", at most %v", *s.Maximum)
	}

	if strings.ContainsAny(words[:1], "aeiou") {
		return "an " + words
	}

	return "a " + words
}

// decode fills a struct with arguments that hold by their schema. A schema can't tell everything: a number
// may still not fit.
func decode(tool string, raw json.RawMessage, into any) error {
	err := json.Unmarshal(orEmpty(raw), into)
	if err == nil {
		return nil
	}

	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) && typed.Field != "" {
		want := "of the type " + typed.Type.String()
		return &ArgumentError{Tool: tool, Field: typed.Field, Want: want, Got: typed.Value}
	}

	return &ArgumentError{Tool: tool, Want: asSchemaSays(err), Got: excerpt(string(raw))}
}

// asSchemaSays is what an argument must be, in the words of an error.
func asSchemaSays(err error) string { return "as the schema says (" + excerpt(err.Error()) + ")" }

// excerptJSON is a value in JSON, truncated.
func excerptJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return excerpt(string(b))
}

// excerpt is what an error shows of a text.
func excerpt(s string) string { return text.Truncate(s, 120) }
