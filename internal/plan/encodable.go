package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Encodable returns why values of a type can't be encoded as JSON, or would lose all that they are; nil if
// nothing is known against it. An interface may hold anything.
func Encodable(t reflect.Type) error {
	if t == nil {
		return nil
	}
	return place{}.encodable(t)
}

// A place is where in a type another one is.
type place struct {
	field     string         // the path; "": it is the type itself
	within    []reflect.Type // around it
	addressed bool           // encoding/json finds methods of the pointer
}

func (p place) encodable(t reflect.Type) error {
	if slices.Contains(p.within, t) || p.marshals(t) {
		return nil
	}
	p.within = append(slices.Clip(p.within), t)

	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return p.errorf(t, "which JSON can't hold: leave it out, or give the type MarshalJSON and "+
			"UnmarshalJSON")
	case reflect.Map:
		if k := t.Key(); k.Kind() != reflect.String && !isInteger(k) && !implements(k, textMarshaler) {
			return p.errorf(t, "and JSON has strings and integers as keys, not %s: give the type "+
				"MarshalText and UnmarshalText", k)
		}
		p.addressed = false
		return p.encodable(t.Elem())
	case reflect.Pointer, reflect.Slice:
		p.addressed = true
		return p.encodable(t.Elem())
	case reflect.Array:
		return p.encodable(t.Elem())
	case reflect.Struct:
		return p.encodableFields(t)
	}

	return nil
}

// marshals reports whether encoding/json has values of a type marshal themselves.
func (p place) marshals(t reflect.Type) bool {
	if p.addressed {
		return marshalsItself(t)
	}
	return t.Implements(marshaler) || t.Implements(textMarshaler)
}

// encodableFields is encodable for a struct.
func (p place) encodableFields(t reflect.Type) error {
	seen := 0
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("json") == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		seen++

		in := p
		in.field = strings.TrimPrefix(p.field+"."+f.Name, ".")
		if err := in.encodable(f.Type); err != nil {
			return err
		}
	}

	switch {
	case seen > 0 || t.NumField() == 0:
		return nil
	case marshalsItself(t):
		return p.errorf(t, "whose methods encoding/json does not find here, since their receiver is a "+
			"pointer, so that all would be lost: use *%s", t)
	}

	return p.errorf(t, "of which JSON has no field, so that all would be lost: export its fields, or give "+
		"the type MarshalJSON and UnmarshalJSON")
}

// errorf returns what is wrong with a type, and where.
func (p place) errorf(t reflect.Type, format string, args ...any) error {
	it := "it"
	if p.field != "" {
		it = "its field " + p.field
	}
	return fmt.Errorf(it+" is "+t.String()+", "+format, args...)
}

func isInteger(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr }

// KnowsItsFields reports whether a field in the JSON of a type, which the type lacks, can only come from
// another version of it. It can also come from one that writes itself, but is read field by field.
func KnowsItsFields(t reflect.Type) bool { return t != nil && knowsItsFields(t, nil) }

func knowsItsFields(t reflect.Type, within []reflect.Type) bool {
	if slices.Contains(within, t) || unmarshalsItself(t) {
		return true
	}

	if marshalsItself(t) {
		return false
	}
	within = append(within, t)

	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return knowsItsFields(t.Elem(), within)
	case reflect.Struct:
		for i := range t.NumField() {
			if !knowsItsFields(t.Field(i).Type, within) {
				return false
			}
		}
	}

	return true
}
