package topologytest

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

const (
	orders    topology.Topic[string, any] = "orders"
	shipments topology.Topic[string, any] = "shipments"
	stock     topology.Table[string, any] = "stock"
)

func shop(*Script) *topology.Topology {
	t := topology.New("shop")
	topology.Fold(stock, topology.From(t, orders), topology.Latest).To(shipments)
	return t
}

// fake is an engine that ships each order as it is, after delay. It is bad at everything that a script is to
// notice.
type fake struct {
	delay    time.Duration
	settling error
	settled  int

	mu       sync.Mutex
	messages []Message
	out      map[string][]topology.Record
	rows     map[string]any
	faults   []string
	advanced time.Duration
}

func newFake() *fake { return &fake{out: map[string][]topology.Record{}, rows: map[string]any{}} }

func (f *fake) factory(testing.TB, *topology.Topology) Engine { return f }

func (f *fake) Name() string { return "fake" }

func (f *fake) Settle(context.Context) error { f.settled++; return f.settling }

func (f *fake) Send(topic, key string, value []byte) error {
	return f.Produce(Message{Topic: topic, Key: key, Value: value})
}

func (f *fake) Produce(m Message) error {
	f.mu.Lock()
	f.messages = append(f.messages, m)
	f.mu.Unlock()

	if f.delay == 0 {
		f.ship(m)
	} else {
		time.AfterFunc(f.delay, func() { f.ship(m) })
	}

	return nil
}

func (f *fake) ship(m Message) {
	f.mu.Lock()
	defer f.mu.Unlock()

	r := topology.Record{Key: m.Key, Topic: "shipments", Value: m.Value,
		Headers: map[string]string{"ce_type": "order", "ce_source": "shop/orders"}}
	var row any
	if json.Unmarshal(m.Value, &row) != nil && m.Value != nil {
		r.Topic, r.Headers = "shop.dead-letters", map[string]string{"error": "not decodable"}
	} else if f.rows[m.Key] = row; row == nil {
		delete(f.rows, m.Key)
	}
	f.out[r.Topic] = append(f.out[r.Topic], r)
}

func (f *fake) Sent(topic string) []topology.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer delete(f.out, topic)
	return f.out[topic]
}

func (f *fake) Advance(d time.Duration) { f.advanced += d }

func (f *fake) Fault(what string) error {
	if what == "flood" {
		return errors.ErrUnsupported
	}
	f.faults = append(f.faults, what)
	return nil
}

func (f *fake) Committed(_ context.Context, topic string, partition int32) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.messages)), nil
}

func (f *fake) Row(_ context.Context, _, key string, into any) (state.Freshness, error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if row, ok := f.rows[key]; ok {
		*into.(*any) = row
	}
	return state.Freshness{}, nil
}

func (f *fake) Keys(context.Context, string, string, string) iter.Seq2[string, error] {
	return func(func(string, error) bool) {}
}

// plain is a fake that has only what every Engine must.
type plain struct{ Engine }

// play runs a script on f and returns what Run would fail with.
func play(t testing.TB, f *fake, script string) error {
	t.Helper()
	return newScript(t).run("story.spec", script, shop, f.factory)
}

func mustPlay(t testing.TB, f *fake, script string) {
	t.Helper()

	if err := play(t, f, script); err != nil {
		t.Fatal(err)
	}
}

func (f *fake) keys() (keys []string) {
	for _, m := range f.messages {
		keys = append(keys, m.Key)
	}
	return slices.Clip(keys)
}
