package replay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/journal/replay"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

const (
	prices  topology.Topic[string, int] = "prices"
	orders  topology.Topic[string, int] = "orders"
	tariffs topology.Table[string, int] = "tariffs"
)

// shop quotes for orders: the price of then, times their number, with a margin.
func shop(margin int) *topology.Topology {
	t := topology.New("shop")
	topology.Fold(tariffs, topology.From(t, prices), topology.Latest)
	quote := func(ctx context.Context, n int) (int, error) {
		price, err := topology.Get(ctx, tariffs, "tea")
		return n*price + margin, err
	}
	quotes, _ := topology.Async(topology.From(t, orders), "quote", topology.Func[int, int](quote),
		topology.Policy[int]{Reads: []topology.Readable{tariffs}, Record: true})
	quotes.To("quotes")

	return t
}

func ExampleAgain() {
	e := topologytest.Memory(printing{}, shop(1))
	topologytest.Send(e, prices, "tea", 3)
	topologytest.Send(e, orders, "ann", 2)
	topologytest.Send(e, prices, "tea", 5)

	var l journal.Log
	for _, r := range e.Sent("shop.journal") {
		_ = l.Add(r.Key, r.Value)
	}

	for _, r := range e.Sent("shop.journal-parts") {
		l.AddPart(r.Key, r.Value)
	}
	then := l.Entry(l.Records()[0])
	now, err := replay.Again(context.Background(), shop(4), then) // at the price of then
	fmt.Printf("%s, and now %s %v\n", then.Answer, now.Answer, err)
	// Output: 7, and now 10 <nil>
}

type printing struct{ testing.TB }

func (printing) Cleanup(func()) {}

// A scan is answered by one of then that went as far, in order, and a row by any that has passed it.
func TestScansOfThen(t *testing.T) {
	scan := func(prefix string) *topology.Topology {
		d := topology.New("shop")
		topology.Fold(tariffs, topology.From(d, prices), topology.Latest)
		list := func(ctx context.Context, _ int) (s string, _ error) {
			for row, err := range topology.Scan(ctx, tariffs, prefix) {
				if err != nil {
					return "", err
				}
				s += fmt.Sprint(row.Key, "=", row.Value, "@", row.Version, " ")
			}
			one, err := topology.Get(ctx, tariffs, "tea-b")
			return s + fmt.Sprint(one), err
		}
		told, unsettled := topology.Async(topology.From(d, orders), "quote", topology.Func[int, string](list),
			topology.Policy[int]{Reads: []topology.Readable{tariffs}, Record: true})
		told.To("told")
		unsettled.To("untold")

		return d
	}

	e := topologytest.Memory(t, scan("tea-"))
	for i, key := range []string{"milk", "tea-a", "tea-b", "tea-ba"} {
		topologytest.Send(e, prices, key, i+1)
	}
	topologytest.Send(e, orders, "ann", 1)

	var l journal.Log
	for _, r := range e.Sent("shop.journal") {
		_ = l.Add(r.Key, r.Value)
	}

	for _, r := range e.Sent("shop.journal-parts") {
		l.AddPart(r.Key, r.Value)
	}

	for prefix, want := range map[string]string{"tea-": `"tea-a=2@1 tea-b=3@1 tea-ba=4@1 3"`,
		"tea-b": `"tea-b=3@1 tea-ba=4@1 3"`, "": ""} {
		o, err := replay.Again(t.Context(), scan(prefix), l.Entry(l.Records()[0]))
		if err != nil || string(o.Answer) != want {
			t.Errorf("%q: %v, %v, %s", prefix, err, o.Err, o.Answer)
		}

		if want == "" && (o.Err == nil || !strings.Contains(o.Err.Error(),
			"tariffs/*, which was not scanned then")) {
			t.Errorf("%q: %v", prefix, o.Err)
		}
	}
}

// Keys that are no text, such as longs of Java, go on record as they are: what was decided for one is decided
// again on the same rows, also on those that a scan passed.
func TestKeysOfAnyBytesAreReplayed(t *testing.T) {
	const long = "\x00\x00\x00\x00\x00\x00\n\xff"
	top := func() *topology.Topology {
		d := topology.New("shop")
		topology.Fold(tariffs, topology.From(d, prices), topology.Latest)
		times := func(n, price int) int { return n * price }
		joined := topology.Join(topology.From(d, orders), tariffs, times)
		sum := func(ctx context.Context, n int) (int, error) {
			for row, err := range topology.Scan(ctx, tariffs, long[:7]) {
				if err != nil {
					return 0, err
				}
				n += row.Value
			}
			return n, nil
		}
		told, unsettled := topology.Async(joined, "quote", topology.Func[int, int](sum),
			topology.Policy[int]{Reads: []topology.Readable{tariffs}, Record: true})
		told.To("told")
		unsettled.To("untold")
		return d
	}

	e := topologytest.Memory(t, top())
	topologytest.Send(e, prices, long, 3)
	topologytest.Send(e, prices, long[:7]+"\x01", 4)
	topologytest.Send(e, orders, long, 2)

	var l journal.Log
	for _, r := range e.Sent("shop.journal") {
		if err := l.Add(r.Key, r.Value); err != nil {
			t.Fatal(err)
		}
	}

	for _, r := range e.Sent("shop.journal-parts") {
		l.AddPart(r.Key, r.Value)
	}

	then := l.Entry(l.Records()[0])
	now, err := replay.Again(t.Context(), top(), then)
	if err != nil || now.Err != nil || then.Key != long || string(now.Answer) != "13" ||
		string(then.Answer) != "13" {
		t.Errorf("key %q, %s, and now %s: %v, %v", then.Key, then.Answer, now.Answer, err, now.Err)
	}

	if records, parts := l.Forget("tariffs", long); len(records) != 1 || len(parts) != 1 {
		t.Errorf("to be forgotten: %q and %q", records, parts)
	}
}

// A case that is not on record is asked about as JSON.
func TestAsk(t *testing.T) {
	d := topology.New("shop")
	double := func(_ context.Context, n int) (int, error) { return 2 * n, nil }
	topology.Async(topology.From(d, orders), "quote", topology.Func[int, int](double), topology.Policy[int]{})

	if o, err := replay.Ask(t.Context(), d, "quote", "", []byte("4")); err != nil || string(o.Answer) != "8" {
		t.Errorf("%v, %+v", err, o)
	}

	for want, ask := range map[string][3]string{
		"no operator quota":          {"quota", "", "4"},
		"has no candidate brief":     {"quote", "brief", "4"},
		"a case of operator quote: ": {"quote", "", `"four"`},
	} {
		if _, err := replay.Ask(t.Context(), d, ask[0], ask[1], []byte(ask[2])); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}

	o, err := replay.Ask(t.Context(), shop(1), "quote", "", []byte("2"))
	if err != nil || !errors.Is(o.Err, journal.ErrMissing) {
		t.Errorf("a table is read: %v, %+v", err, o)
	}
}
