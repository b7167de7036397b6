package topology_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/plan"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A shop: orders come in by customer, prices by product.
const (
	Orders   topology.Topic[Customer, Order]  = "orders"
	Prices   topology.Topic[Product, int]     = "prices"
	Bills    topology.Topic[Customer, int]    = "bills"
	Notices  topology.Topic[Customer, string] = "notices"
	Sold     topology.Topic[Product, int]     = "sold"
	Totals   topology.Table[Customer, int]    = "totals"
	Pricings topology.Table[Product, int]     = "pricings"
)

type (
	Customer string
	Product  string
	Order    struct {
		Product Product `json:"product"`
		N       int     `json:"n"`
	}
)

// Add is a step: it gets the row and the event, and returns the new row.
func Add(total int, o Order) int { return total + o.N }

// show runs a topology in memory, sends it events, one a line, and prints its outputs and rows.
func show(t *topology.Topology, events ...string) {
	e := topologytest.Memory(printing{}, t)
	for _, event := range events {
		f := strings.SplitN(event, " ", 3)
		if err := e.Send(f[0], f[1], []byte(f[2])); err != nil {
			fmt.Println(err)
		}
	}

	p, _ := t.Plan()
	for _, topic := range p.Topics {
		if topic.Written {
			for _, r := range e.Sent(topic.Name) {
				fmt.Printf("%s %s %s\n", r.Topic, r.Key, r.Value)
			}
		}
	}

	for _, r := range e.Sent(p.DeadLetters()) {
		fmt.Printf("%s %s %s: %s\n", r.Topic, r.Key, r.Value, r.Headers["deadletter-error"])
	}

	for _, s := range p.Stages {
		for key := range e.Keys(context.Background(), s.Table, "", "") {
			var row any
			_, _ = e.Row(context.Background(), s.Table, key, &row)
			fmt.Printf("table %s %s %v\n", s.Table, key, row)
		}
	}
}

// printing is a testing.TB for examples.
type printing struct{ testing.TB }

func (printing) Helper()                   {}
func (printing) Cleanup(func())            {}
func (printing) Errorf(f string, a ...any) { fmt.Printf(f+"\n", a...) }
func (printing) Fatal(a ...any)            { panic(fmt.Sprint(a...)) }
func (printing) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func Example() {
	t := topology.New("shop")
	topology.Fold(Totals, topology.From(t, Orders), Add)
	show(t,
		`orders ann {"product":"tea","n":2}`,
		`orders ann {"product":"tea","n":3}`,
		`orders bob {"product":"tea","n":1}`)
	// Output:
	// table totals ann 5
	// table totals bob 1
}

func ExampleTopology_Validate() {
	t := topology.New("shop")
	topology.Join(topology.From(t, Orders), Totals, func(o Order, total int) int { return total }).To(Bills)
	topology.From(t, topology.Topic[Customer, int]("orders")).To("copies")
	fmt.Println(t.Validate())
	// Output:
	// topology shop: topic "orders" has two types: Customer -> Order and Customer -> int
	// topology shop: join "totals": no step writes this table: Fold or Apply events into it
}

func ExampleTopology_Report() {
	// bill declares a step for others, and needs a name from them.
	bill := func(t *topology.Topology, topic topology.Topic[Customer, int]) {
		if topic == "" {
			t.Report(errors.New("bill: where to?"))
		}
	}
	t := topology.New("shop")
	bill(t, "")
	fmt.Println(t.Validate())
	// Output: topology shop: bill: where to?
}

func ExampleTopology_Describe() {
	t := topology.New("shop")
	topology.Fold(Totals, topology.From(t, Orders), Add)
	fmt.Print(t.Describe())
	// Output:
	// topology shop
	//
	// stage shop.totals
	//   table totals: Customer -> int, changelog shop.totals-table
	//   from orders
	//     fold totals
	//
	// topics
	//   orders             in   Customer -> Order          the worker's partitions
	//   shop.totals-inbox  own  dead letters to redrive    those of its stage
	//   shop.dead-letters  out  bad records, as they came  the worker's partitions
	//   shop.redriven      own  dead letters redriven      1 partition
}

func ExampleFrom() {
	t := topology.New("shop")
	topology.From(t, Orders).To("copies")
	show(t, `orders ann {"product":"tea","n":2}`)
	// Output: copies ann {"product":"tea","n":2}
}

func ExampleStream_Filter() {
	t := topology.New("shop")
	topology.From(t, Orders).Filter(func(o Order) bool { return o.N > 1 }).To("large")
	show(t, `orders ann {"n":1}`, `orders bob {"n":2}`)
	// Output: large bob {"product":"","n":2}
}

func ExampleStream_Check() {
	t := topology.New("shop")
	topology.From(t, Orders).Check(func(o Order) error {
		if o.N <= 0 {
			return errors.New("nothing is ordered")
		}
		return nil
	}).To("valid")
	show(t, `orders ann {"n":0}`, `orders bob {"n":2}`)
	// Output:
	// valid bob {"product":"","n":2}
	// shop.dead-letters ann {"n":0}: nothing is ordered
}

func ExampleMap() {
	t := topology.New("shop")
	topology.Map(topology.From(t, Orders), func(o Order) int { return o.N * 10 }).To(Bills)
	show(t, `orders ann {"n":2}`)
	// Output: bills ann 20
}

func ExampleFlatMap() {
	t := topology.New("shop")
	topology.FlatMap(topology.From(t, Orders), func(o Order) []int { return slices.Repeat([]int{1}, o.N) }).To("items")
	show(t, `orders ann {"n":2}`, `orders bob {"n":0}`)
	// Output:
	// items ann 1
	// items ann 1
}

func ExampleFilterMap() {
	type effect struct {
		Bill   *int
		Notice *string
	}
	t := topology.New("shop")
	effects := topology.Map(topology.From(t, Orders), func(o Order) effect {
		if o.N > 10 {
			why := "too many"
			return effect{Notice: &why}
		}
		return effect{Bill: &o.N}
	})
	topology.FilterMap(effects, func(e effect) *int { return e.Bill }).To(Bills)
	topology.FilterMap(effects, func(e effect) *string { return e.Notice }).To(Notices)
	show(t, `orders ann {"n":2}`, `orders bob {"n":12}`)
	// Output:
	// bills ann 2
	// notices bob "too many"
}

func ExampleRoute() {
	type effect struct {
		Bill *int
		Sold *Order
	}
	t := topology.New("shop")
	effects := topology.Map(topology.From(t, Orders), func(o Order) effect { return effect{&o.N, &o} })
	topology.FilterMap(effects, func(e effect) *int { return e.Bill }).To(Bills)
	topology.Route(effects, func(e effect) *Order { return e.Sold }, Sold,
		func(o Order, _ Customer) (Product, int) { return o.Product, o.N })
	show(t, `orders ann {"product":"tea","n":2}`)
	// Output:
	// bills ann 2
	// sold tea 2
}

func ExampleEvents() {
	t := topology.New("shop")
	topology.Map(topology.Events(topology.From(t, Orders)), func(e topology.Event[Customer, Order]) string {
		return fmt.Sprintf("%s ordered %d: %s/%d", e.Key, e.Value.N, e.Topic, e.Offset)
	}).To(Notices)
	show(t, `orders ann {"n":2}`)
	// Output: notices ann "ann ordered 2: orders/0"
}

func ExampleMerge() {
	t := topology.New("shop")
	web := topology.From(t, topology.Topic[Customer, Order]("web-orders"))
	topology.Fold(Totals, topology.Merge(web, topology.From(t, Orders)), Add)
	show(t, `orders ann {"n":2}`, `web-orders ann {"n":3}`)
	// Output: table totals ann 5
}

func ExampleRekey() {
	t := topology.New("shop")
	sold := topology.Rekey(topology.From(t, Orders), Sold,
		func(o Order, _ Customer) (Product, int) { return o.Product, o.N })
	topology.Fold(topology.Table[Product, int]("sales"), sold, func(sum, n int) int { return sum + n })
	show(t, `orders ann {"product":"tea","n":2}`, `orders bob {"product":"tea","n":1}`)
	// Output:
	// sold tea 2
	// sold tea 1
	// table sales tea 3
}

func ExampleFold() {
	t := topology.New("shop")
	after := topology.Fold(Totals, topology.From(t, Orders), Add)
	topology.Join(after, Totals, func(o Order, total int) int { return total }).To(Bills) // the row after the change
	show(t, `orders ann {"n":2}`, `orders ann {"n":3}`)
	// Output:
	// bills ann 2
	// bills ann 5
	// table totals ann 5
}

func ExampleApply() {
	t := topology.New("shop")
	topology.Apply(Totals, topology.From(t, Orders), func(total int, o Order) (int, []string) {
		if total+o.N > 10 {
			return total, []string{"not more than ten"} // the row stays
		}
		return total + o.N, nil
	}).To(Notices)
	show(t, `orders ann {"n":7}`, `orders ann {"n":7}`, `orders ann {"n":3}`)
	// Output:
	// notices ann "not more than ten"
	// table totals ann 10
}

func ExampleLatest() {
	t := topology.New("shop")
	topology.Fold(Pricings, topology.From(t, Prices), topology.Latest)
	show(t, `prices tea 3`, `prices tea 4`, `prices milk 1`, `prices milk 0`) // the zero value deletes the row
	// Output: table pricings tea 4
}

func ExampleJoin() {
	t := topology.New("shop")
	topology.Fold(Totals, topology.From(t, topology.Topic[Customer, int]("refunds")),
		func(total, n int) int { return total - n })
	topology.Join(topology.From(t, Orders), Totals,
		func(o Order, total int) int { return total + o.N }).To(Bills)
	show(t, `refunds ann 5`, `orders ann {"n":2}`)
	// Output:
	// bills ann -3
	// table totals ann -5
}

func ExampleLookup() {
	t := topology.New("shop")
	topology.Fold(Pricings, topology.From(t, Prices), topology.Latest)
	topology.Lookup(topology.From(t, Orders), Pricings,
		func(o Order) Product { return o.Product },
		func(o Order, price int) int { return o.N * price }).To(Bills)
	show(t, `prices tea 3`, `orders ann {"product":"tea","n":2}`)
	// Output:
	// bills ann 6
	// table pricings tea 3
}

func ExampleAsync() {
	ask := func(ctx context.Context, o Order) (string, error) { // slow, outside
		if o.N > 5 {
			return "", errors.New("nobody knows")
		}
		return fmt.Sprintf("%d will do", o.N), nil
	}
	t := topology.New("shop")
	advice, unsettled := topology.Async(topology.From(t, Orders), "advise", topology.Func[Order, string](ask),
		topology.Policy[Order]{InFlight: 4, Timeout: time.Second})
	advice.To(Notices)
	unsettled.To("for-people")
	show(t, `orders ann {"n":2}`, `orders bob {"n":9}`)
	// Output:
	// notices ann "2 will do"
	// for-people bob {"case":{"product":"","n":9},"cause":"nobody knows"}
}

// adviser is an operator whose answers must hold for the case as it is when they settle.
type adviser struct {
	topology.Func[Order, string]
}

func (adviser) Check(_ context.Context, o Order, advice string) error {
	if advice == "" {
		return errors.New("no advice")
	}
	return nil
}

func (adviser) GiveUp(o Order, cause error) (string, error) { return "ask a person", nil }

func ExampleOperator() {
	silent := func(context.Context, Order) (string, error) { return "", nil }
	t := topology.New("shop")
	advice, _ := topology.Async(topology.From(t, Orders), "advise", adviser{silent},
		topology.Policy[Order]{Reasks: -1})
	advice.To(Notices)
	show(t, `orders ann {"n":2}`)
	// Output: notices ann "ask a person"
}

func ExampleFunc() {
	double := topology.Func[int, int](func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	w, headers, err := double.Decide(context.Background(), 4)
	fmt.Println(w, headers, err)
	// Output: 8 map[] <nil>
}

func ExamplePolicy() {
	p := topology.Policy[Order]{
		InFlight: 8,                                                   // calls of a worker at once
		Timeout:  20 * time.Second,                                    // of one call
		Changed:  func(asked, now Order) bool { return asked != now }, // then it is asked again
		Reasks:   3,                                                   // before the operator gives up
	}
	fmt.Println(p.InFlight, p.Timeout)
	// Output: 8 20s
}

// words is a codec: one line of text, "tea 2".
type words struct{}

func (words) Marshal(v any) ([]byte, error) {
	o := v.(Order)
	return fmt.Appendf(nil, "%s %d", o.Product, o.N), nil
}

func (words) Unmarshal(b []byte, v any) error {
	_, err := fmt.Sscan(string(b), &v.(*Order).Product, &v.(*Order).N)
	return err
}

func ExampleConfigure() {
	t := topology.New("shop")
	topology.Configure(t, Orders, topology.TopicConfig[Order]{Codec: words{}, Partitions: 12})
	topology.Fold(Totals, topology.From(t, Orders), Add)
	show(t, `orders ann tea 2`)
	// Output: table totals ann 2
}

func ExampleJSON() {
	b, err := plan.JSON{}.Marshal(Order{"tea", 2})
	fmt.Println(string(b), err)
	// Output: {"product":"tea","n":2} <nil>
}

// a model that has to be loaded.
type slowStarter struct {
	topology.Func[Order, string]
	err error
}

func (s slowStarter) Warm(context.Context) error { return s.err }

func ExampleTopology_Warm() {
	t := topology.New("shop")
	topology.Async(topology.From(t, Orders), "advise", slowStarter{}, topology.Policy[Order]{})
	topology.Async(topology.From(t, Orders), "price", slowStarter{err: errors.New("there is no such model")},
		topology.Policy[Order]{})
	topology.Async(topology.From(t, Orders), "thank", topology.Func[Order, string](nil), topology.Policy[Order]{}) // needs no warmth
	fmt.Println(t.Warm(context.Background()))
	// Output: topology shop: warm up operator price: there is no such model
}
