package exact_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/exact"
)

type record struct {
	Key     exact.Text  `json:"key"`
	Next    exact.Text  `json:"next,omitempty"`
	Headers exact.Texts `json:"headers,omitempty"`
	Time    exact.Time  `json:"time,omitzero"`
}

// A plain record is what these types must not be told apart from while JSON can hold what they hold.
type plain struct {
	Key     string            `json:"key"`
	Next    string            `json:"next,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Time    time.Time         `json:"time,omitzero"`
}

func TestJSONOfTextIsWhatItWas(t *testing.T) {
	for _, p := range []plain{
		{},
		{Key: "c-1", Next: "c-1", Headers: map[string]string{"b": "2", "a": "1"}, Time: time.Unix(1, 5)},
		{Key: "<é \u2028\x00\"\n>&", Headers: map[string]string{"<": "\x1b"}, Time: time.Unix(1, 0).UTC()},
		{Headers: map[string]string{}},
	} {
		want, _ := json.Marshal(p)
		r := record{exact.Text(p.Key), exact.Text(p.Next), p.Headers, exact.Time{Time: p.Time}}
		got, err := json.Marshal(r)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
}

func TestNothingIsLost(t *testing.T) {
	year58878 := exact.Time{Time: time.UnixMilli(1795000000000000).UTC()}
	long, header := exact.Text("\x00\x00\x00\x00\x00\x00\x00\xff"), exact.Texts{"a": "é", "b": "\xff"}
	for want, r := range map[string]record{
		`{"key":{"base64":"AAAAAAAAAP8="}}`:                           {Key: long},
		`{"key":"","next":{"base64":"//8="},"time":1795000000000000}`: {Next: "\xff\xff", Time: year58878},
		`{"key":"","headers":{"a":"é","b":{"base64":"/w=="}}}`:        {Headers: header},
		`{"key":"","headers":[{"name":{"base64":"/g=="},"value":{"base64":"/w=="}},` +
			`{"name":{"base64":"/w=="},"value":"1"}]}`: {Headers: exact.Texts{"\xff": "1", "\xfe": "\xff"}},
	} {
		b, err := json.Marshal(r)
		if err != nil || string(b) != want {
			t.Errorf("%s, %v\nwant %s", b, err, want)
		}

		var back record
		if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%s is read as %+v, %v", b, back, err)
		}
	}
}

func TestWhatIsNoTextIsRefused(t *testing.T) {
	for _, odd := range []string{`{"key":{}}`, `{"key":{"base64":"?"}}`,
		`{"key":7}`, `{"headers":["a"]}`, `{"time":"soon"}`} {
		if err := json.Unmarshal([]byte(odd), &record{}); err == nil {
			t.Errorf("%s is taken", odd)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("c-1", "\xff")
	f.Fuzz(func(t *testing.T, name, value string) {
		r := record{Key: exact.Text(value), Headers: exact.Texts{name: value}}
		b, err := json.Marshal(r)
		var back record
		if err != nil || json.Unmarshal(b, &back) != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%q: %s, %v", r, b, err)
		}
	})
}

// A list of texts has one a line, whatever they are; most lines are the texts themselves.
func TestLines(t *testing.T) {
	for text, want := range map[exact.Text]string{"t/k@1#00": "t/k@1#00", "\xff": "\xff", "a\nb": `"a\nb"`,
		"\xff\n": `{"base64":"/wo="}`, `"a"`: `"\"a\""`, "{": `"{"`, "": ""} {
		line := text.Line()
		if back, err := exact.FromLine(line); line != want || back != text || err != nil {
			t.Errorf("%q: %q, read as %q, %v", text, line, back, err)
		}
	}
}

func TestArguments(t *testing.T) {
	for arg, want := range map[string]string{"c-1": "c-1", `{"base64":"AP8="}`: "\x00\xff",
		`{"a":1}`: `{"a":1}`, "{": "{"} {
		if got := exact.Argument(arg); got != want {
			t.Errorf("%s means %q", arg, got)
		}
	}
}
