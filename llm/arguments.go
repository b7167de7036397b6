package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/slipstream-go/slipstream/internal/text"
)

// An ArgumentError is an argument of a tool call that does not hold. Its text is for the model that made the
// call. If several don't hold, their errors are joined, one a line.
type ArgumentError struct {
	Tool  string
	Field string // its path, such as passengers[0].dob; empty for the arguments as a whole
	Want  string // what it must be, such as `one of "economy", "business"`; empty: no such name
	Got   string // what it was, in JSON, truncated; empty if it was missing
}

// Error implements error.
func (e *ArgumentError) Error() string {
	f := fault{path: e.Field, want: e.Want, got: e.Got}
	return e.Tool + ": " + f.sentence("the arguments", "argument")
}

// checkArguments returns what is wrong with the arguments of a call, and their value. They must be an
// object whatever the schema says.
func checkArguments(tool string, j *judge, raw json.RawMessage) (map[string]any, error) {
	v, err := decodeExact(orEmpty(raw))
	if err != nil {
		return nil, &ArgumentError{Tool: tool, Want: "a JSON object", Got: excerpt(string(raw))}
	}

	object, ok := v.(map[string]any)
	if !ok {
		return nil, &ArgumentError{Tool: tool, Want: "a JSON object", Got: excerptJSON(v)}
	}

	var errs []error
	for _, f := range j.faults(object) {
		errs = append(errs, &ArgumentError{Tool: tool, Field: f.path, Want: f.want, Got: f.got})
	}

	if len(errs) == 1 {
		return object, errs[0]
	}

	return object, errors.Join(errs...)
}

// decode fills a struct with arguments that hold by their schema. A schema can't tell everything: a number
// may still not fit.
func decode(tool string, raw json.RawMessage, v, into any) error {
	err := json.Unmarshal(inGo(orEmpty(raw), v), into)
	if err == nil {
		return nil
	}

	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) && typed.Field != "" {
		want := "of the type " + typed.Type.String()
		return &ArgumentError{Tool: tool, Field: typed.Field, Want: want, Got: typed.Value}
	}

	if name, value, err := findUnreadable(raw, into); err != nil {
		return &ArgumentError{Tool: tool, Field: name, Want: asTypeSays(err), Got: excerpt(string(value))}
	}

	return &ArgumentError{Tool: tool, Want: asTypeSays(err), Got: excerpt(string(raw))}
}

// findUnreadable returns the first field of an object that a type does not read, and why. A type that reads
// its JSON itself, such as an address, does not say where it stood.
func findUnreadable(text []byte, into any) (name string, value json.RawMessage, err error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return "", nil, nil
	}

	for _, name := range slices.Sorted(maps.Keys(fields)) {
		alone, err := json.Marshal(map[string]json.RawMessage{name: fields[name]})
		if err != nil {
			continue
		}

		if err := json.Unmarshal(alone, reflect.New(reflect.TypeOf(into).Elem()).Interface()); err != nil {
			return name, fields[name], err
		}
	}

	return "", nil, nil
}

// asTypeSays is what a value must be, in the words of the type that could not read it.
func asTypeSays(err error) string { return "as its type says (" + excerpt(err.Error()) + ")" }

// CheckSchema returns why the tool can't be offered: its schema is no JSON Schema, or none of an object. It
// also returns the patterns in the schema that Tool.Check does not check, because Go's regular expressions
// have no lookahead and no backreferences.
func (t Tool) CheckSchema() (unchecked []string, err error) {
	j, err := judgeOf(t.Schema, foreign)
	if err == nil {
		_, err = argsForGrammar(t)
	}

	if err != nil {
		return nil, fmt.Errorf("llm: the schema of tool %s: %w", t.Name, err)
	}
	j.told.Do(func() {}) // our caller knows

	return j.unchecked, nil
}

// excerpt is what an error shows of a text.
func excerpt(s string) string { return text.Truncate(s, 120) }
