package plan

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"
	"unicode"
)

// # Rows are what their JSON says
//
// A row is written as JSON, and read back after a restart. So a step must get the row that its JSON says from
// the first moment, or its results would depend on when the worker was started. Decoding each row anew after
// each change would cost as much again as the change. So the type decides, once, when a plan is run:
//
//   - What encoding/json gives back as it was stays as it is: booleans, numbers, strings, and arrays, slices,
//     maps, pointers and structs of these, with nil and empty ones told apart.
//   - Of what it gives back for most values, the value is looked at after each change: a time.Time is the
//     same if it is in UTC, without a reading of the monotonic clock; a slice or map with omitempty, unless
//     it is empty and not nil; a string, unless it is no UTF-8.
//   - All else is decoded anew: interfaces, as the values of map[string]any, since numbers become float64;
//     fields that are not exported, embedded, or named "-"; types that marshal themselves, json.RawMessage
//     and json.Number among them; pointers to what can be null; types that contain themselves.

// Fidelity tells which values of a type encoding/json gives back as they are.
type Fidelity struct {
	never bool  // it is to be decoded anew
	looks looks // nil: each value is
}

// looks reports whether encoding/json gives back a value as it is, strings aside.
type looks func(reflect.Value) bool

// FidelityOf looks at a type.
func FidelityOf(t reflect.Type) Fidelity {
	if t == nil {
		return Fidelity{never: true}
	}
	look, same := lookAt(t, nil)
	return Fidelity{never: !same, looks: look}
}

// Keeps reports whether decoding b, the JSON of v, gives v.
func (f Fidelity) Keeps(v any, b []byte) bool {
	switch {
	case f.never:
		return false
	case bytes.Contains(b, invalidUTF8):
		return false
	case f.looks == nil || v == nil:
		return true
	}
	return f.looks(reflect.ValueOf(v))
}

// invalidUTF8 is how encoding/json writes a byte that is no UTF-8. The rune itself it writes as it is.
var invalidUTF8 = []byte(`\ufffd`)

// lookAt returns how to look at values of a type, nil if all are the same, and whether any are.
func lookAt(t reflect.Type, within []reflect.Type) (look looks, same bool) {
	for _, outer := range within {
		if outer == t {
			return nil, false
		}
	}
	within = append(within, t)

	switch {
	case t == reflect.TypeFor[time.Time]():
		return isPlainTime, true
	case t == reflect.TypeFor[json.Number]() || codesItself(t):
		return nil, false
	}

	switch t.Kind() {
	case reflect.Struct:
		return lookAtFields(t, within)
	case reflect.Pointer:
		if canBeNull(t.Elem()) {
			return nil, false
		}
		look, same = lookAt(t.Elem(), within)
		return throughPointer(look), same
	case reflect.Slice, reflect.Array:
		look, same = lookAt(t.Elem(), within)
		return atEach(look), same
	case reflect.Map:
		if look, same = lookAt(t.Key(), within); !same || look != nil {
			return nil, false
		}
		look, same = lookAt(t.Elem(), within)
		return atEachValue(look), same
	}

	return nil, t.Kind() == reflect.String || t.Kind() <= reflect.Float64 && t.Kind() > reflect.Invalid
}

type lookAtField struct {
	i    int
	look looks
}

// lookAtFields is lookAt for a struct.
func lookAtFields(t reflect.Type, within []reflect.Type) (look looks, same bool) {
	names := map[string]bool{}
	var fields []lookAtField
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}

		folded := strings.ToLower(name)
		switch {
		case !f.IsExported(), f.Anonymous, f.Tag.Get("json") == "-", names[folded], !isPlainName(name):
			return nil, false
		case strings.Contains(options, "string"), strings.Contains(options, "omitzero") && hasIsZero(f.Type):
			return nil, false
		}
		names[folded] = true

		look, same := lookAt(f.Type, within)
		if !same {
			return nil, false
		}

		if kind := f.Type.Kind(); strings.Contains(options, "omitempty") &&
			(kind == reflect.Slice || kind == reflect.Map) {
			look = unlessEmpty(look)
		}

		if look != nil {
			fields = append(fields, lookAtField{i, look})
		}
	}

	if len(fields) == 0 {
		return nil, true
	}

	return func(v reflect.Value) bool {
		for _, f := range fields {
			if !f.look(v.Field(f.i)) {
				return false
			}
		}
		return true
	}, true
}

// isPlainTime reports whether a time is as UnmarshalJSON makes it.
func isPlainTime(v reflect.Value) bool {
	t := v.Interface().(time.Time)
	return t == t.Round(0).UTC() // not Equal: what it consists of is meant
}

func throughPointer(look looks) looks {
	if look == nil {
		return nil
	}
	return func(v reflect.Value) bool { return v.IsNil() || look(v.Elem()) }
}

func atEach(look looks) looks {
	if look == nil {
		return nil
	}

	return func(v reflect.Value) bool {
		for i := range v.Len() {
			if !look(v.Index(i)) {
				return false
			}
		}
		return true
	}
}

func atEachValue(look looks) looks {
	if look == nil {
		return nil
	}

	return func(v reflect.Value) bool {
		for values := v.MapRange(); values.Next(); {
			if !look(values.Value()) {
				return false
			}
		}
		return true
	}
}

// unlessEmpty is for what omitempty leaves out: it is nil afterwards.
func unlessEmpty(look looks) looks {
	return func(v reflect.Value) bool {
		switch {
		case v.IsNil():
			return true
		case v.Len() == 0:
			return false
		}
		return look == nil || look(v)
	}
}

// isPlainName reports whether encoding/json takes the name from a tag as it is.
func isPlainName(name string) bool {
	for _, c := range name {
		isWord := c <= unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c))
		if !isWord && !strings.ContainsRune("_-.", c) {
			return false
		}
	}
	return true
}

// canBeNull reports whether the JSON of a value can be null.
func canBeNull(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return true
	}
	return false
}

var (
	marshaler       = reflect.TypeFor[json.Marshaler]()
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// implements reports whether a type, or a pointer to it, has the methods of an interface.
func implements(t, methods reflect.Type) bool {
	return t.Implements(methods) || reflect.PointerTo(t).Implements(methods)
}

// marshalsItself and unmarshalsItself report whether encoding/json asks the type itself.
func marshalsItself(t reflect.Type) bool {
	return implements(t, marshaler) || implements(t, textMarshaler)
}

func unmarshalsItself(t reflect.Type) bool {
	return implements(t, unmarshaler) || implements(t, textUnmarshaler)
}

func codesItself(t reflect.Type) bool { return marshalsItself(t) || unmarshalsItself(t) }

func hasIsZero(t reflect.Type) bool {
	return t != reflect.TypeFor[time.Time]() && implements(t, reflect.TypeFor[interface{ IsZero() bool }]())
}
