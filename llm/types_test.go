package llm_test

import (
	"bytes"
	"context"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// Types that contain themselves, in all the ways in which a type can.
type (
	tree struct {
		Title string  `json:"title"`
		Parts []*tree `json:"parts,omitempty"`
	}
	list struct {
		N    int   `json:"n"`
		Next *list `json:"next"` // always there, and null at the end
	}
	employee struct {
		Name string      `json:"name"`
		Team *department `json:"team,omitempty"`
	}
	department struct {
		Lead  employee            `json:"lead"`
		Staff map[string]employee `json:"staff,omitempty"`
	}
	folder struct {
		Below map[string]folder `json:"below"`
	}
	nested []nested
	byName map[string]byName
	Linked struct {
		*Linked
		X int `json:"x"`
	}
	pair struct {
		Both [2]*pair `json:"both"`
	}
	box[T any] struct {
		Value T       `json:"value"`
		More  *box[T] `json:"more,omitempty"`
	}
)

// Types that write their JSON themselves.
type (
	uuid   [16]byte
	money  struct{ cents int64 }
	color  int
	answer struct{ yes bool }
	Range  struct{ From, To int }
)

func (u uuid) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, u[:]), nil }
func (u *uuid) UnmarshalText(b []byte) error {
	n, err := hex.Decode(u[:], b)
	if err == nil && n != len(u) {
		err = errors.New("a uuid has 32 digits")
	}
	return err
}

func (m money) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `"%d.%02d"`, m.cents/100, m.cents%100), nil
}
func (m *money) UnmarshalJSON(b []byte) error {
	var d, c int64
	_, err := fmt.Sscanf(string(b), `"%d.%02d"`, &d, &c)
	m.cents = d*100 + c
	return err
}
func (money) JSONSchema() json.RawMessage {
	return json.RawMessage(`{"type":"string","pattern":"^[0-9]+\\.[0-9]{2}$"}`)
}

func (c color) MarshalJSON() ([]byte, error)  { return json.Marshal(c.String()) }
func (c color) MarshalText() ([]byte, error)  { return []byte(c.String()), nil }
func (c color) String() string                { return []string{"red", "green"}[c&1] }
func (c *color) UnmarshalJSON(b []byte) error { return c.UnmarshalText(bytes.Trim(b, `"`)) }
func (c *color) UnmarshalText(b []byte) error {
	*c = 0
	if string(b) == "green" {
		*c = 1
	}
	return nil
}

func (a answer) MarshalJSON() ([]byte, error)  { return json.Marshal([]bool{a.yes}) }
func (a *answer) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &[]any{&a.yes}) }

// JSONSchema may return the schema type of any library, or what looks like one.
func (answer) JSONSchema() map[string]any {
	return map[string]any{"type": "array", "items": map[string]any{"type": "boolean"}}
}

type embedding struct {
	base
	Named base `json:"named"`
	leg
	*Range
	Note string `json:"id"` // wins over that of base
}

type quotedNumbers struct {
	N int64   `json:"n,string"`
	F float64 `json:"f,string"`
	B bool    `json:"b,string"`
	P *uint8  `json:"p,string,omitempty"`
}

// The schema of a type takes what the type is written as, and what it takes can be read again. So no model
// that keeps to the schema is refused.
func TestASchemaTakesItsTypesOwnEncoding(t *testing.T) {
	leaf := &tree{Title: "b"}
	holdsItself(t, tree{Title: "a", Parts: []*tree{leaf, {Title: "c", Parts: []*tree{leaf}}}})
	holdsItself(t, &tree{Title: "a"})
	holdsItself(t, list{1, &list{2, nil}})
	holdsItself(t, employee{"Ann", &department{
		Lead:  employee{Name: "Bo"},
		Staff: map[string]employee{"Cy": {Name: "Cy"}},
	}})
	holdsItself(t, folder{map[string]folder{"a": {map[string]folder{}}}})
	holdsItself(t, nested{{}, {{}}})
	holdsItself(t, byName{"a": {"b": {}}})
	holdsItself(t, Linked{X: 1})
	holdsItself(t, pair{[2]*pair{nil, {}}})
	holdsItself(t, box[box[uuid]]{Value: box[uuid]{Value: uuid{1}}, More: &box[box[uuid]]{}})

	type self struct {
		ID    uuid            `json:"id"`
		IDs   []uuid          `json:"ids"`
		Price money           `json:"price"`
		Was   *money          `json:"was"`
		Color color           `json:"color"`
		Addr  netip.Addr      `json:"addr"`
		Net   netip.Prefix    `json:"net"`
		IP    net.IP          `json:"ip"`
		Big   *big.Int        `json:"big"`
		Bigs  []big.Int       `json:"bigs"`
		Rat   *big.Rat        `json:"rat"`
		Float *big.Float      `json:"float"`
		At    time.Time       `json:"at"`
		For   time.Duration   `json:"for"`
		Num   json.Number     `json:"num"`
		Raw   json.RawMessage `json:"raw"`
		Any   any             `json:"any"`
		URL   *url.URL        `json:"-"`
	}
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	holdsItself(t, self{
		ID: uuid{1, 2}, IDs: []uuid{{3}}, Price: money{150}, Was: &money{7}, Color: 1,
		Addr: netip.MustParseAddr("::1"), Net: netip.MustParsePrefix("10.0.0.0/8"), IP: net.IPv4(1, 2, 3, 4),
		Big: huge, Bigs: []big.Int{*huge}, Rat: big.NewRat(1, 3), Float: big.NewFloat(1.5),
		At: time.Date(2026, 11, 28, 1, 2, 3, 4, time.UTC), For: time.Hour, Num: "9007199254740993",
		Raw: json.RawMessage(`{"a":[1]}`), Any: "x",
	})
	holdsItself(t, struct{ A []answer }{[]answer{{true}, {false}}})

	holdsItself(t, map[int]string{-1: "a", 7: "b"})
	holdsItself(t, map[uint8]bool{0: true, 255: false})
	holdsItself(t, map[uuid]int{{1}: 1})
	holdsItself(t, map[airport]base{"SEA": {"x"}})
	holdsItself(t, embedding{base{"a"}, base{"b"}, leg{From: "SEA", Seat: new(3)}, &Range{1, 2}, "note"})
	holdsItself(t, embedding{Named: base{"b"}})
	holdsItself(t, quotedNumbers{math.MaxInt64, 1.5e300, true, new(uint8(7))})
	holdsItself(t, struct {
		Bytes []byte
		Array [3]uint8
		Small []int8
	}{[]byte("hi"), [3]uint8{1}, []int8{-128}})
	holdsItself(t, "yes")
	holdsItself(t, true)
	holdsItself(t, uint64(math.MaxUint64))
	holdsItself(t, int64(math.MinInt64))
	holdsItself(t, []string{"a"})
}

func holdsItself[T any](t *testing.T, v T) {
	t.Helper()

	written, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}

	out, _, err := llm.Operator[string, T]{Model: llmtest.Says(string(written))}.Decide(t.Context(), "?")
	if err != nil {
		schema, _ := llm.Schema[T](nil)
		t.Fatalf("%s is refused by its own schema\n%s: %v", written, schema, err)
	}

	if again, err := json.Marshal(out); err != nil || string(again) != string(written) {
		t.Fatalf("%s is read as %s, %v", written, again, err)
	}
}

// The same for values that nobody has thought of.
func TestASchemaTakesAnyValueOfItsType(t *testing.T) {
	type all struct {
		Tree     tree                     `json:"tree"`
		List     *list                    `json:"list,omitempty"`
		Boss     employee                 `json:"boss"`
		Numbers  map[int8][]uint16        `json:"numbers,omitempty"`
		Quoted   quotedNumbers            `json:"quoted"`
		Embedded embedding                `json:"embedded"`
		ByID     map[uuid]box[color]      `json:"by_id,omitempty"`
		Prices   []money                  `json:"prices,omitempty"`
		Blob     []byte                   `json:"blob,omitempty"`
		Floats   [2]float32               `json:"floats"`
		Inline   struct{ A, B *[]string } `json:"inline,omitzero"`
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		v := reflect.New(reflect.TypeFor[all]()).Elem()
		fill(r, v, 4)
		holdsItself(t, v.Interface().(all))
	}
}

// fill gives a value at random. What may be left out is left out at times; lists and pointers are nil only
// where the type allows for it.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	if m, ok := v.Addr().Interface().(*money); ok {
		m.cents = r.Int64N(1 << 50)
		return
	}

	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(r.Int64() >> (64 - v.Type().Bits()) >> r.IntN(v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> (64 - v.Type().Bits()) >> r.IntN(v.Type().Bits()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(float32(r.NormFloat64() * math.Pow(10, float64(r.IntN(20))))))
	case reflect.String:
		v.SetString(strings.Repeat("é\"\\<\n", r.IntN(3)))
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem(), depth-1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i), depth-1)
		}
	case reflect.Slice:
		n := 0
		if depth > 0 {
			n = r.IntN(3)
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(r, v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range min(depth, r.IntN(3)) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(r, key, depth-1)
			fill(r, value, depth-1)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(r, v.Field(i), depth)
			}
		}
	}
}

type (
	halfWritten struct{ A int }
	onPointer   struct{ A int }
	readOnly    int
	panicking   int
	badSchema   int
	shape       interface{ Area() float64 }
	loop        *loop
)

func (halfWritten) MarshalJSON() ([]byte, error) { return []byte(`"x"`), nil }

func (*onPointer) MarshalText() ([]byte, error) { return nil, nil }
func (*onPointer) UnmarshalText([]byte) error   { return nil }

func (*readOnly) UnmarshalText([]byte) error { return nil }

func (panicking) JSONSchema() json.RawMessage { panic("secret") }
func (badSchema) JSONSchema() json.RawMessage { return json.RawMessage(`{"type":"strin"}`) }

type silent struct{ n int }

func (s silent) MarshalJSON() ([]byte, error)  { return json.Marshal(s.n) }
func (s *silent) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &s.n) }

var _ encoding.TextUnmarshaler = (*onPointer)(nil)

// A type that can't be an answer is refused when it is declared, by an error that names the type, the field
// and the remedy. It never ends the program.
func TestTypesThatCannotBeAnswers(t *testing.T) {
	isRefused[struct{ Deep []struct{ Done chan int } }](t, "field Deep", "field Done", "chan", `json:"-"`)
	isRefused[struct{ F func() }](t, "field F", "func", `json:"-"`)
	isRefused[struct{ C complex128 }](t, "field C", "complex128")
	isRefused[struct{ S shape }](t, "field S", "llm_test.shape", "name a type")
	isRefused[struct{ M map[struct{ A int }]int }](t, "field M", "keys", "use strings")
	isRefused[struct{ P loop }](t, "field P", "points to itself")
	isRefused[struct{ S silent }](t, "field S", "llm_test.silent", "JSONSchema() json.RawMessage")
	isRefused[struct{ H halfWritten }](t, "field H", "written by MarshalJSON", "both methods")
	isRefused[struct{ R readOnly }](t, "field R", "read by UnmarshalText", "both methods")
	isRefused[struct{ P onPointer }](t, "field P", "use a *llm_test.onPointer")
	isRefused[struct{ B big.Int }](t, "field B", "use a *big.Int")
	isRefused[struct{ P panicking }](t, "field P", "JSONSchema of llm_test.panicking panics")
	isRefused[struct{ B badSchema }](t, "field B", "JSONSchema of llm_test.badSchema")
	isRefused[struct {
		S string `json:"s,string"`
	}](t, "field S", "remove it")
	isRefused[struct{ *base }](t, "field base", "embed the struct itself")

	isRefused[struct {
		N int `enum:"one,two"`
	}](t, "field N", `enum:"one,two"`, `"one" is no integer`)
	isRefused[struct {
		N uint8 `enum:"1,300"`
	}](t, "field N", `"300"`)
	isRefused[struct {
		B base `enum:"a"`
	}](t, "field B", "only texts, numbers")
	isRefused[struct {
		A string `jsonschema:"enum=keep,enum=rebook"`
	}](t, "field A", "`enum:\"a,b\"`")
	isRefused[struct {
		A string `jsonschema:""`
	}](t, "field A", "empty")
}

func isRefused[T any](t *testing.T, says ...string) {
	t.Helper()

	_, err := llm.Schema[T](nil)
	declared := llm.Operator[string, T]{Model: llmtest.Says("{}")}.Declared()
	if err == nil || declared == nil || declared.Error() != err.Error() {
		t.Errorf("%T: %v, declared %v", *new(T), err, declared)
		return
	}

	for _, s := range append(says, "has no JSON Schema") {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%v\ndoes not say %q", err, s)
		}
	}

	defer func() {
		if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), says[0]) {
			t.Errorf("NewTool: %v", p)
		}
	}()
	llm.NewTool("t", "", func(context.Context, T) (string, error) { return "", nil })
}

// A tool may take a type that contains itself, by either way of calling tools.
func TestToolsMayTakeTrees(t *testing.T) {
	outline := llm.NewTool("outline", "", func(_ context.Context, n tree) (string, error) {
		return n.Title + "/" + n.Parts[0].Title, nil
	})
	got, err := outline.Call(t.Context(), json.RawMessage(`{"title":"a","parts":[{"title":"b"}]}`))
	if err != nil || string(got) != `"a/b"` {
		t.Errorf("%s, %v", got, err)
	}

	_, err = outline.Call(t.Context(), json.RawMessage(`{"title":"a","parts":[{"title":"b","parts":[{}]}]}`))
	if want := `outline: argument "parts[0].parts[0].title" is missing: it must be a string`; err == nil ||
		err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}

	r := prompt("?")
	r.Tools = []llm.Tool{outline}
	for _, m := range []llm.Model{
		llm.Ollama("tiny", server(t, "hello").URL), llm.ToolsBySchema(llmtest.Says("hello")),
	} {
		if _, err := m.Chat(t.Context(), r); err != nil {
			t.Error(err)
		}
	}
}

// Commas are part of descriptions, and of choices if they are escaped.
func TestTagsMayHaveCommas(t *testing.T) {
	type seat struct {
		Who string `json:"who" jsonschema:"last name, first name" enum:"Doe\\, Ann, Roe\\, Bo"`
	}
	schema, err := llm.Schema[seat](nil)
	const want = `"who":{"type":"string","description":"last name, first name",` +
		`"enum":["Doe, Ann","Roe, Bo"]}`
	if err != nil || !strings.Contains(string(schema), want) {
		t.Errorf("%s, %v", schema, err)
	}
}
