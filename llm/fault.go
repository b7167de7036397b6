package llm

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// A fault is one thing that is wrong with a value, by its schema.
type fault struct {
	path string // such as passengers[0].dob; empty for the value as a whole
	want string // what it must be; empty: there is no such name
	got  string // what it was, in JSON, truncated; empty if it was missing
}

// sentence tells the fault of a value that consists of fields, or of arguments.
func (f fault) sentence(whole, part string) string {
	switch {
	case f.path == "":
		return fmt.Sprintf("%s must be %s, not %s", whole, f.want, f.got)
	case f.want == "":
		return fmt.Sprintf("there is no %s %q", part, f.path)
	case f.got == "":
		return fmt.Sprintf("%s %q is missing: it must be %s", part, f.path, f.want)
	}

	return fmt.Sprintf("%s %q must be %s, not %s", part, f.path, f.want, f.got)
}

// maxFaults is how many faults are told at once.
const maxFaults = 8

// findFaults turns what the library found wrong with v into faults: what is missing comes first, then what
// is wrong, then what should not be there.
func (j *judge) findFaults(failed *jsonschema.ValidationError, v any) []fault {
	var all []fault
	for _, leaf := range leaves(failed) {
		all = append(all, j.faultsOf(leaf, v)...)
	}

	class := func(f fault) int {
		switch {
		case f.got == "":
			return 0
		case f.want != "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b fault) int {
		if byClass := cmp.Compare(class(a), class(b)); byClass != 0 || class(a) == 0 {
			return byClass // what is missing is in the schema's order
		}
		return cmp.Compare(a.path, b.path)
	})
	all = slices.CompactFunc(all, func(a, b fault) bool { return a == b })

	return all[:min(len(all), maxFaults)]
}

// leaves are the errors within one that name a single cause.
func leaves(e *jsonschema.ValidationError) (all []*jsonschema.ValidationError) {
	causes := e.Causes
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		meant := meantBranch(e)
		if meant == nil {
			return []*jsonschema.ValidationError{e}
		}
		causes = []*jsonschema.ValidationError{meant}
	case *kind.Contains, *kind.MinContains, *kind.PropertyNames:
		return []*jsonschema.ValidationError{e}
	}

	if len(causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}

	// The library goes through objects in any order.
	slices.SortStableFunc(causes, func(a, b *jsonschema.ValidationError) int {
		return slices.Compare(a.InstanceLocation, b.InstanceLocation)
	})
	for _, c := range causes {
		all = append(all, leaves(c)...)
	}

	return all
}

// meantBranch is the only alternative that is about a value of this type, or nil.
func meantBranch(e *jsonschema.ValidationError) (meant *jsonschema.ValidationError) {
	for _, c := range e.Causes {
		if isOfAnotherType(c, len(e.InstanceLocation)) {
			continue
		}

		if meant != nil {
			return nil
		}
		meant = c
	}

	return meant
}

func isOfAnotherType(e *jsonschema.ValidationError, depth int) bool {
	if _, ok := e.ErrorKind.(*kind.Type); ok {
		return len(e.InstanceLocation) == depth
	}
	_, isRef := e.ErrorKind.(*kind.Reference)
	return isRef && len(e.Causes) == 1 && isOfAnotherType(e.Causes[0], depth)
}

func (j *judge) faultsOf(leaf *jsonschema.ValidationError, v any) (all []fault) {
	path, at := locate(v, leaf.InstanceLocation)
	place := j.places[leaf.SchemaURL]

	switch k := leaf.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			want := "there"
			if place != nil {
				want = describeWant(place.Properties[name])
			}
			all = append(all, fault{path: join(path, name), want: want})
		}
	case *kind.AdditionalProperties:
		for _, name := range slices.Sorted(slices.Values(k.Properties)) {
			object, _ := at.(map[string]any)
			all = append(all, fault{path: join(path, name), got: excerptJSON(object[name])})
		}
	case *kind.FalseSchema:
		all = append(all, fault{path: path, want: "left out", got: excerptJSON(at)})
	case *kind.Type, *kind.Enum, *kind.Const, *kind.Minimum, *kind.Maximum, *kind.ExclusiveMinimum,
		*kind.ExclusiveMaximum, *kind.Pattern, *kind.MinLength, *kind.MaxLength, *kind.MinItems,
		*kind.MaxItems, *kind.AnyOf, *kind.OneOf, *kind.Format:
		all = append(all, fault{path: path, want: describeWant(place), got: excerptJSON(at)})
	default:
		says := leaf.ErrorKind.LocalizedString(english)
		all = append(all, fault{path: path, want: "as its schema says (" + excerpt(says) + ")",
			got: excerptJSON(at)})
	}

	return all
}

var english = message.NewPrinter(language.English)

// locate goes down into v. It returns the path in words and what is there.
func locate(v any, tokens []string) (path string, at any) {
	for _, token := range tokens {
		switch part := v.(type) {
		case map[string]any:
			path = join(path, token)
			v = part[token]
		case []any:
			path += "[" + token + "]"
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(part) {
				return path, nil
			}
			v = part[i]
		}
	}

	return path, v
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// describeWant tells in words what a schema asks for.
func describeWant(s *jsonschema.Schema) string {
	for range 8 {
		if s == nil || s.Ref == nil || s.Types != nil || s.Enum != nil {
			break
		}
		s = s.Ref
	}

	switch {
	case s == nil:
		return "there"
	case s.Enum != nil:
		return oneOf(s.Enum.Values)
	case s.Const != nil:
		return excerptJSON(*s.Const)
	case s.Types == nil:
		return describeAlternatives(slices.Concat(s.AnyOf, s.OneOf))
	}

	types := s.Types.ToStrings() // null is the first of them
	if len(types) > 1 && types[0] == "null" {
		types = append(types[1:], "null")
	}
	words := strings.Join(types, " or ") + describeBounds(s)

	if strings.ContainsAny(words[:1], "aeiou") {
		return "an " + words
	}

	return "a " + words
}

func oneOf(values []any) string {
	var words []string
	for _, v := range values {
		words = append(words, excerptJSON(v))
	}
	return "one of " + strings.Join(words, ", ")
}

// describeAlternatives tells what there is to choose if all alternatives are constants.
func describeAlternatives(all []*jsonschema.Schema) string {
	var values []any
	for _, s := range all {
		if s.Const == nil {
			return "as its schema says"
		}
		values = append(values, *s.Const)
	}

	if len(values) == 0 {
		return "as its schema says"
	}

	return oneOf(values)
}

// describeBounds tells what a schema asks for beside a type.
func describeBounds(s *jsonschema.Schema) (words string) {
	switch {
	case s.Format != nil:
		words = " (" + s.Format.Name + ")"
	case s.Pattern != nil:
		words = " that matches " + s.Pattern.String()
	}

	for _, b := range []struct {
		says  string
		bound *big.Rat
	}{
		{"at least", s.Minimum}, {"more than", s.ExclusiveMinimum},
		{"at most", s.Maximum}, {"less than", s.ExclusiveMaximum},
	} {
		if b.bound != nil {
			words += ", " + b.says + " " + formatNumber(b.bound)
		}
	}

	for _, b := range []struct {
		says, of string
		bound    *int
	}{
		{"at least", "characters", s.MinLength}, {"at most", "characters", s.MaxLength},
		{"at least", "items", s.MinItems}, {"at most", "items", s.MaxItems},
	} {
		if b.bound != nil {
			words += fmt.Sprintf(", %s %d %s", b.says, *b.bound, b.of)
		}
	}

	return words
}

func formatNumber(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// asSchemaSays is what a value must be, in the words of an error.
func asSchemaSays(err error) string { return "as the schema says (" + excerpt(err.Error()) + ")" }

// excerptJSON is a value in JSON, truncated.
func excerptJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return excerpt(string(b))
}
