package main

import (
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

// Two desks and an agent between them, drawn in each way.
func TestAtlas(t *testing.T) {
	type id string
	const (
		orders, bills, paid, shipped topology.Topic[id, int] = "orders", "bills", "paid", "shipped"
		stock, accounts              topology.Table[id, int] = "stock", "accounts"
	)
	topo := topology.New("shop")
	topology.Fold(stock, topology.From(topo, orders), topology.Latest)
	topology.From(topo, orders).To(bills)
	seen := topology.Lookup(topology.Join(topology.From(topo, bills), accounts, func(n, _ int) int { return n }), stock,
		func(int) id { return "" }, func(n, _ int) int { return n })
	settled, _ := topology.Async(seen, "judge", topology.Func[int, int](nil), topology.Policy[int]{})
	topology.Fold(accounts, settled, topology.Latest).To(paid)
	topology.From(topo, paid).To(shipped)
	for format, want := range map[string]string{
		"text": `agents and topics of shop

keeper (table stock)
  reads     orders
  writes    bills

table accounts, asks judge
  reads     bills
  writes    paid
  looks at  stock

paid
  reads     paid
  writes    shipped
`,
		"mermaid": `flowchart LR
  in([others])
  out([others])
  p0["keeper (table stock)"]
  p1["table accounts, asks judge"]
  p2["paid"]
  in -- "orders" --> p0
  p1 -- "paid" --> p2
  p2 -- "shipped" --> out
  p0 -- "bills" --> p1
  p0 -.-> p1
`,
		"dot": `digraph "shop" {
  rankdir=LR
  node [shape=box]
  in [shape=plain, label="others"]
  out [shape=plain, label="others"]
  p0 [label="keeper (table stock)"]
  p1 [label="table accounts, asks judge"]
  p2 [label="paid"]
  in -> p0 [label="orders"]
  p1 -> p2 [label="paid"]
  p2 -> out [label="shipped"]
  p0 -> p1 [label="bills"]
  p0 -> p1 [style=dotted]
}
`,
	} {
		p, err := topo.Plan()
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		a := newAtlas(p, map[string]string{"stock": "keeper"})
		map[string]func(){"text": func() { a.text(&b) }, "mermaid": func() { a.mermaid(&b) }, "dot": func() { a.dot(&b) }}[format]()
		if b.String() != want {
			t.Errorf("%s is\n%s\nwant\n%s", format, b.String(), want)
		}
	}
}

// The airline's has all its agents, and each role is somebody's.
func TestDescribeDrawsTheAgents(t *testing.T) {
	out := succeed(t, "", "describe")
	for _, want := range []string{"rebooking agent and concierge (table customers), asks concierge and rebook", "messages", "notifier (decisions)", "topology airline\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	chart := succeed(t, "", "describe", "--format", "mermaid")
	for stage, role := range roles {
		if !strings.Contains(chart, role) {
			t.Errorf("there is no stage %s, of the %s", stage, role)
		}
	}
	if status, _, errs := run(t, "", "describe", "--format", "svg"); status != exitUsage || !strings.Contains(errs, "svg") {
		t.Errorf("a format that is none: status %d: %s", status, errs)
	}
}
