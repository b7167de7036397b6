package processors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// seen2 is what seen has become: the sum as text.
type seen2 struct {
	Count int
	Sum   string
}

const guests2 topology.Table[id, seen2] = "guests"

// counter2 is the next version of counter; its rows are looked up by another stage, too.
func counter2(upgrade func(int, []byte) (seen2, error)) *topology.Topology {
	t := topology.New("counter")
	if upgrade != nil {
		topology.Upgrade(t, guests2, 1, upgrade)
	}
	topology.Fold(guests2, topology.From(t, visits),
		func(s seen2, v visit) seen2 { s.Count++; s.Sum += fmt.Sprint("+", v.N); return s })

	asks := topology.Events(topology.From(t, topology.Topic[id, int]("asks")))
	looked := topology.Lookup(asks, guests2, func(e topology.Event[id, int]) id { return e.Key },
		func(_ topology.Event[id, int], s seen2) seen2 { return s })
	looked.To(topology.Topic[id, seen2]("looked"))

	return t
}

// Rows of an older version are upgraded before anything reads them: a step, a query, a lookup. Those that
// nothing has changed since stay in the changelog as they are.
func TestRowsAreUpgraded(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, Dir: t.TempDir()}
	w := run(t, c, counter(nil))
	send(t, b, 2, 3) // g-0, g-1: 0, 1, 2
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	upgrade := func(version int, old []byte) (seen2, error) {
		var s seen
		err := json.Unmarshal(old, &s)
		if version != 0 {
			t.Errorf("a row of version %d", version)
		}
		return seen2{s.Count, fmt.Sprint(s.Sum)}, err
	}
	w = run(t, c, counter2(upgrade))
	send(t, b, 1, 1) // g-0
	sendTo(t, b.Addr(), "asks", "g-1", "1")
	settle(t, w)

	for key, want := range map[id]seen2{"g-0": {4, "3+0"}, "g-1": {3, "3"}} {
		if got, err := state.Of(w, guests2).Get(t.Context(), key); err != nil || got != want {
			t.Errorf("%s is %+v, want %+v (%v)", key, got, want, err)
		}
	}

	if got := read(t, b, "looked"); len(got) != 1 || string(got[0].Value) != `{"Count":3,"Sum":"3"}` {
		t.Errorf("looked up: %+v", got)
	}

	last := map[string]topology.Record{}
	for _, r := range read(t, b, "counter.guests-table") {
		last[r.Key] = r
	}

	h := last["g-0"].Headers["slipstream-schema"]
	if h != "1" || string(last["g-0"].Value) != `{"Count":4,"Sum":"3+0"}` {
		t.Errorf("g-0 is written as %s of version %q", last["g-0"].Value, h)
	}

	h, there := last["g-1"].Headers["slipstream-schema"]
	if there || string(last["g-1"].Value) != `{"Count":3,"Sum":3}` {
		t.Errorf("g-1 is written as %s of version %q", last["g-1"].Value, h)
	}

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	// The version before can't read a row of the next one: it stops.
	send(t, b, 1, 1)

	if err := refused(t, c, counter(nil)); !strings.Contains(err.Error(), "written by version 1") {
		t.Error(err)
	}
}

// sendTo sends one record.
func sendTo(t *testing.T, broker, topic, key, value string) {
	t.Helper()

	k, err := processors.Dial(processors.Config{Brokers: []string{broker}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	if err := k.Send(t.Context(), topology.Record{Topic: topic, Key: key, Value: []byte(value)}); err != nil {
		t.Fatal(err)
	}
}

// An operator is renamed while events wait for it: they are asked about under the new name, before the later
// ones of their key.
func TestAnOperatorIsRenamedWhileEventsWait(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, StopTimeout: time.Millisecond}
	var asked atomic.Int64

	w := run(t, c, adjusting("adjust", hang(&asked), topology.Policy[claim]{}))
	sendClaims(t, b, topology.Record{Key: "k", Value: []byte(`{"n":1}`)},
		topology.Record{Key: "k", Value: []byte(`{"n":2}`)})
	until(t, "the call", func() bool { return asked.Load() == 1 })

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	var mu sync.Mutex
	var order []int
	judge := topology.Func[claim, claim](func(_ context.Context, c claim) (claim, error) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, c.N)
		return c, nil
	})
	w = run(t, c, adjusting("judge", judge, topology.Policy[claim]{Was: []string{"adjust"}}))
	sendClaims(t, b, topology.Record{Key: "k", Value: []byte(`{"n":3}`)})
	settle(t, w)

	if fmt.Sprint(order) != "[1 2 3]" {
		t.Errorf("asked in the order %v", order)
	}

	ids := map[string]bool{}
	for _, r := range read(t, b, string(settled)) {
		ids[r.ID] = true
		if r.Headers["ce_type"] != "adjusting.judge" {
			t.Errorf("decided by %s", r.Headers["ce_type"])
		}
	}

	if len(ids) != 3 {
		t.Errorf("%d decisions", len(ids))
	}
}
