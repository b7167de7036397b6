package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A judge holds values to a JSON Schema. The library judges, exactly, also numbers beyond 2^53; findFaults
// finds words for what it says.
type judge struct {
	schema *jsonschema.Schema
	places map[string]*jsonschema.Schema // within it, by location
	// unchecked are the patterns that Go's regular expressions can't express, such as lookahead.
	unchecked []string
	told      sync.Once // guards the one warning about it
}

// Schemas of Go types state what they mean. Those of other people state formats that servers read in their
// own way, so these are told to the model and not checked.
const (
	ours = iota
	foreign
)

// drafts are the versions of JSON Schema as which one is read that doesn't name its own, or misnames it.
var drafts = []*jsonschema.Draft{jsonschema.Draft2020, jsonschema.Draft7, jsonschema.Draft4}

// newJudge returns an error for a schema that nothing can be held to: no version of JSON Schema allows it, it
// refers to what isn't there, or it refers to itself without end. No schema is that of any value.
func newJudge(text json.RawMessage, whose int) (*judge, error) {
	doc, err := decodeExact(orEmpty(text))
	if err != nil {
		return nil, err
	}

	j, err := compile(doc, nil, whose)
	if err == nil {
		return j, nil
	}

	if object, ok := doc.(map[string]any); ok {
		delete(object, "$schema")
	}

	for _, draft := range drafts {
		if j, second := compile(doc, draft, whose); second == nil {
			return j, nil
		}
	}

	return nil, err
}

// within names a schema in errors. Schemas that refer to it and say so by name are rare.
const within = "schema:///"

func compile(doc any, draft *jsonschema.Draft, whose int) (j *judge, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it can't be read: %v", p)
		}
	}()

	j = &judge{places: map[string]*jsonschema.Schema{}}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(j.pattern)
	c.AssertFormat() // so that the words for a fault can name it
	if whose == foreign {
		acceptFormats(c, doc)
	}

	if draft != nil {
		c.DefaultDraft(draft)
	}

	if err := c.AddResource(within, doc); err != nil {
		return nil, err
	}

	if j.schema, err = c.Compile(within); err != nil {
		return nil, explain(err)
	}

	if !j.index(j.schema, nil) {
		return nil, errors.New("it refers to itself without end")
	}

	return j, nil
}

// explain returns what is wrong with a schema. The library's own error is longer, and names a place that it
// made up.
func explain(err error) error {
	var none *jsonschema.SchemaValidationError
	var failed *jsonschema.ValidationError
	if errors.As(err, &none) && errors.As(none.Err, &failed) {
		first := leaves(failed)[0]
		at := "/" + strings.Join(first.InstanceLocation, "/")
		return fmt.Errorf("at %s: %s", at, excerpt(first.ErrorKind.LocalizedString(english)))
	}

	text := strings.ReplaceAll(err.Error(), within, "")
	return errors.New(strings.Join(strings.Fields(text), " "))
}

// A noLoader has nothing that a schema could refer to outside of itself.
type noLoader struct{}

// Load implements jsonschema.URLLoader.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is outside of the schema, where nothing is looked up", url)
}

// acceptFormats has every string accepted as of each format that the document names.
func acceptFormats(c *jsonschema.Compiler, doc any) {
	switch part := doc.(type) {
	case map[string]any:
		if name, ok := part["format"].(string); ok {
			c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(any) error { return nil }})
		}

		for _, v := range part {
			acceptFormats(c, v)
		}
	case []any:
		for _, v := range part {
			acceptFormats(c, v)
		}
	}
}

// pattern takes what Go can't express as a pattern that everything matches.
func (j *judge) pattern(text string) (jsonschema.Regexp, error) {
	re, err := regexp.Compile(text)
	if err == nil {
		return re, nil
	}

	if !slices.Contains(j.unchecked, text) {
		j.unchecked = append(j.unchecked, text)
	}

	return anything(text), nil
}

type anything string

func (a anything) String() string          { return string(a) }
func (a anything) MatchString(string) bool { return true }

// index notes s and all within it by their locations. It reports whether each reference leads somewhere:
// within are the schemas that judge the same value as s.
func (j *judge) index(s *jsonschema.Schema, within []*jsonschema.Schema) bool {
	if s == nil {
		return true
	}

	if slices.Contains(within, s) {
		return false
	}

	if j.places[s.Location] != nil {
		return true
	}
	j.places[s.Location] = s
	within = append(within, s)

	same := slices.Concat(s.AllOf, s.AnyOf, s.OneOf, []*jsonschema.Schema{s.Ref, s.RecursiveRef, s.Not, s.If,
		s.Then, s.Else})
	for _, x := range s.DependentSchemas {
		same = append(same, x)
	}

	for _, x := range same {
		if !j.index(x, within) {
			return false
		}
	}

	for _, x := range inside(s) {
		if !j.index(x, nil) {
			return false
		}
	}

	return true
}

// inside are the schemas of what a value contains.
func inside(s *jsonschema.Schema) []*jsonschema.Schema {
	all := slices.Concat(s.PrefixItems, []*jsonschema.Schema{s.Items2020, s.PropertyNames, s.Contains,
		s.UnevaluatedItems, s.UnevaluatedProperties})
	for _, x := range s.Properties {
		all = append(all, x)
	}

	for _, x := range s.PatternProperties {
		all = append(all, x)
	}

	for _, x := range []any{s.Items, s.AdditionalItems, s.AdditionalProperties} {
		switch x := x.(type) {
		case *jsonschema.Schema:
			all = append(all, x)
		case []*jsonschema.Schema:
			all = append(all, x...)
		}
	}

	return all
}

// faults returns what is wrong with a value, in the order in which it should be read. The value is JSON as
// decodeExact reads it.
func (j *judge) faults(v any) (all []fault) {
	defer func() {
		if p := recover(); p != nil {
			all = []fault{{want: "as the schema says", got: excerptJSON(v)}}
		}
	}()

	if f := findHugeNumber(v, ""); f != nil {
		return []fault{*f}
	}

	err := j.schema.Validate(v)
	if err == nil {
		return nil
	}

	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return []fault{{want: asSchemaSays(err), got: excerptJSON(v)}}
	}

	return j.findFaults(failed, v)
}

// judges keeps what has been compiled: tools and choices are mostly the same from call to call.
var judges = struct {
	sync.Mutex
	of map[string]judged
}{of: map[string]judged{}}

type judged struct {
	*judge
	err error
}

// maxJudges bounds how many are kept. Choices of live facts make many schemas.
const maxJudges = 512

// judgeOf is newJudge for a schema that is asked for again and again.
func judgeOf(text json.RawMessage, whose int) (*judge, error) {
	key := fmt.Sprint(whose) + string(bytes.TrimSpace(text))

	judges.Lock()
	known, ok := judges.of[key]
	judges.Unlock()
	if ok {
		return known.judge, known.err
	}

	j, err := newJudge(text, whose)
	if err != nil {
		j = &judge{}
	}

	judges.Lock()
	defer judges.Unlock()
	if len(judges.of) >= maxJudges {
		clear(judges.of)
	}
	judges.of[key] = judged{j, err}

	return j, err
}
