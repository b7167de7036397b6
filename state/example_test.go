package state_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/slipstream-go/slipstream/state"
)

func Example() {
	ctx := context.Background()
	var w state.Source = aWorker() // a *processors.Worker

	customer, _ := state.Of(w, Customers).Get(ctx, "c-1") // a Customer: the compiler knows
	fmt.Println(customer.Tier, customer.Trips)
	// Output: gold 12
}

func ExampleOf() {
	customers := state.Of(aWorker(), Customers)
	fmt.Println(customers.Get(context.Background(), "c-31"))
	// Output: {silver 4} <nil>
}

func ExampleView_Get() {
	customers := state.Of(aWorker(), Customers)
	fmt.Println(customers.Get(context.Background(), "never seen"))
	// Output: { 0} <nil>
}

func ExampleView_Row() {
	r, _ := state.Of(aWorker(), Customers).Row(context.Background(), "c-31")
	fmt.Println(r.Key, r.Value.Tier, "version", r.Version, "as of", r.AsOf.Format("15:04"))
	// Output: c-31 silver version 4 as of 12:00
}

func ExampleView_All() {
	for r, err := range state.Of(aWorker(), Customers).All(context.Background()) {
		fmt.Println(r.Key, r.Value.Trips, err)
	}
	// Output:
	// c-1 12 <nil>
	// c-2 1 <nil>
	// c-31 4 <nil>
	// d-1 40 <nil>
}

func ExampleView_Prefix() {
	for r := range state.Of(aWorker(), Customers).Prefix(context.Background(), "c-3") {
		fmt.Println(r.Key, r.Value.Tier)
	}
	// Output: c-31 silver
}

func ExampleView_Page() {
	ctx, customers := context.Background(), state.Of(aWorker(), Customers)
	var last CustomerID
	for {
		page, _ := customers.Page(ctx, "", last, 3)
		fmt.Printf("%d rows after %q\n", len(page), last)

		if len(page) < 3 {
			break
		}
		last = page[len(page)-1].Key
	}
	// Output:
	// 3 rows after ""
	// 1 rows after "c-31"
}

func ExampleNotHereError() {
	customers := state.Of(worker{err: &state.NotHereError{Table: "customers", Key: "c-1",
		Owner: "10.0.0.7:8080"}}, Customers)
	_, err := customers.Get(context.Background(), "c-1")
	if elsewhere := new(state.NotHereError); errors.As(err, &elsewhere) {
		fmt.Println("ask", elsewhere.Owner)
	}
	// Output: ask 10.0.0.7:8080
}

func ExampleHandler() {
	handler := state.Handler(aWorker(), state.Public{Tables: []string{"customers"}})
	for _, path := range []string{"/tables", "/tables/customers/c-1", "/tables/customers?prefix=c-&limit=1",
		"/tables/flights/BA117"} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Print(answer.Code, " ", answer.Body)
	}
	// Output:
	// 200 {"tables":["customers"]}
	// 200 {"tier":"gold","trips":12}
	// 200 {"rows":[{"key":"c-1","version":3,"value":{"tier":"gold","trips":12}}],"next":"c-1"}
	// 404 {"error":"no table \"flights\""}
}

func ExamplePosition() {
	at := state.Position{1: 4, 0: 17}
	fmt.Println(at)
	at, err := state.ParsePosition("0:18,1:4")
	fmt.Println(at[0], err)
	// Output:
	// 0:17,1:4
	// 18 <nil>
}

func ExampleParsePosition() {
	_, err := state.ParsePosition("seventeen")
	fmt.Println(err)
	// Output: state: position "seventeen": "seventeen" is not partition:offset
}

func ExampleEvent_MarshalJSON() {
	e := state.Event{Topic: "decisions", Partition: 2, Offset: 41, Time: noon, Key: "c-1",
		Value: []byte(`{"action":"rebook"}`)}
	b, _ := e.MarshalJSON()
	fmt.Println(string(b))
	// Output:
	// {"topic":"decisions","partition":2,"offset":41,"time":"2013-03-08T12:00:00Z","key":"c-1","value":{"action":"rebook"}}
}
