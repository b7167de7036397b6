package topology_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

// An idle operator says of itself that it can't work.
type idle struct {
	topology.Func[Order, string]
}

func (idle) Declared() error { return errors.New("it has nothing to ask") }

// Each mistake that a declaration can have, and what is said of it.
var mistakes = []struct {
	name    string
	declare func(t *topology.Topology)
	says    string
}{
	{"two tables in one stage", func(t *topology.Topology) {
		topology.Fold(Totals, topology.From(t, Orders), Add)
		other := topology.Fold(topology.Table[Customer, int]("points"), topology.From(t, Bills),
			topology.Latest)
		topology.Join(other, Totals, func(n, _ int) int { return n }).To("both")
	}, `are on one stream: a stage has one table; keep both in one row, or read one by Lookup`},
	{"negative bounds", func(t *topology.Topology) {
		f := func(context.Context, Order) (string, error) { return "", nil }
		answers, _ := topology.Async(topology.From(t, Orders), "negative", topology.Func[Order, string](f),
			topology.Policy[Order]{InFlight: -1})
		answers.To(Notices)
	}, `async "negative": InFlight and Timeout can't be negative`},
	{"an operator that can't work", func(t *topology.Topology) {
		answers, _ := topology.Async(topology.From(t, Orders), "idle", idle{}, topology.Policy[Order]{})
		answers.To(Notices)
	}, `async "idle": it has nothing to ask`},
	{"streams of two topologies", func(t *topology.Topology) {
		topology.Merge(topology.From(t, Orders), topology.From(topology.New("elsewhere"),
			Orders)).To("merged")
	}, `merge: a stream is of topology "elsewhere"`},
	{"a topic named like a changelog", func(t *topology.Topology) {
		topology.Fold(Totals, topology.From(t, Orders), Add)
		topology.From(t, topology.Topic[Customer, Order](t.Name()+"."+string(Totals)+"-table")).To("stolen")
	}, `for a topic of its own`},
	{"impure step before Async", func(t *topology.Topology) {
		many := topology.FlatMap(topology.From(t, Orders), func(o Order) []Order { return []Order{o} })
		ask(many, "advise")
	}, `async "advise": flatmap stands above it, which cannot run again when an answer settles`},
	{"merge before Async", func(t *topology.Topology) {
		ask(topology.Merge(topology.From(t, Orders), topology.From(t,
			topology.Topic[Customer, Order]("web"))), "advise")
	}, `async "advise": merge stands above it`},
	{"topic with two values", func(t *topology.Topology) {
		topology.From(t, Orders).To("out")
		topology.From(t, topology.Topic[Customer, int]("orders")).To("more")
	}, `topic "orders" has two types: Customer -> Order and Customer -> int`},
	{"topic with two keys", func(t *topology.Topology) {
		topology.From(t, Orders).To("out")
		topology.From(t, topology.Topic[Product, Order]("orders")).To("more")
	}, `topic "orders" has two types: Customer -> Order and Product -> Order`},
	{"table with two types", func(t *topology.Topology) {
		topology.Fold(Totals, topology.From(t, Orders), Add)
		topology.Fold(topology.Table[Customer, Order]("totals"), topology.From(t, Orders), topology.Latest)
	}, `table "totals" has two types: Customer -> int and Customer -> Order`},
	{"join of a table nobody writes", func(t *topology.Topology) {
		topology.Join(topology.From(t, Orders), Totals, func(o Order, _ int) Order { return o }).To("out")
	}, `join "totals": no step writes this table`},
	{"lookup in a table nobody writes", func(t *topology.Topology) {
		topology.Lookup(topology.From(t, Orders), Pricings, func(o Order) Product { return o.Product },
			func(o Order, _ int) Order { return o }).To("out")
	}, `lookup "pricings": no step writes this table`},
	{"an operator that reads a table nobody writes", func(t *topology.Topology) {
		answers, _ := topology.Async(topology.From(t, Orders), "reader", topology.Func[Order, string](nil),
			topology.Policy[Order]{Reads: []topology.Readable{topology.Table[Product, int]("prises")}})
		answers.To(Notices)
	}, `async "reader" reads table "prises": no step writes this table: Fold or Apply events into it`},
	{"an operator that reads a table of another type", func(t *topology.Topology) {
		topology.Fold(topology.Table[Product, int]("rates"), topology.From(t, Prices), topology.Latest)
		answers, _ := topology.Async(topology.From(t, Orders), "mistaken", topology.Func[Order, string](nil),
			topology.Policy[Order]{Reads: []topology.Readable{topology.Table[Product, string]("rates")}})
		answers.To(Notices)
	}, `table "rates" has two types: Product -> int and Product -> string`},
	{"the journal's name", func(t *topology.Topology) {
		answers, _ := topology.Async(topology.From(t, Orders), "recorded", topology.Func[Order, string](nil),
			topology.Policy[Order]{Record: true})
		answers.To("shop.journal")
	}, `topic "shop.journal": the name is taken by the record of answers`},
	{"topic without a name", func(t *topology.Topology) {
		topology.From(t, topology.Topic[Customer, Order]("")).To("out")
	}, `a topic has no name`},
	{"table without a name", func(t *topology.Topology) {
		topology.Fold(topology.Table[Customer, int](""), topology.From(t, Orders), Add)
	}, `a table has no name`},
	{"operator without a name", func(t *topology.Topology) { ask(topology.From(t, Orders), "") },
		`an operator has no name`},
	{"a name that Kafka does not take", func(t *topology.Topology) { topology.From(t, Orders).To("out put") },
		`topic "out put": a name has at most 200 letters, digits, dots, dashes and underscores`},
	{"a name that is too long", func(t *topology.Topology) {
		topology.From(t, Orders).To(topology.Topic[Customer, Order](strings.Repeat("x", 201)))
	}, `a name has at most 200 letters`},
	{"name used for two things", func(t *topology.Topology) {
		topology.Fold(topology.Table[Customer, int]("orders"), topology.From(t, Orders), Add)
	}, `"orders" is a topic and a table`},
	{"operator named like a table", func(t *topology.Topology) {
		ask(topology.Fold(Totals, topology.From(t, Orders), Add), "totals")
	}, `"totals" is a table and an operator`},
	{"two operators of one name", func(t *topology.Topology) {
		ask(topology.From(t, Orders), "advise")
		ask(topology.From(t, Orders), "advise")
	}, `operator "advise": two have this name`},
	{"settings of a topic nobody uses", func(t *topology.Topology) {
		topology.Configure(t, Bills, topology.TopicConfig[int]{Partitions: 2})
	}, `Configure "bills": no step reads or writes it`},
	{"the dead letters' name", func(t *topology.Topology) { topology.From(t, Orders).To("shop.dead-letters") },
		`topic "shop.dead-letters": the name is taken by the dead-letter topic`},
}

func ask(s topology.Stream[Customer, Order], name string) {
	f := func(context.Context, Order) (string, error) { return "", nil }
	answers, unsettled := topology.Async(s, name, topology.Func[Order, string](f), topology.Policy[Order]{})
	answers.To(Notices)
	unsettled.To("unsettled")
}

func TestEachMistake(t *testing.T) {
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			shop := topology.New("shop")
			m.declare(shop)

			err := shop.Validate()
			if err == nil || !strings.Contains(err.Error(), m.says) {
				t.Fatalf("says: %v\nwanted: %s", err, m.says)
			}

			if _, plan := shop.Plan(); plan == nil || shop.Describe() != plan.Error()+"\n" {
				t.Errorf("Plan and Describe do not say the same: %v\n%s", plan, shop.Describe())
			}
		})
	}
}

// One declaration with all mistakes at once is told all of them, in the topology's name.
func TestAllMistakesAtOnce(t *testing.T) {
	shop := topology.New("shop")
	for _, m := range mistakes {
		m.declare(shop)
	}

	said := strings.Split(shop.Validate().Error(), "\n")
	for _, m := range mistakes {
		if m.name == "join of a table nobody writes" || m.name == "settings of a topic nobody uses" {
			continue // here others write it, and use it
		}

		if !slices.ContainsFunc(said, func(line string) bool {
			return strings.HasPrefix(line, "topology shop: ") && strings.Contains(line, m.says)
		}) {
			t.Errorf("%s is not told: %s\nsaid:\n%s", m.name, m.says, strings.Join(said, "\n"))
		}
	}
}

func TestTopologyWithoutName(t *testing.T) {
	if err := topology.New("").Validate(); err == nil ||
		!strings.Contains(err.Error(), "a topology has no name") {
		t.Error(err)
	}
}
