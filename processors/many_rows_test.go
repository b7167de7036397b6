package processors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// A traveller, as four versions of a program have known one: a field is renamed, its type changes, and
// another one is split.
type (
	traveller0 struct {
		Name  string `json:"name"`
		Years string `json:"years"`
		Trips int    `json:"trips"`
	}
	traveller1 struct {
		Name  string `json:"name"`
		Age   string `json:"age"`
		Trips int    `json:"trips"`
	}
	traveller2 struct {
		Name  string `json:"name"`
		Age   int    `json:"age"`
		Trips int    `json:"trips"`
	}
	traveller3 struct {
		First string `json:"first"`
		Last  string `json:"last"`
		Age   int    `json:"age"`
		Trips int    `json:"trips"`
	}
)

func (t traveller0) next() traveller1 { return traveller1{t.Name, t.Years, t.Trips} }

func (t traveller1) next() traveller2 {
	age, _ := strconv.Atoi(t.Age)
	return traveller2{t.Name, age, t.Trips}
}

func (t traveller2) next() traveller3 {
	first, last, _ := strings.Cut(t.Name, " ")
	return traveller3{first, last, t.Age, t.Trips}
}

// read reads an older row as a version has written it, and makes it the newest.
func (t *traveller3) read(version int, old []byte) error {
	var t0 traveller0
	var t1 traveller1
	var t2 traveller2
	var err error
	switch version {
	case 0:
		err = json.Unmarshal(old, &t0)
		t1 = t0.next()
		t2 = t1.next()
	case 1:
		err = json.Unmarshal(old, &t1)
		t2 = t1.next()
	case 2:
		err = json.Unmarshal(old, &t2)
	}
	*t = t2.next()
	return err
}

type trip struct{ Name, Years string }

const trips topology.Topic[id, trip] = "trips"

// travels counts trips in rows of one version of traveller. Without an upgrade its rows have no version.
func travels[R any](
	version int, upgrade func(int, []byte) (R, error), step func(R, trip) R,
) *topology.Topology {
	t := topology.New("travels")
	table := topology.Table[id, R]("travellers")
	if upgrade != nil {
		topology.Upgrade(t, table, version, upgrade)
	}
	topology.Fold(table, topology.From(t, trips), step)
	return t
}

// A running table of many rows changes its type in three steps: a field is renamed, has another type, is
// split. Each change without an upgrade is refused before an event is eaten, and rows that nothing has touched since
// the first version are read by the last.
func TestATableOfManyRowsChangesInThreeSteps(t *testing.T) {
	const rows = 100_000
	if testing.Short() {
		t.Skip("many rows")
	}
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, Dir: t.TempDir()}
	k := dial(t, b.Addr())

	send := func(from, to int) {
		var rs []topology.Record
		for i := from; i < to; i++ {
			v := fmt.Appendf(nil, `{"Name":"Ann Nr%d","Years":"%d"}`, i, i%90)
			rs = append(rs, topology.Record{Topic: string(trips), Key: fmt.Sprint("t-", i), Value: v})
		}

		if err := k.Send(t.Context(), rs...); err != nil {
			t.Fatal(err)
		}
	}

	live := func(top *topology.Topology, first, last int) running {
		w := run(t, c, top)
		send(first, last)
		settle(t, w)
		return w
	}
	stop := func(w running) {
		if err := w.stop(); err != nil {
			t.Fatal(err)
		}
	}

	v0 := travels(0, nil, func(r traveller0, e trip) traveller0 {
		return traveller0{e.Name, e.Years, r.Trips + 1}
	})
	step1 := func(r traveller1, e trip) traveller1 { return traveller1{e.Name, e.Years, r.Trips + 1} }
	step2 := func(r traveller2, e trip) traveller2 { r.Trips++; return r }
	step3 := func(r traveller3, e trip) traveller3 { r.Trips++; return r }

	w := run(t, c, v0)
	for i := 0; i < rows; i += 5000 {
		send(i, i+5000)
	}
	settleWithin(t, w, 2*time.Minute)
	stop(w)

	refuses := func(top *topology.Topology, field string) {
		t.Helper()
		send(0, 1) // t-0 is read by the next version that fits

		if err := refused(t, c, top); !strings.Contains(err.Error(), field) ||
			!strings.Contains(err.Error(), "travellers/t-0") {
			t.Errorf("without an upgrade: %v, want it to name the row and %s", err, field)
		}
	}

	refuses(travels(0, nil, step1), `"years"`)
	stop(live(travels(1, func(_ int, old []byte) (traveller1, error) {
		var t0 traveller0
		err := json.Unmarshal(old, &t0)
		return t0.next(), err
	}, step1), 1, 10))

	refuses(travels(0, nil, step2), "version 1")
	stop(live(travels(2, func(version int, old []byte) (traveller2, error) {
		var t0 traveller0
		var t1 traveller1
		if version == 1 {
			err := json.Unmarshal(old, &t1)
			return t1.next(), err
		}
		err := json.Unmarshal(old, &t0)
		return t0.next().next(), err
	}, step2), 10, 20))

	refuses(travels(2, func(int, []byte) (traveller3, error) { return traveller3{}, nil }, step3), `"name"`)
	w = live(travels(3, func(version int, old []byte) (r traveller3, err error) {
		err = r.read(version, old)
		return r, err
	}, step3), 20, 30)

	view := state.Of(w, topology.Table[id, traveller3]("travellers"))
	for i, want := range map[int]int{0: 4, 5: 2, 15: 2, 25: 2, 30: 1, rows / 2: 1, rows - 1: 1} {
		row, err := view.Get(t.Context(), id(fmt.Sprint("t-", i)))
		if whole := (traveller3{"Ann", fmt.Sprint("Nr", i), i % 90, want}); err != nil || row != whole {
			t.Errorf("t-%d is %+v, want %+v (%v)", i, row, whole, err)
		}
	}
}

// settleWithin is settle with more patience.
func settleWithin(t *testing.T, w running, patience time.Duration) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	if err := w.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}
