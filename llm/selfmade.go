package llm

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// wellKnown are types that write themselves, and whose JSON is known.
var wellKnown = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[time.Time]():       {Type: "string", Format: "date-time"},
	reflect.TypeFor[json.RawMessage](): {},
	reflect.TypeFor[json.Number]():     {Type: "number"},
	reflect.TypeFor[big.Int]():         {Type: "integer"},
}

// isSelfMade reports whether a type writes or reads its JSON itself.
func isSelfMade(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonMarshaler) || p.Implements(jsonUnmarshaler) || p.Implements(textMarshaler) ||
		p.Implements(textUnmarshaler) || wellKnown[t] != nil
}

// A form is how a type is written or read.
type form int

const (
	byKind form = iota // as its kind is
	byText             // a string, by MarshalText or UnmarshalText
	byJSON             // anything, by MarshalJSON or UnmarshalJSON
)

// ownSchema is the schema of a type that writes its JSON itself or says its schema itself. It is nil for
// other types.
func ownSchema(t reflect.Type, addressable bool) (*jsonschema.Schema, error) {
	if t.Kind() == reflect.Interface {
		return nil, nil
	}

	written := formOf(t, addressable, jsonMarshaler, textMarshaler)
	if !addressable && written != formOf(t, true, jsonMarshaler, textMarshaler) {
		return nil, fmt.Errorf("%v is written by a method of *%v, which has no effect here: use a *%v, "+
			"or declare the method on the value", t, t, t)
	}

	if s, err := saidSchema(t); s != nil || err != nil {
		return s, err
	}

	if s := wellKnown[t]; s != nil {
		return s.CloneSchemas(), nil
	}

	if !isSelfMade(t) {
		return nil, nil
	}
	read := formOf(t, true, jsonUnmarshaler, textUnmarshaler)

	switch {
	case written != byJSON && read != byJSON && t.Kind() == reflect.String,
		written == byText && read == byText,
		written == byJSON && read == byJSON && writesItsText(t):
		return &jsonschema.Schema{Type: "string"}, nil
	case written == byJSON && read == byJSON:
		return nil, fmt.Errorf("only %v itself knows what JSON it writes: give it, or a type that embeds "+
			"it, a method JSONSchema() json.RawMessage that says so", t)
	}

	return nil, fmt.Errorf("%v is written %s and read %s: give it both methods", t, by(written, "Marshal"),
		by(read, "Unmarshal"))
}

func by(f form, verb string) string {
	switch f {
	case byJSON:
		return "by " + verb + "JSON"
	case byText:
		return "by " + verb + "Text"
	}
	return "without " + verb + "JSON and " + verb + "Text"
}

// formOf tells by which of two interfaces encoding/json goes.
func formOf(t reflect.Type, addressable bool, inJSON, inText reflect.Type) form {
	has := func(i reflect.Type) bool {
		return t.Implements(i) || addressable && reflect.PointerTo(t).Implements(i)
	}
	switch {
	case has(inJSON):
		return byJSON
	case has(inText):
		return byText
	}

	return byKind
}

// writesItsText reports whether the JSON of a type is the string of its text, as far as the zero value
// shows.
func writesItsText(t reflect.Type) bool {
	defer func() { _ = recover() }() // a method may not like the zero value

	zero := reflect.New(t).Interface()
	text, ok := zero.(encoding.TextMarshaler)
	if !ok || !reflect.PointerTo(t).Implements(textUnmarshaler) {
		return false
	}

	says, err := text.MarshalText()
	if err != nil {
		return false
	}

	want, err := json.Marshal(string(says))
	if err != nil {
		return false
	}
	got, err := zero.(json.Marshaler).MarshalJSON()

	return err == nil && bytes.Equal(got, want)
}

// saidSchema is what a type's method JSONSchema returns, written as JSON: a json.RawMessage, or the schema
// type of any library. It is nil for types without the method.
func saidSchema(t reflect.Type) (s *jsonschema.Schema, err error) {
	m, ok := reflect.PointerTo(t).MethodByName("JSONSchema")
	if !ok || m.Type.NumIn() != 1 || m.Type.NumOut() != 1 {
		return nil, nil
	}

	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("the method JSONSchema of %v panics: %v", t, p)
		}
	}()

	text, err := json.Marshal(m.Func.Call([]reflect.Value{reflect.New(t)})[0].Interface())
	if err == nil {
		s, err = parseSaid(text)
	}

	if err != nil {
		return nil, fmt.Errorf("the method JSONSchema of %v: %w", t, err)
	}

	return s, nil
}

func parseSaid(text json.RawMessage) (*jsonschema.Schema, error) {
	j, err := newJudge(text, ours)
	if err != nil {
		return nil, err
	}

	for _, part := range j.places {
		if part.Ref != nil {
			return nil, errors.New("it must not refer to anything: it becomes a part of another schema")
		}
	}

	if len(j.unchecked) > 0 {
		return nil, fmt.Errorf("regular expressions of Go have no %q", j.unchecked[0])
	}

	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	s.Schema, s.ID = "", ""

	var exact struct{ Enum json.RawMessage }
	_ = json.Unmarshal(text, &exact) // it has just been read
	if values, err := decodeExact(exact.Enum); err == nil {
		s.Enum, _ = values.([]any)
	}

	return &s, nil
}
