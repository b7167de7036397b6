package state_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// What a worker tells of its topologies, to the letter: tools of other versions read it.
func TestTopologyAnswers(t *testing.T) {
	d := topology.New("shop")
	trips := topology.Topic[CustomerID, int]("trips")
	topology.Fold(Customers, topology.From(d, trips),
		func(c Customer, n int) Customer { c.Trips += n; return c })

	shop, err := state.TopologyOf(d)
	if err != nil {
		t.Fatal(err)
	}
	told := state.Topologies{Brokers: []string{"kafka:9092"},
		Topologies: []state.Topology{{Chart: shop.Chart, Text: "shop\n"}}}
	s := serve(t, aWorker(), state.Public{Topologies: told})

	for format, want := range map[string]string{
		"": `application/json {"brokers":["kafka:9092"],"topologies":[{"chart":{"name":"shop",` +
			`"topics":[{"name":"trips","key":"CustomerID","value":"int","in":true}],` +
			`"stages":[{"name":"customers","group":"shop.customers","table":"customers","key":"CustomerID","row":"Customer",` +
			`"changelog":"shop.customers-table","reads":["trips"]}],` +
			`"dead_letters":"shop.dead-letters"},"text":"shop\n"}]}` + "\n",
		"?format=text":    "text/plain; charset=utf-8 shop\n",
		"?format=mermaid": "text/plain; charset=utf-8 " + shop.Chart.Mermaid(),
		"?format=svg":     `application/json {"error":"format=svg: use json, text or mermaid"}` + "\n",
	} {
		res, err := http.Get(s.URL + "/topology" + format)
		if err != nil {
			t.Fatal(err)
		}

		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if got := res.Header.Get("Content-Type") + " " + string(body); err != nil || got != want {
			t.Errorf("%q gave %v\n%s\nwant\n%s", format, err, got, want)
		}
	}
}
