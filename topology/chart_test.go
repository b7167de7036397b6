package topology_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
)

// Two desks and an agent between them, in each form.
func TestChart(t *testing.T) {
	type id string
	const (
		orders, bills, paid, shipped topology.Topic[id, int] = "orders", "bills", "paid", "shipped"
		stock, accounts              topology.Table[id, int] = "stock", "accounts"
	)
	topo := topology.New("shop")
	topology.Fold(stock, topology.From(topo, orders), topology.Latest)
	topology.From(topo, orders).To(bills)
	seen := topology.Lookup(topology.Join(topology.From(topo, bills), accounts,
		func(n, _ int) int { return n }), stock,
		func(int) id { return "" }, func(n, _ int) int { return n })
	settled, _ := topology.Async(seen, "judge", nothing, topology.Policy[int]{})
	topology.Fold(accounts, settled, topology.Latest).To(paid)
	topology.From(topo, paid).To(shipped)
	topo.Label("stock", "keeper")

	c, err := topo.Chart()
	if err != nil {
		t.Fatal(err)
	}

	for format, want := range map[string]string{
		"text": `stages and topics of shop

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
	} {
		if got := map[string]string{"text": c.String(), "mermaid": c.Mermaid()}[format]; got != want {
			t.Errorf("%s is\n%s\nwant\n%s", format, got, want)
		}
	}
}

// Tools outside of the process read the chart as JSON.
func TestChartAsJSON(t *testing.T) {
	topo := topology.New("shop")
	totals := topology.Table[string, int]("totals")
	topology.Fold(totals, topology.From(topo, topology.Topic[string, int]("orders")),
		topology.Latest).To("copies")

	c, err := topo.Chart()
	if err != nil {
		t.Fatal(err)
	}

	b, err := json.Marshal(c)
	const want = `{"name":"shop","topics":[{"name":"orders","key":"string","value":"int","in":true},{"name":"copies","key":"string","value":"int","out":true}],` +
		`"stages":[{"name":"totals","group":"shop.totals","table":"totals","key":"string","row":"int","changelog":"shop.totals-table","reads":["orders"],"writes":["copies"]}],` +
		`"dead_letters":"shop.dead-letters"}`
	if err != nil || string(b) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b, want)
	}

	var back topology.Chart
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("%v: %+v, not %+v", err, back, c)
	}
}

// A label of a stage that isn't there is a slip.
func TestLabelNamesAStage(t *testing.T) {
	topo := topology.New("shop")
	topology.From(topo, topology.Topic[string, int]("orders")).To("copies")
	topo.Label("stok", "keeper")

	if _, err := topo.Chart(); err == nil || !strings.Contains(err.Error(),
		`Label "stok": there is no such stage`) {
		t.Error(err)
	}
}

// What the name of a topology alone tells agrees with its plan.
func TestNamesOfTopics(t *testing.T) {
	topo := topology.New("shop")

	p, err := topo.Plan()
	if err != nil {
		t.Fatal(err)
	}

	records, parts := topo.Journal()
	if records != p.Journal() || parts != p.JournalParts() || topo.DeadLetters() != p.DeadLetters() {
		t.Error(records, parts, topo.DeadLetters())
	}
}
