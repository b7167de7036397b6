package processors_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// loose has rows of types that JSON does not give back as they are, and tells what each step gets.
func loose() *topology.Topology {
	const notes topology.Table[id, map[string]any] = "notes"

	t := topology.New("loose")
	told := topology.Apply(notes, topology.From(t, visits),
		func(row map[string]any, v visit) (map[string]any, []string) {
			next := map[string]any{"id": int64(1<<53 + 1), "at": time.UnixMilli(5), "n": v.N}
			return next, []string{fmt.Sprintf("%T %T %T", row["id"], row["at"], row["n"])}
		})
	topology.Join(told, notes, func(was string, row map[string]any) string {
		return fmt.Sprintf("%s, then %T %T %T", was, row["id"], row["at"], row["n"])
	}).To("told")

	const raws topology.Table[id, json.RawMessage] = "raws"
	null := func(row json.RawMessage, _ visit) (json.RawMessage, []string) {
		return json.RawMessage("null"), []string{fmt.Sprintf("%q", row)}
	}
	topology.Apply(raws, topology.From(t, visits), null).To("raw")

	return t
}

// A row that JSON changes is the same before and after a restart: numbers of a map[string]any are float64,
// times are strings, and null is no row, also within the event that made it so.
func TestRowsAreTheSameAfterARestart(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}

	for range 2 {
		w := run(t, c, loose())
		send(t, b, 1, 2)
		settle(t, w)

		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
	}

	const like = "float64 string float64, then float64 string float64"
	want := []string{`"\u003cnil\u003e \u003cnil\u003e \u003cnil\u003e, then float64 string float64"`,
		`"` + like + `"`, `"` + like + `"`, `"` + like + `"`}
	if got := values(read(t, b, "told")); !slices.Equal(got, want) {
		t.Errorf("steps get %q", got)
	}

	if got := values(read(t, b, "raw")); !slices.Equal(got, slices.Repeat([]string{`"\"\""`}, 4)) {
		t.Errorf("null is a row: %q", got)
	}
}

func values(rs []topology.Record) (all []string) {
	for _, r := range rs {
		all = append(all, string(r.Value))
	}
	return all
}

// seen3 is what seen has become: Sum has another name.
type seen3 struct {
	Count int
	Total int
}

const guests3 topology.Table[id, seen3] = "guests"

// counter3 is the next version of counter. Another stage looks its rows up.
func counter3() *topology.Topology {
	t := topology.New("counter")
	topology.Fold(guests3, topology.From(t, visits),
		func(s seen3, v visit) seen3 { s.Count++; s.Total += v.N; return s })

	asks := topology.Events(topology.From(t, topology.Topic[id, int]("asks")))
	topology.Lookup(asks, guests3, func(e topology.Event[id, int]) id { return e.Key },
		func(_ topology.Event[id, int], s seen3) seen3 { return s }).To("looked")

	return t
}

// A field that stored rows have and the type lacks would be lost with the next change. The stage stops
// before it eats an event, and says which field it is. What only reads goes on. An upgrade, or the way back,
// keeps all.
func TestAFieldThatWouldBeLostStopsItsStage(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1,
		Dir: t.TempDir(), Listen: "localhost:0"}
	w := run(t, c, counter(nil))
	send(t, b, 2, 3)
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	w = run(t, c, counter3())
	sendTo(t, b.Addr(), "asks", "g-1", "1")
	settle(t, w)

	if got := values(read(t, b, "looked")); !slices.Equal(got, []string{`{"Count":3,"Total":0}`}) {
		t.Errorf("looked up: %q", got)
	}

	if got := get(t, "http://"+w.Address()+"/tables/guests/g-0"); !strings.Contains(got, `"Sum":3`) {
		t.Errorf("HTTP answers %s", got)
	}

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	send(t, b, 1, 1)

	err := refused(t, c, counter3())
	for _, says := range []string{"row guests/g-0", `field "Sum"`, "keep the field", "topology.Upgrade"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q is not in %v", says, err)
		}
	}

	if dead := read(t, b, "counter.dead-letters"); len(dead) > 0 {
		t.Errorf("%d good events became dead letters", len(dead))
	}

	w = run(t, c, counter(nil)) // the way back
	settle(t, w)

	got := get(t, "http://"+w.Address()+"/tables/guests/g-0")
	if !strings.Contains(got, `"Count":4,"Sum":3`) {
		t.Errorf("the row is %s", got)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()

	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()

	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
