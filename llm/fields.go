package llm

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// A jsonField is a field of a struct as encoding/json sees it.
type jsonField struct {
	reflect.StructField
	name     string
	tagged   bool // the name is from a tag
	optional bool // omitempty or omitzero
	quoted   bool // the option string
	depth    int  // how deeply it is embedded
}

// jsonFields returns the fields of a struct that encoding/json writes and reads, in order. Of several with
// one name it takes the least deeply embedded, then the tagged one, or else none.
func jsonFields(t reflect.Type) ([]jsonField, error) {
	all, err := collectFields(t, 0, map[reflect.Type]bool{})
	if err != nil {
		return nil, err
	}

	return slices.DeleteFunc(all, func(f jsonField) bool { return !isDominant(f, all) }), nil
}

func isDominant(f jsonField, all []jsonField) bool {
	same := 0
	for _, other := range all {
		if other.name != f.name {
			continue
		}

		switch {
		case other.depth < f.depth, other.depth == f.depth && other.tagged && !f.tagged:
			return false
		case other.depth == f.depth && other.tagged == f.tagged:
			same++ // itself among them
		}
	}

	return same == 1
}

// collectFields goes down into embedded structs, into each once on a way down.
func collectFields(t reflect.Type, depth int, within map[reflect.Type]bool) (all []jsonField, err error) {
	if within[t] {
		return nil, nil
	}
	within[t] = true
	defer delete(within, t)

	for i := range t.NumField() {
		f := readField(t.Field(i), depth)
		structure := f.Type
		if structure.Kind() == reflect.Pointer && structure.Name() == "" {
			structure = structure.Elem()
		}
		isStruct := structure.Kind() == reflect.Struct

		switch {
		case f.Tag.Get("json") == "-",
			!f.IsExported() && !(f.Anonymous && isStruct):
			continue
		case f.Anonymous && !f.IsExported() && f.Type.Kind() == reflect.Pointer:
			return nil, fmt.Errorf("field %s: an embedded pointer to a type that is not exported can't be "+
				"read: embed the struct itself", f.Name)
		case f.Anonymous && isStruct && !f.tagged:
			promoted, err := collectFields(structure, depth+1, within)
			if err != nil {
				return nil, err
			}

			for _, p := range promoted {
				p.optional = p.optional || f.Type.Kind() == reflect.Pointer // it may be nil
				all = append(all, p)
			}
		default:
			all = append(all, f)
		}
	}

	return all, nil
}

func readField(f reflect.StructField, depth int) jsonField {
	name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
	options := strings.Split(rest, ",")
	if !isValidName(name) {
		name = ""
	}

	field := jsonField{
		StructField: f,
		name:        name,
		tagged:      name != "",
		optional:    slices.Contains(options, "omitempty") || slices.Contains(options, "omitzero"),
		quoted:      slices.Contains(options, "string"),
		depth:       depth,
	}
	if name == "" {
		field.name = f.Name
	}

	return field
}

// isValidName reports whether encoding/json takes the name of a tag.
func isValidName(name string) bool {
	for _, r := range name {
		isPlain := unicode.IsLetter(r) || unicode.IsDigit(r)
		if !isPlain && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) {
			return false
		}
	}
	return name != ""
}
