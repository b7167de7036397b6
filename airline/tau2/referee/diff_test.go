package referee_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/slipstream-go/slipstream/airline/tau2/referee"
)

func TestDiff(t *testing.T) {
	for _, c := range []struct {
		name, want, got string
		differ          []string
	}{
		{"the same", `{"a":[1,"x",null,true]}`, `{"a":[1,"x",null,true]}`, nil},
		{"numbers by value", `{"a":250.0,"b":1e2}`, `{"a":250,"b":100}`, nil},
		{"order of fields", `{"a":1,"b":2}`, `{"b":2,"a":1}`, nil},
		{"order of a list", `[1,2]`, `[2,1]`, []string{"v[0]: want 1, got 2", "v[1]: want 2, got 1"}},
		{"deep", `{"flights":[{"price":80}]}`, `{"flights":[{"price":82}]}`,
			[]string{"v.flights[0].price: want 80, got 82"}},
		{"a number is no text", `{"a":1}`, `{"a":"1"}`, []string{`v.a: want 1, got "1"`}},
		{"null is not missing", `{"a":null}`, `{}`, []string{"v.a: want null, got nothing"}},
		{"nor is null one more", `{}`, `{"a":null}`, []string{"v.a: want nothing, got null"}},
		{"null is not false", `null`, `false`, []string{"v: want null, got false"}},
		{"a shorter list", `[1,{"b":2}]`, `[1]`, []string{`v[1]: want {"b":2}, got nothing`}},
		{"a longer list", `[]`, `[[]]`, []string{`v[0]: want nothing, got []`}},
		{"an object is no list", `{}`, `[]`, []string{`v: want {}, got []`}},
		{"text for an object", `"x"`, `{"a":1}`, []string{`v: want "x", got {"a":1}`}},
		{"a field more", `{"a":1}`, `{"a":1,"b":"<&>"}`, []string{`v.b: want nothing, got "<&>"`}},
		{"nothing at all", ``, ``, nil},
		{"nothing where something was", `{"a":1}`, ``, []string{`v: want {"a":1}, got nothing`}},
		{"large numbers", `12345678`, `12345679`, []string{"v: want 12345678, got 12345679"}},
		{"what is no JSON", `{}`, `{"a"`, []string{`v: want {}, got no JSON (unexpected end of JSON input): {"a"`}},
	} {
		var lines []string
		for _, d := range referee.Diff("v", raw(c.want), raw(c.got)) {
			lines = append(lines, d.String())
		}

		if !slices.Equal(lines, c.differ) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, lines, c.differ)
		}
	}
}

// raw is nil for nothing.
func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

func ExampleDiff() {
	want := json.RawMessage(`{"payment_history": [{"amount": 250.0}], "status": null}`)
	got := json.RawMessage(`{"status": "cancelled", "payment_history": [{"amount": 250}]}`)
	for _, d := range referee.Diff("result", want, got) {
		fmt.Println(d)
	}
	// Output: result.status: want null, got "cancelled"
}
