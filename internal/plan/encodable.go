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
	return encodable(t, "", nil)
}

func encodable(t reflect.Type, field string, within []reflect.Type) error {
	if slices.Contains(within, t) || marshalsItself(t) {
		return nil
	}
	within = append(within, t)

	in := ""
	if field != "" {
		in = fmt.Sprintf("its field %s is a %s, ", field, t)
	}

	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return fmt.Errorf("%swhich JSON can't hold: leave it out, or give the type MarshalJSON and "+
			"UnmarshalJSON", in)
	case reflect.Map:
		if k := t.Key(); k.Kind() != reflect.String && !isInteger(k) && !implements(k, textMarshaler) {
			return fmt.Errorf("%sand a key of JSON is a string or an integer, not a %s: give the type "+
				"MarshalText and UnmarshalText", in, k)
		}
		return encodable(t.Elem(), field, within)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return encodable(t.Elem(), field, within)
	case reflect.Struct:
		return encodableFields(t, field, in, within)
	}

	return nil
}

// encodableFields is encodable for a struct.
func encodableFields(t reflect.Type, field, in string, within []reflect.Type) error {
	seen := 0
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("json") == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		seen++

		path := strings.TrimPrefix(field+"."+f.Name, ".")
		if err := encodable(f.Type, path, within); err != nil {
			return err
		}
	}

	if seen == 0 && t.NumField() > 0 {
		return fmt.Errorf("%sand no field of %s is in JSON, so all of them would be lost: export them, or give "+
			"the type MarshalJSON and UnmarshalJSON", in, t)
	}

	return nil
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
