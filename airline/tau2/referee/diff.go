package referee

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/slipstream-go/slipstream/llm"
)

// A Difference is one place where two JSON values differ.
type Difference struct {
	Path      string // such as result.flights[0].price
	Want, Got string // as JSON, shortened; "nothing" where a side has no value there
}

// String is a line for people.
func (d Difference) String() string { return fmt.Sprintf("%s: want %s, got %s", d.Path, d.Want, d.Got) }

// Nothing stands for a value that is not there, in a Difference.
const Nothing = "nothing"

// Diff compares two JSON values below a path. 250 equals 250.0, the order in objects is free, that in lists
// counts, and null is not the same as a field that is missing. A nil argument is nothing; text that is no
// JSON differs from all.
func Diff(path string, want, got json.RawMessage) []Difference {
	w, errWant := decode(want)
	g, errGot := decode(got)
	if errWant != nil || errGot != nil {
		return []Difference{{path, broken(want, errWant), broken(got, errGot)}}
	}
	return diff(path, w, g)
}

// missing is the decoded form of nothing; nil is null.
type missing struct{}

func decode(raw json.RawMessage) (v any, err error) {
	if raw == nil {
		return missing{}, nil
	}
	return v, json.Unmarshal(raw, &v)
}

func diff(path string, want, got any) []Difference {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return diffObjects(path, w, g)
		}
	case []any:
		if g, ok := got.([]any); ok {
			return diffLists(path, w, g)
		}
	default:
		if !composite(got) && want == got {
			return nil
		}
	}

	return []Difference{{path, show(want), show(got)}}
}

// composite values can't be compared by ==.
func composite(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

func diffObjects(path string, want, got map[string]any) (all []Difference) {
	names := maps.Clone(want)
	maps.Copy(names, got)

	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, diff(path+"."+name, member(want, name), member(got, name))...)
	}
	return all
}

func member(o map[string]any, name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	return missing{}
}

func diffLists(path string, want, got []any) (all []Difference) {
	for i := range max(len(want), len(got)) {
		all = append(all, diff(path+"["+strconv.Itoa(i)+"]", element(want, i), element(got, i))...)
	}
	return all
}

func element(l []any, i int) any {
	if i < len(l) {
		return l[i]
	}
	return missing{}
}

func show(v any) string {
	if _, ok := v.(missing); ok {
		return Nothing
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)

	if err := e.Encode(v); err != nil {
		panic(err) // it was decoded from JSON
	}

	return shorten(string(bytes.TrimSpace(b.Bytes())))
}

func broken(raw json.RawMessage, err error) string {
	if err != nil {
		return fmt.Sprintf("no JSON (%v): %s", err, shorten(string(raw)))
	}
	return shorten(string(raw))
}

// shorten keeps what a line can hold.
func shorten(s string) string { return llm.Truncate(s, 200) }
