package topology_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// quote asks an operator that reads prices while it decides.
func quote(ask topology.Func[Order, string]) *topology.Topology {
	t := topology.New("shop")
	topology.Fold(Pricings, topology.From(t, Prices), topology.Latest)
	quotes, _ := topology.Async(topology.From(t, Orders), "quote", ask,
		topology.Policy[Order]{Reads: []topology.Readable{Pricings}})
	quotes.To(Notices)
	return t
}

func ExampleGet() {
	t := quote(func(ctx context.Context, o Order) (string, error) {
		price, err := topology.Get(ctx, Pricings, o.Product) // as it is now
		return fmt.Sprintf("that makes %d", o.N*price), err
	})
	show(t, `prices tea 3`, `orders ann {"product":"tea","n":2}`)
	// Output:
	// notices ann "that makes 6"
	// table pricings tea 3
}

func ExampleScan() {
	t := quote(func(ctx context.Context, o Order) (s string, _ error) {
		for row, err := range topology.Scan(ctx, Pricings, "tea-") {
			if err != nil {
				return "", err
			}
			s += fmt.Sprintf("%s costs %d. ", row.Key, row.Value)
		}
		return s, nil
	})
	show(t, `prices tea-green 3`, `prices tea-black 4`, `prices milk 1`, `orders ann {}`)
	// Output:
	// notices ann "tea-black costs 4. tea-green costs 3. "
	// table pricings milk 1
	// table pricings tea-black 4
	// table pricings tea-green 3
}

// careful is an operator whose quotes hold while the price does.
type careful struct{ topology.Func[Order, int] }

func (careful) Check(ctx context.Context, o Order, quoted int) error {
	price, err := topology.Get(ctx, Pricings, o.Product)
	if err == nil && price != quoted {
		err = fmt.Errorf("the price is %d now", price)
	}
	return err
}

func ExampleOperator_Check() {
	op := careful{func(context.Context, Order) (int, error) { return 3, nil }}
	now := topologytest.WithRows(context.Background(), Pricings, map[Product]int{"tea": 4})
	fmt.Println(op.Check(now, Order{Product: "tea"}, 3)) // it would be asked again
	// Output: the price is 4 now
}

func ExampleWithReads() {
	ctx := plan.WithReads(context.Background(), oneRow{}) // as an engine does
	price, err := topology.Get(ctx, Pricings, "tea")
	fmt.Println(price, err)
	// Output: 3 <nil>
}

func ExampleNote() {
	ask := func(ctx context.Context, o Order) (string, error) {
		journal.AddSharedNote(ctx, "instructions", "Be brief.")   // the same each time: on record by its hash
		journal.AddNote(ctx, "prompt", fmt.Sprint(o.N, " teas?")) // of this answer
		return "yes", nil
	}
	t := topology.New("shop")
	advice, _ := topology.Async(topology.From(t, Orders), "advise", topology.Func[Order, string](ask),
		topology.Policy[Order]{Record: true})
	advice.To(Notices)
	e := topologytest.Memory(printing{}, t)
	topologytest.Send(e, Orders, "ann", Order{"tea", 2})

	var l journal.Log
	for _, r := range e.Sent("shop.journal") {
		_ = l.Add(r.Key, r.Value)
	}

	for _, r := range e.Sent("shop.journal-parts") {
		l.AddPart(r.Key, r.Value)
	}

	for _, r := range l.Records() {
		for _, n := range r.Notes {
			text, _ := l.Entry(r).Text(n)
			fmt.Println(n.Name+":", text)
		}
	}
	// Output:
	// instructions: Be brief.
	// prompt: 2 teas?
}

// oneRow has 3 in every row, and cannot be scanned.
type oneRow struct{}

func (oneRow) Get(string, string) ([]byte, int64, error) { return []byte("3"), 1, nil }

func (oneRow) Scan(string, string, func(string, []byte, int64) bool) error {
	return errors.New("too many")
}

// A read that cannot be tells what is wrong, and a scan ends with it.
func TestReadsThatFail(t *testing.T) {
	rows := topologytest.WithRows(t.Context(), Pricings, map[Product]int{"milk": 1, "tea": 3})
	ended, cancel := context.WithCancel(rows)
	cancel()

	for _, c := range []struct {
		name string
		ctx  context.Context
		says string
	}{
		{"outside of an operator", t.Context(), "not the one that an operator's Decide or Check was given"},
		{"a copy that fails", plan.WithReads(t.Context(), oneRow{}), "too many"},
		{"a context that has ended", ended, "context canceled"},
	} {
		n, last := 0, error(nil)
		for _, err := range topology.Scan(c.ctx, Pricings, "") {
			n, last = n+1, err
		}

		if n != 1 || last == nil || !strings.Contains(last.Error(), c.says) {
			t.Errorf("%s: passed %d, %v; wanted: %s", c.name, n, last, c.says)
		}
	}

	if _, err := topology.Get(t.Context(), Pricings, "tea"); err == nil {
		t.Error("Get outside of an operator")
	}

	wrong := topology.Table[Product, string](Pricings)
	if _, err := topology.Get(rows, wrong, "tea"); err == nil ||
		!strings.Contains(err.Error(), "row pricings/tea cannot be decoded") {
		t.Errorf("a row of another type: %v", err)
	}
}

// A scan that is left early asks no further, and what it has handed out is its caller's.
func TestScanCanBeLeft(t *testing.T) {
	rows := topologytest.WithRows(t.Context(), Pricings, map[Product]int{"milk": 1, "tea": 3})
	for row, err := range topology.Scan(rows, Pricings, "") {
		if row.Key != "milk" || err != nil {
			t.Errorf("%v %v", row, err)
		}
		break
	}
}
