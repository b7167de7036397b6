package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/google/jsonschema-go/jsonschema"
)

// schemaOf infers the schema of a Go type: what encoding/json writes of it, and reads. The two must agree.
// We infer it ourselves because libraries leave out what a type says of itself by its methods and tags, and
// take a type that contains itself for endless.
func schemaOf(t reflect.Type) (*jsonschema.Schema, error) {
	i := inference{open: map[reflect.Type]bool{}, names: map[reflect.Type]string{},
		defs: map[string]*jsonschema.Schema{}}

	s, err := i.infer(t, false)
	if err != nil {
		return nil, fmt.Errorf("llm: %v has no JSON Schema: %w", t, err)
	}

	if name, ok := strings.CutPrefix(s.Ref, definitions); ok {
		s = i.defs[name].CloneSchemas() // grammars and models want to see what it is
	}

	if len(i.defs) > 0 {
		s.Defs = i.defs
	}

	return s, nil
}

const definitions = "#/$defs/"

// An inference goes through one type. A type that contains itself becomes a definition, to which the places
// that contain it refer.
type inference struct {
	open  map[reflect.Type]bool   // those that we are within
	names map[reflect.Type]string // of the definitions
	defs  map[string]*jsonschema.Schema
	count int
}

// maxTypes bounds the schema of a type. More is no answer that a model can write.
const maxTypes = 10_000

func base(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	return t
}

// infer returns the schema of a type. A value behind a pointer has the methods of the pointer, too.
func (i *inference) infer(t reflect.Type, addressable bool) (*jsonschema.Schema, error) {
	if i.count++; i.count > maxTypes {
		return nil, errors.New("it is too large")
	}
	addressable = addressable || t.Kind() == reflect.Pointer
	t = base(t)

	if i.open[t] {
		return i.refer(t), nil
	}

	if name := i.names[t]; name != "" {
		return &jsonschema.Schema{Ref: definitions + name}, nil
	}

	i.open[t] = t.Name() != ""
	s, err := ownSchema(t, addressable)
	if s == nil && err == nil {
		s, err = i.inferKind(t, addressable)
	}
	delete(i.open, t)

	if name := i.names[t]; name != "" && err == nil {
		i.defs[name] = s
		s = &jsonschema.Schema{Ref: definitions + name}
	}

	return s, err
}

// refer makes a definition of a type that we are within.
func (i *inference) refer(t reflect.Type) *jsonschema.Schema {
	if i.names[t] == "" {
		name := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return '_'
		}, t.Name())

		for n := 2; i.isTaken(name); n++ {
			name = strings.TrimRight(name, "0123456789") + strconv.Itoa(n)
		}
		i.names[t] = name
	}

	return &jsonschema.Schema{Ref: definitions + i.names[t]}
}

func (i *inference) isTaken(name string) bool {
	for _, taken := range i.names {
		if taken == name {
			return true
		}
	}
	return false
}

func (i *inference) inferKind(t reflect.Type, addressable bool) (*jsonschema.Schema, error) {
	switch t.Kind() {
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}, nil
	case reflect.String:
		return &jsonschema.Schema{Type: "string"}, nil
	case reflect.Float32, reflect.Float64:
		return &jsonschema.Schema{Type: "number"}, nil
	case reflect.Slice:
		if isBase64(t) {
			return &jsonschema.Schema{Type: "string", ContentEncoding: "base64"}, nil
		}
		return i.inferItems(t, true)
	case reflect.Array:
		return i.inferItems(t, addressable)
	case reflect.Map:
		return i.inferMap(t)
	case reflect.Struct:
		return i.inferStruct(t, addressable)
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return &jsonschema.Schema{}, nil
		}
		return nil, fmt.Errorf("nothing in JSON says which %v it is: name a type, or use any", t)
	case reflect.Pointer:
		return i.inferNamedPointer(t)
	}

	if s := integer(t.Kind()); s != nil {
		return s, nil
	}

	return nil, fmt.Errorf("%v can't be in JSON: leave the field out with `json:\"-\"`", t)
}

// inferNamedPointer is for what few declare: type P *T.
func (i *inference) inferNamedPointer(t reflect.Type) (*jsonschema.Schema, error) {
	passed := map[reflect.Type]bool{}
	for t.Kind() == reflect.Pointer {
		if passed[t] {
			return nil, fmt.Errorf("%v points to itself", t)
		}
		passed[t] = true
		t = t.Elem()
	}
	return i.infer(t, true)
}

// integer returns nil for kinds that are no integers. It states the bounds that a float64 can state.
func integer(k reflect.Kind) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "integer"}
	switch k {
	case reflect.Int, reflect.Int64:
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		s.Minimum = new(0.0)
	case reflect.Int8:
		s.Minimum, s.Maximum = new(float64(math.MinInt8)), new(float64(math.MaxInt8))
	case reflect.Int16:
		s.Minimum, s.Maximum = new(float64(math.MinInt16)), new(float64(math.MaxInt16))
	case reflect.Int32:
		s.Minimum, s.Maximum = new(float64(math.MinInt32)), new(float64(math.MaxInt32))
	case reflect.Uint8:
		s.Minimum, s.Maximum = new(0.0), new(float64(math.MaxUint8))
	case reflect.Uint16:
		s.Minimum, s.Maximum = new(0.0), new(float64(math.MaxUint16))
	case reflect.Uint32:
		s.Minimum, s.Maximum = new(0.0), new(float64(math.MaxUint32))
	default:
		return nil
	}

	return s
}

// isBase64 reports whether encoding/json writes a slice as base64.
func isBase64(t reflect.Type) bool {
	e := reflect.PointerTo(t.Elem())
	return t.Elem().Kind() == reflect.Uint8 && !e.Implements(jsonMarshaler) && !e.Implements(textMarshaler)
}

func (i *inference) inferItems(t reflect.Type, addressable bool) (*jsonschema.Schema, error) {
	items, err := i.infer(t.Elem(), addressable)
	if err != nil {
		return nil, fmt.Errorf("its items: %w", err)
	}

	s := &jsonschema.Schema{Type: "array", Items: items}
	if t.Kind() == reflect.Array {
		s.MinItems, s.MaxItems = new(t.Len()), new(t.Len())
		s.Items = orNull(items, t.Elem())
	}

	return s, nil
}

// orNull lets what must be there be null if it leads back to the type that it is within: or else no value
// would ever end.
func orNull(s *jsonschema.Schema, t reflect.Type) *jsonschema.Schema {
	if s.Ref == "" || t.Kind() != reflect.Pointer {
		return s
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, {Type: "null"}}}
}

func (i *inference) inferMap(t reflect.Type) (*jsonschema.Schema, error) {
	s := &jsonschema.Schema{Type: "object"}

	switch key := t.Key(); {
	case key.Kind() == reflect.String:
	case key.Implements(textMarshaler) && reflect.PointerTo(key).Implements(textUnmarshaler):
	case key.Implements(textMarshaler) || reflect.PointerTo(key).Implements(textUnmarshaler):
		return nil, fmt.Errorf("its keys, %v, need both MarshalText and, on a pointer, UnmarshalText", key)
	case integer(key.Kind()) != nil:
		s.PropertyNames = &jsonschema.Schema{Pattern: integerPattern(key.Kind())}
	default:
		return nil, fmt.Errorf("its keys, %v, can't be names in JSON: use strings", key)
	}

	values, err := i.infer(t.Elem(), false)
	if err != nil {
		return nil, fmt.Errorf("its values: %w", err)
	}
	s.AdditionalProperties = values

	return s, nil
}

func integerPattern(k reflect.Kind) string {
	if s := integer(k); s.Minimum != nil && *s.Minimum == 0 {
		return "^[0-9]+$"
	}
	return "^-?[0-9]+$"
}

func (i *inference) inferStruct(t reflect.Type, addressable bool) (*jsonschema.Schema, error) {
	s := &jsonschema.Schema{
		Type:                 "object",
		Properties:           map[string]*jsonschema.Schema{},
		AdditionalProperties: noSchema(),
	}

	fields, err := jsonFields(t)
	if err != nil {
		return nil, err
	}

	for _, f := range fields {
		if f.Tag.Get("jsonschema") == "-" {
			continue // Complete fills it
		}

		p, err := i.inferField(f, addressable)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}

		s.Properties[f.name] = p
		s.PropertyOrder = append(s.PropertyOrder, f.name)
		if !f.optional {
			s.Required = append(s.Required, f.name)
		}
	}

	return s, nil
}

func (i *inference) inferField(f jsonField, addressable bool) (*jsonschema.Schema, error) {
	p, err := i.infer(f.Type, addressable)
	if err != nil {
		return nil, err
	}

	if f.quoted {
		if p, err = quoted(f.Type, p); err != nil {
			return nil, err
		}
	}

	if !f.optional {
		p = orNull(p, f.Type)
	}

	return p, readTags(p, f.StructField)
}

// quoted is the schema of a field with the option string, which encoding/json obeys for some kinds.
func quoted(t reflect.Type, p *jsonschema.Schema) (*jsonschema.Schema, error) {
	k := base(t).Kind()
	switch {
	case k == reflect.String || isSelfMade(base(t)):
		return nil, fmt.Errorf("the option string of its json tag would write %v as JSON within JSON: "+
			"remove it", t)
	case k == reflect.Bool:
		return &jsonschema.Schema{Type: "string", Enum: []any{"true", "false"}}, nil
	case integer(k) != nil:
		return &jsonschema.Schema{Type: "string", Pattern: integerPattern(k)}, nil
	case p.Type == "number":
		return &jsonschema.Schema{Type: "string", Pattern: `^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`}, nil
	}

	return p, nil // encoding/json ignores it
}

// readTags adds what the tags jsonschema, enum and format say of a field.
func readTags(p *jsonschema.Schema, f reflect.StructField) error {
	if says, ok := f.Tag.Lookup("jsonschema"); ok {
		switch {
		case says == "":
			return errors.New("its jsonschema tag is empty: describe the field, or remove the tag")
		case isKeyword.MatchString(says):
			return fmt.Errorf("jsonschema:%q is no description: write `enum:\"a,b\"` or `format:\"date\"`, "+
				"or describe the field in words", says)
		}
		p.Description = says
	}

	if format := f.Tag.Get("format"); format != "" {
		p.Format = format
	}

	tag, ok := f.Tag.Lookup("enum")
	if !ok {
		return nil
	}

	if err := setEnum(p, splitEnum(tag)); err != nil {
		return fmt.Errorf("enum:%q: %w", tag, err)
	}

	return nil
}

// isKeyword matches what other libraries read as keywords, such as enum=keep.
var isKeyword = regexp.MustCompile(`^[^ \t\n]*=`)

// splitEnum splits a tag at its commas. A backslash keeps a comma within a value.
func splitEnum(tag string) (values []string) {
	const comma = "\x00"
	for v := range strings.SplitSeq(strings.ReplaceAll(tag, `\,`, comma), ",") {
		values = append(values, strings.ReplaceAll(strings.TrimSpace(v), comma, ","))
	}
	return values
}

// setEnum bounds a property, or the items of a list, to values that are written as texts.
func setEnum(p *jsonschema.Schema, values []string) error {
	if p.Items != nil {
		p = p.Items
	}

	p.Enum = nil
	for _, text := range values {
		v, err := choice(p, text)
		if err != nil {
			return err
		}

		if !slices.Contains(p.Enum, v) {
			p.Enum = append(p.Enum, v)
		}
	}

	return nil
}

// choice is one value to choose: of a string as it stands, of numbers and truth values in JSON.
func choice(p *jsonschema.Schema, text string) (any, error) {
	switch p.Type {
	case "string":
		return text, nil
	case "integer", "number", "boolean":
	case "":
		if p.Ref == "" && p.AnyOf == nil {
			return text, nil // anything may be chosen, and a text is what was offered
		}
		fallthrough
	default:
		return nil, errors.New("only texts, numbers, truth values and lists of these can be chosen from")
	}

	v, err := decodeExact([]byte(text))
	if n, ok := v.(json.Number); ok && err == nil {
		v, _ = plainInteger(n)
	}

	if err != nil || !fits(p, v) {
		return nil, fmt.Errorf("%q is no %s that the field can hold", text, p.Type)
	}

	return v, nil
}

func fits(p *jsonschema.Schema, v any) bool {
	b, ok := v.(bool)
	if p.Type == "boolean" || ok {
		return ok && p.Type == "boolean" && (b || !b)
	}

	text, err := json.Marshal(&jsonschema.Schema{Type: p.Type, Minimum: p.Minimum, Maximum: p.Maximum})
	if err != nil {
		return false
	}
	j, err := judgeOf(text, ours)

	return err == nil && j.faults(v) == nil
}
