package topology_test

import (
	"context"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// nothing is an operator that is never asked.
var nothing = topology.Func[int, int](func(context.Context, int) (int, error) { return 0, nil })

// everything has a step of each kind, two stages that share a topic, and streams that nobody takes.
func everything() *topology.Topology {
	t := topology.New("shop")
	topology.Configure(t, Orders, topology.TopicConfig[Order]{Partitions: 12})
	orders := topology.From(t, Orders).Check(func(Order) error { return nil }).Filter(func(Order) bool { return true })
	topology.Fold(Pricings, topology.From(t, Prices), topology.Latest)

	priced := topology.Lookup(orders, Pricings, func(o Order) Product { return o.Product },
		func(o Order, price int) Order { return o })
	bills := topology.Apply(Totals, priced, func(total int,
		o Order) (int, []int) {
		return total + o.N, []int{o.N}
	})
	bills.To(Bills)
	known := topology.Join(topology.Map(bills, func(n int) Order { return Order{N: n} }), Totals,
		func(o Order, _ int) Order { return o })
	advice, _ := topology.Async(known, "advise", adviser{},
		topology.Policy[Order]{InFlight: 3, Timeout: time.Second,
			Changed:  func(a, b Order) bool { return a != b },
			Deadline: func(Order) time.Time { return time.Time{} }, Reads: []topology.Readable{Pricings, Totals}})
	topology.Merge(advice, topology.From(t, topology.Topic[Customer, string]("greetings"))).To(Notices)

	// A stage without a table, named by its operator; nobody takes its answers.
	topology.Async(topology.From(t, topology.Topic[Product, int]("complaints")), "translate",
		nothing, topology.Policy[int]{})

	// A stage without either, named by its topic.
	topology.Rekey(topology.FlatMap(topology.Events(topology.From(t,
		topology.Topic[Product, int]("returns"))),
		func(e topology.Event[Product, int]) []int { return []int{e.Value} }), Sold, func(n int, p Product) (Product, int) { return p, n })

	return t
}

// The printout shows all that lasts: a change that moves state, or renames what is kept, shows in the golden
// file.
func TestDescribe(t *testing.T) {
	topologytest.Golden(t, "testdata/describe.golden", everything().Describe())
}
