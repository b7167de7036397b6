package topologytest_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand"
	"net/netip"
	"reflect"
	"testing"
	"testing/quick"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// Types of rows, with what encoding/json does not give back as it is.
type (
	plainRow struct {
		Text   string
		N      int64
		Small  uint8
		F      float64
		F32    float32 `json:"f32"`
		Yes    bool
		Bytes  []byte
		List   []plainItem
		Array  [3]int
		Names  map[string]plainItem
		Counts map[int][]string
		Ptr    *plainItem
	}
	plainItem struct {
		A string `json:"a,omitempty"`
		B int    `json:",omitempty"`
		C []int
	}
	omitting struct {
		List  []string       `json:"list,omitempty"`
		Map   map[string]int `json:"map,omitempty"`
		Deep  []omitting2
		Ptr   *int      `json:",omitempty"`
		Zero  []string  `json:",omitzero"`
		Since time.Time `json:",omitzero"`
	}
	omitting2 struct {
		Tags []string `json:"tags,omitempty"`
	}
	partly struct {
		Seen   int
		hidden int
		Left   string `json:"-"`
	}
	embedding struct {
		plainItem
		*omitting2
		A int
	}
	pointers struct {
		A **int
		B *[]int
		C *map[string]int
		D []*int
	}
	quoting struct {
		N int     `json:"n,string"`
		F float64 `json:",string"`
		S string  `json:",string"`
	}
	chain struct {
		Next *chain
		Tags []string `json:",omitempty"`
	}
	selfish struct {
		Big  *big.Int
		Addr netip.Addr
		Dur  time.Duration
		Time time.Time
		Num  json.Number
		Raw  json.RawMessage
	}
	celsius float64
)

// MarshalJSON rounds.
func (c celsius) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%.1f", float64(c)), nil }

// rowOf returns the rows that the next step, and the next event, get after a step has returned row.
func rowOf[R any](t *testing.T, row R) (next, later any) {
	t.Helper()

	top := topology.New("rows")
	table := topology.Table[key, R]("rows")
	set := topology.Fold(table, topology.From(top, wishes), func(old R, w wish) R {
		if w.N == 0 {
			return row
		}
		later = old
		return old
	})
	topology.Join(set, table, func(w wish, r R) wish {
		if w.N == 0 {
			next = r
		}
		return w
	}).To("seen")

	e, err := topologytest.NewMemory(t.Context(), top)
	if err != nil {
		t.Fatal(err)
	}

	for n := range 2 {
		if err := e.Send("wishes", "k", fmt.Appendf(nil, `{"N":%d}`, n)); err != nil {
			t.Fatal(err)
		}
	}

	if dead := e.Sent("rows.dead-letters"); len(dead) > 0 {
		t.Fatalf("%#v: %v", row, dead[0].Headers["deadletter-error"])
	}

	return next, later
}

// asJSON checks that a row is what its JSON says, from the first moment.
func asJSON[R any](t *testing.T, row R) {
	t.Helper()

	b, err := json.Marshal(row)
	if err != nil {
		return // a dead letter
	}

	var want R
	if err := json.Unmarshal(b, &want); err != nil {
		return // a dead letter, too
	}

	if string(b) == "null" {
		want = *new(R) // no row
	}

	next, later := rowOf(t, row)
	for when, got := range map[string]any{"the next step": next, "the next event": later} {
		if !reflect.DeepEqual(got, any(want)) {
			t.Errorf("%s gets %#v, and its JSON is %s: %#v", when, got, b, want)
		}
	}

	if plan.FidelityOf(reflect.TypeFor[R]()).Keeps(row, b) && !reflect.DeepEqual(row, want) {
		t.Errorf("%#v is taken for what its JSON says: %s", row, b)
	}
}

// drawn checks values of a type that are drawn.
func drawn[R any](t *testing.T, random *rand.Rand) {
	t.Helper()

	for range 40 {
		v, ok := quick.Value(reflect.TypeFor[R](), random)
		if !ok {
			t.Fatalf("no %s can be drawn", reflect.TypeFor[R]())
		}
		asJSON(t, v.Interface().(R))
	}
}

// anything draws a value of those that users put into a map[string]any.
func anything(random *rand.Rand, depth int) any {
	values := []any{
		nil, true, "text", "\xff", random.Int63(), int(3), 1.5, uint8(7), time.Now(), time.Unix(5, 7).UTC(),
		[]string{}, []string(nil), map[string]int(nil), json.Number("12"), json.RawMessage("null"),
		plainItem{}, &plainItem{},
		struct{ a, B int }{1, 2}, 1 << 60, []byte{}, netip.MustParseAddr("::1"), time.Second,
	}
	if depth > 0 {
		in := anything(random, depth-1)
		values = append(values, map[string]any{"in": in}, []any{in})
	}
	return values[random.Intn(len(values))]
}

// For random values of many types, what the next step and the next event get is what the row's JSON says.
func TestRowsAreWhatTheirJSONSays(t *testing.T) {
	random := rand.New(rand.NewSource(11))
	drawn[plainRow](t, random)
	drawn[plainItem](t, random)
	drawn[omitting2](t, random)
	drawn[pointers](t, random)
	drawn[quoting](t, random)
	drawn[chain](t, random)
	drawn[[]byte](t, random)
	drawn[map[uint16]*omitting2](t, random)
	drawn[[]celsius](t, random)
	drawn[**int](t, random)
	drawn[float32](t, random)
	drawn[struct {
		A int `json:"b"`
		B []string
	}](t, random)

	for range 300 {
		asJSON(t, map[string]any{"a": anything(random, 2), "b": anything(random, 1)})
		asJSON(t, anything(random, 1))
		asJSON(t, selfish{
			Big:  big.NewInt(random.Int63()),
			Addr: netip.MustParseAddr("10.0.0.1"),
			Dur:  time.Second,
			Time: time.Unix(random.Int63n(1<<33), 1).In(time.FixedZone("", random.Intn(3)*3600)),
			Num:  json.Number([]string{"", "1", "1.50"}[random.Intn(3)]),
			Raw:  json.RawMessage([]string{"null", `{"a": 1}`, "[ ]"}[random.Intn(3)]),
		})
	}
}

// The cases of that which people have met.
func TestRowsThatJSONDoesNotGiveBack(t *testing.T) {
	one := 1
	asJSON(t, map[string]any{"id": int64(1<<53 + 1), "at": time.Now()})
	asJSON(t, json.RawMessage("null"))
	asJSON(t, json.RawMessage(`{"a":  1}`))
	asJSON(t, partly{1, 2, "left"})
	asJSON(t, partly{0, 2, "left"}) // it is zero
	asJSON(t, embedding{plainItem{"a", 1, nil}, &omitting2{[]string{}}, 5})
	asJSON(t, omitting{List: []string{}, Map: map[string]int{}, Deep: []omitting2{{[]string{}}}, Ptr: &one})
	asJSON(t, omitting{Zero: []string{}, Since: time.Now()})
	asJSON(t, omitting{Since: time.Time{}.In(time.FixedZone("", 3600))})
	asJSON(t, plainRow{List: []plainItem{}, Names: map[string]plainItem{}, Bytes: []byte{}})
	asJSON(t, plainRow{Ptr: &plainItem{}})
	asJSON(t, plainRow{Text: "no UTF-8: \xff", Counts: map[int][]string{1: nil, 2: {}, 3: {"\xc0"}}})
	asJSON(t, plainRow{Text: "\ufffd <&> \u2028"})
	asJSON(t, struct{ At time.Time }{time.Now()})
	asJSON(t, struct{ At *time.Time }{new(time.Now().UTC())})
	asJSON(t, map[time.Time]int{time.Now(): 1})
	asJSON(t, []time.Time{time.Unix(1, 2), time.Unix(1, 2).UTC(), {}})
	asJSON(t, celsius(36.66))
	asJSON(t, any(nil))
	asJSON(t, new(0))
}

// Rows of most types cost nothing: they are not decoded anew.
func TestRowsThatJSONGivesBack(t *testing.T) {
	for _, v := range []any{
		plainItem{"a", 1, []int{}}, 7, "text", []string{"a"}, map[string]int{"a": 1}, [2]bool{},
		plainRow{Ptr: &plainItem{}}, struct{ At time.Time }{time.UnixMilli(5).UTC()},
		omitting{List: []string{"a"}, Since: time.Now().UTC().Round(0)},
	} {
		b, err := json.Marshal(v)
		if err != nil || !plan.FidelityOf(reflect.TypeOf(v)).Keeps(v, b) {
			t.Errorf("%#v is decoded anew (%v)", v, err)
		}
	}
}
