package topology_test

import (
	"context"
	"errors"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

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
		topology.Join(topology.From(t, Orders), topology.Table[Customer, int]("orders"),
			func(o Order, _ int) Order { return o }).To("joined")
	}, `"orders" is a topic and a table: commands and metrics could not tell one from the other. ` +
		`Give the table another name, such as "orders-table"`},
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
	{"a nil function of Map", func(t *topology.Topology) {
		topology.Map[Customer, Order, string](topology.From(t, Orders), nil).To("mapped")
	}, `Map below from "orders": its function is nil`},
	{"a nil function of FlatMap", func(t *topology.Topology) {
		topology.FlatMap[Customer, Order, string](topology.From(t, Orders), nil).To("mapped")
	}, `FlatMap below from "orders": its function is nil`},
	{"a nil function of FilterMap", func(t *topology.Topology) {
		topology.FilterMap[Customer, Order, string](topology.From(t, Orders), nil).To("mapped")
	}, `FilterMap below from "orders": its function is nil`},
	{"a nil function of Filter", func(t *topology.Topology) {
		topology.From(t, Orders).Filter(nil).To("filtered")
	}, `Filter below from "orders": its function is nil`},
	{"a nil function of Check", func(t *topology.Topology) {
		topology.Map(topology.From(t, Orders), func(o Order) Order { return o }).Check(nil).To("checked")
	}, `Check below from "orders": its function is nil`},
	{"a nil function of Fold", func(t *topology.Topology) {
		topology.Fold[Customer, int, Order](Totals, topology.From(t, Orders), nil)
	}, `Fold "totals" below from "orders": its function is nil`},
	{"a nil function of Apply", func(t *topology.Topology) {
		topology.Apply[Customer, int, Order, string](Totals, topology.From(t, Orders), nil).To("applied")
	}, `Apply "totals" below from "orders": its function is nil`},
	{"a nil function of Join", func(t *topology.Topology) {
		topology.Join[Customer, Order, int, Order](topology.From(t, Orders), Totals, nil).To("joined")
	}, `Join "totals" below from "orders": its function is nil`},
	{"a nil key of Lookup", func(t *topology.Topology) {
		topology.Lookup(topology.From(t, Orders), Pricings, nil,
			func(o Order, _ int) Order { return o }).To("found")
	}, `Lookup "pricings" below from "orders": its function is nil`},
	{"a nil function of Rekey", func(t *topology.Topology) {
		topology.Rekey[Customer, Product, Order, Order](topology.From(t, Orders), "by-product",
			nil).To("rekeyed")
	}, `Rekey below from "orders": its function is nil`},
	{"a nil address of Route", func(t *topology.Topology) {
		pick := func(o Order) *Order { return &o }
		topology.Route[Customer, Product, Order, Order, Order](topology.From(t, Orders), pick, "routed",
			nil).To("out")
	}, `Rekey below from "orders": its function is nil`},
	{"a zero Stream in Merge", func(t *topology.Topology) {
		topology.Merge(topology.From(t, Orders), topology.Stream[Customer, Order]{}).To("merged")
	}, `merge below from "orders": a stream is the zero Stream`},
	{"no operator", func(t *topology.Topology) {
		topology.Async[Customer, Order, string](topology.From(t, Orders), "none", nil,
			topology.Policy[Order]{})
	}, `async "none": the operator is nil`},
	{"a nil Func", func(t *topology.Topology) {
		topology.Async(topology.From(t, Orders), "empty", topology.Func[Order, string](nil),
			topology.Policy[Order]{})
	}, `async "empty": the operator is nil`},
	{"an operator that can't work", func(t *topology.Topology) {
		answers, _ := topology.Async(topology.From(t, Orders), "idle", idle{}, topology.Policy[Order]{})
		answers.To(Notices)
	}, `async "idle": it has nothing to ask`},
	{"a channel in a row", func(t *topology.Topology) {
		type connection struct{ Answers []chan int }
		topology.Fold(topology.Table[Customer, connection]("connections"), topology.From(t, Orders),
			func(c connection, _ Order) connection { return c })
	}, `its field Answers is chan int, which JSON can't hold`},
	{"a function in an event", func(t *topology.Topology) {
		topology.From(t, topology.Topic[Customer, func()]("callbacks")).To("callbacks")
	}, `topic "callbacks" has no JSON for a func(): it is func(), which JSON can't hold`},
	{"keys that JSON does not have", func(t *topology.Topology) {
		topology.From(t, topology.Topic[Customer, map[bool]int]("votes")).To("votes")
	}, `JSON has strings and integers as keys, not bool`},
	{"a row without exported fields", func(t *topology.Topology) {
		type secret struct{ total int }
		topology.Fold(topology.Table[Customer, secret]("secrets"), topology.From(t, Orders),
			func(s secret, _ Order) secret { s.total++; return s })
	}, `has no JSON for a topology_test.secret: it is topology_test.secret, of which JSON has no field`},
	{"a row with methods that encoding/json does not find", func(t *topology.Topology) {
		type account struct{ Balance big.Int }
		topology.Fold(topology.Table[Customer, account]("accounts"), topology.From(t, Orders),
			func(a account, _ Order) account { return a })
	}, `its field Balance is big.Int, whose methods encoding/json does not find here`},
	{"what waits has no JSON", func(t *topology.Topology) {
		type job struct{ Done chan bool }
		jobs := topology.FlatMap(topology.From(t, Orders), func(Order) []job { return nil })
		run := topology.Func[job, int](func(context.Context, job) (int, error) { return 0, nil })
		topology.Async(jobs, "runner", run, topology.Policy[job]{})
	}, `async "runner", whose events wait as they leave from "orders", has no JSON for a topology_test.job:`},
	{"topics that differ in a dot", func(t *topology.Topology) {
		topology.From(t, Orders).To("orders.of.today")
		topology.From(t, Orders).To("orders_of_today")
	}, `topics "orders.of.today" and "orders_of_today": Kafka refuses the second`},
	{"tables that differ in a dot", func(t *topology.Topology) {
		topology.Fold(topology.Table[Customer, int]("a.b"), topology.From(t, Bills), topology.Latest)
		topology.Fold(topology.Table[Customer, int]("a_b"), topology.From(t, Bills), topology.Latest)
	}, `topics "shop.a.b-table" and "shop.a_b-table": Kafka refuses the second`},
	{"the redriven letters' name", func(t *topology.Topology) {
		topology.From(t, Orders).To("shop.redriven")
	}, `topic "shop.redriven": the name is taken by the topic of dead letters that were processed again`},
	{"negative settings of a topic", func(t *topology.Topology) {
		topology.Configure(t, Orders, topology.TopicConfig[Order]{Ahead: -1, Partitions: -1})
		topology.From(t, Orders).To("out")
	}, `Configure "orders": Ahead is negative`},
	{"settings of a topic of another type", func(t *topology.Topology) {
		at := func(int) time.Time { return time.Time{} }
		topology.Configure(t, topology.Topic[Customer, int]("orders"), topology.TopicConfig[int]{Time: at})
		topology.From(t, Orders).To("out")
	}, `topic "orders" has two types: Customer -> Order and Customer -> int`},
	{"a key for a topic that nothing reads", func(t *topology.Topology) {
		key := func(string) string { return "k" }
		topology.Configure(t, Notices, topology.TopicConfig[string]{Key: key})
		topology.Map(topology.From(t, Orders), func(Order) string { return "" }).To(Notices)
	}, `Configure "notices": Key is for a topic that is read, and no step reads it`},
	{"the name of records with another key", func(t *topology.Topology) {
		key := func(int) string { return "k" }
		topology.Configure(t, Bills, topology.TopicConfig[int]{Key: key})
		topology.From(t, Bills).To("out")
		topology.From(t, Bills).To("shop.bills-keyed")
	}, `topic "shop.bills-keyed": the name is taken by records of topic "bills"`},
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

			if lines := strings.Split(err.Error(), "\n"); len(slices.Compact(slices.Sorted(slices.Values(lines)))) <
				len(lines) {
				t.Errorf("a mistake is told more than once:\n%v", err)
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

// What JSON holds is no mistake: a type that contains itself, one that marshals itself, an interface, and
// fields that JSON leaves out. A codec of one's own may hold anything.
func TestTypesThatJSONHolds(t *testing.T) {
	type tree struct {
		Children []*tree
		Price    *big.Int
		Host     netip.Addr
		Any      any
		Done     chan bool `json:"-"`
		At       map[netip.Addr]time.Time
		none     chan bool
	}
	shop := topology.New("shop")
	topology.Fold(topology.Table[Customer, tree]("trees"), topology.From(shop, Orders),
		func(r tree, _ Order) tree { r.none = nil; return r })

	raw := topology.Topic[Customer, func()]("raw")
	topology.Configure(shop, raw, topology.TopicConfig[func()]{Codec: plain{}})
	topology.From(shop, raw).To("raw")

	if err := shop.Validate(); err != nil {
		t.Error(err)
	}
}

// plain is a codec that knows no JSON.
type plain struct{}

func (plain) Marshal(any) ([]byte, error) { return nil, nil }
func (plain) Unmarshal([]byte, any) error { return nil }

// A reluctant operator panics when it is warmed up.
type reluctant struct {
	topology.Func[string, string]
}

func (reluctant) Warm(context.Context) error { panic("not before coffee") }

// An operator that panics while it is warmed up ends no worker.
func TestAPanicWhileWarmingUpIsAnError(t *testing.T) {
	d := topology.New("cold")
	answers, _ := topology.Async(topology.From(d, topology.Topic[string, string]("in")), "slow", reluctant{},
		topology.Policy[string]{})
	answers.To("out")

	if err := d.Warm(t.Context()); err == nil || !strings.Contains(err.Error(), "slow: panic: not before") {
		t.Errorf("%v", err)
	}
}
