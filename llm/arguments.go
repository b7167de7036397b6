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

// An ArgumentError says which argument of a tool call does not hold. Its text is made for the model that made the call.
type ArgumentError struct {
	Tool  string
	Field string // by its path, such as passengers[0].dob. Empty: the arguments as a whole
	Want  string // what it must be, such as `a string` or `one of "economy", "business"`. Empty: there is none of that name
	Got   string // what it was, in JSON, cut. Empty: nothing
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

// arguments judge those of one tool.
type arguments struct {
	schema *jsonschema.Schema
	judge  *jsonschema.Resolved
}

// parseArguments takes no schema for that of any object. Of the versions of JSON Schema, one that the library doesn't
// know is read as the newest.
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
	judge, err := s.Resolve(nil)
	if err != nil {
		return nil, err
	}
	return &arguments{s, judge}, nil
}

// check is an ArgumentError unless the arguments hold. The library judges; fault finds words for it.
func (a *arguments) check(tool string, raw json.RawMessage) error {
	var v any
	if err := json.Unmarshal(orEmpty(raw), &v); err != nil {
		return &ArgumentError{Tool: tool, Want: "a JSON object", Got: excerpt(string(raw))}
	}
	object, ok := v.(map[string]any)
	if !ok {
		return &ArgumentError{Tool: tool, Want: "a JSON object", Got: encoded(v)}
	}
	err := a.judge.Validate(object)
	if err == nil {
		return nil
	}
	e := fault(a.schema, object, "")
	if e == nil {
		e = &ArgumentError{Want: "as the schema says (" + excerpt(err.Error()) + ")", Got: encoded(v)}
	}
	e.Tool = tool
	return e
}

// fault is the first value within v, by the order of the schema's names, that doesn't hold by itself; nil if none is
// found, because its schema refers to another or combines several.
func fault(s *jsonschema.Schema, v any, path string) *ArgumentError {
	switch v := v.(type) {
	case map[string]any:
		if e := faultWithin(s, v, path); e != nil {
			return e
		}
	case []any:
		for i, item := range v {
			if s.Items == nil {
				break
			}
			if e := fault(s.Items, item, fmt.Sprintf("%s[%d]", path, i)); e != nil {
				return e
			}
		}
	}
	alone, err := s.CloneSchemas().Resolve(nil)
	if err != nil || alone.Validate(v) == nil || path == "" {
		return nil
	}
	return &ArgumentError{Field: path, Want: wanted(s), Got: encoded(v)}
}

func faultWithin(s *jsonschema.Schema, v map[string]any, path string) *ArgumentError {
	if path != "" {
		path += "."
	}
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return &ArgumentError{Field: path + name, Want: wanted(s.Properties[name])}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		p := s.Properties[name]
		if p == nil && s.AdditionalProperties != nil && s.AdditionalProperties.Not != nil {
			return &ArgumentError{Field: path + name, Got: encoded(v[name])}
		}
		if p == nil {
			continue
		}
		if e := fault(p, v[name], path+name); e != nil {
			return e
		}
	}
	return nil
}

// wanted tells what a schema asks for, in words.
func wanted(s *jsonschema.Schema) string {
	if s == nil {
		return "there"
	}
	words := s.Type
	switch {
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			values = append(values, encoded(v))
		}
		return "one of " + strings.Join(values, ", ")
	case s.Const != nil:
		return encoded(*s.Const)
	case len(s.Types) > 0:
		words = strings.Join(s.Types, " or ")
	case words == "":
		return "as its schema says"
	case s.Format != "":
		words += " (" + s.Format + ")"
	case s.Pattern != "":
		words += " that matches " + s.Pattern
	}
	for _, b := range []struct {
		says  string
		bound *float64
	}{{"at least", s.Minimum}, {"at most", s.Maximum}} {
		if b.bound != nil {
			words += fmt.Sprintf(", %s %v", b.says, *b.bound)
		}
	}
	if strings.ContainsAny(words[:1], "aeiou") {
		return "an " + words
	}
	return "a " + words
}

// decode fills a struct with arguments that hold by its schema. What may still be wrong is what a schema can't say, such
// as a number that doesn't fit.
func decode(tool string, raw json.RawMessage, into any) error {
	err := json.Unmarshal(orEmpty(raw), into)
	var typed *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &typed) && typed.Field != "":
		return &ArgumentError{Tool: tool, Field: typed.Field, Want: "of the type " + typed.Type.String(), Got: typed.Value}
	}
	return &ArgumentError{Tool: tool, Want: "as the schema says (" + excerpt(err.Error()) + ")", Got: excerpt(string(raw))}
}

// encoded is a value in JSON, cut.
func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return excerpt(string(b))
}

// excerpt is what an error shows of a text.
func excerpt(s string) string { return text.Truncate(s, 120) }
