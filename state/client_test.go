package state_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// What a source answers, a client of its handler does.
func TestClientIsASource(t *testing.T) {
	w := aWorker()
	for _, odd := range []string{"a/b//c ?&\xc3\xa9", "..", ".", "%2F"} {
		w.rows[odd] = `{"tier":"odd"}`
	}

	s := serve(t, w, state.Public{})
	c := state.NewClient(s.URL)
	if tables, err := c.Tables(t.Context()); err != nil || !reflect.DeepEqual(tables, []string{"customers"}) {
		t.Errorf("tables %v, %v", tables, err)
	}

	seen, far := 0, state.Of(c, Customers)
	for want, err := range state.Of(w, Customers).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}

		seen++

		if got, err := far.Row(t.Context(), want.Key); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %v, %v, want %v", want.Key, got, err, want)
		}
	}

	if seen != 8 {
		t.Errorf("%d rows", seen)
	}

	if row, err := far.Row(t.Context(), "nobody"); err != nil || row.Value != (Customer{}) ||
		!row.AsOf.Equal(noon) {
		t.Errorf("a row never written: %v, %v", row, err)
	}

	if _, err := state.Of(c, topology.Table[string, int]("fights")).Get(t.Context(), "x"); !errors.Is(err,
		state.ErrNoTable) || !strings.Contains(err.Error(), `no table "fights"`) {
		t.Errorf("a table that is not there: %v", err)
	}
}

// Rows come page by page, and stop when the caller has enough.
func TestClientPages(t *testing.T) {
	w := aWorker()
	for i := range 250 {
		w.rows["e-"+strings.Repeat("x", i)] = `{"trips":1}`
	}

	c := state.NewClient(serve(t, w, state.Public{}).URL)
	for prefix, want := range map[string]int{"": 254, "e-": 250, "c-": 3, "z": 0} {
		n, last := 0, ""
		for row, err := range c.Rows(t.Context(), "customers", prefix) {
			if err != nil || row.Key <= last || len(row.Value) == 0 {
				t.Fatalf("after %q: %v, %v", last, row, err)
			}
			n, last = n+1, row.Key
		}

		if n != want {
			t.Errorf("%d rows begin with %q, want %d", n, prefix, want)
		}
	}

	for range c.Rows(t.Context(), "customers", "") {
		break
	}

	for _, err := range c.Rows(t.Context(), "fights", "") {
		if !errors.Is(err, state.ErrNoTable) {
			t.Errorf("rows of no table: %v", err)
		}
	}
}

// A row of another worker's is asked of that worker, and not for ever where each points to the other.
func TestClientAsksTheOwner(t *testing.T) {
	owner := serve(t, aWorker(), state.Public{})
	elsewhere := aWorker()

	elsewhere.err = &state.NotHereError{Table: "customers", Key: "c-1",
		Owner: strings.TrimPrefix(owner.URL, "http://")}
	c := state.NewClient(serve(t, elsewhere, state.Public{}).URL)
	if got, err := state.Of(c, Customers).Get(t.Context(), "c-1"); err != nil || got.Tier != "gold" {
		t.Errorf("%v, %v", got, err)
	}

	asked := 0

	var self *httptest.Server
	self = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set(state.OwnerHeader, strings.TrimPrefix(self.URL, "http://"))
		w.WriteHeader(http.StatusMisdirectedRequest)
	}))
	defer self.Close()

	if _, err := state.Of(state.NewClient(self.URL), Customers).Get(t.Context(), "c-1"); err == nil ||
		asked > 5 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

// Errors that have a name in the worker have it in a client, too. What a proxy on the way says is its own.
func TestClientKnowsErrors(t *testing.T) {
	ask := func(url string) error {
		_, err := state.Of(state.NewClient(url), Customers).Get(t.Context(), "c-1")
		return err
	}
	sends := func(err error) error {
		w := aWorker()
		w.err = err
		return ask(serve(t, w, state.Public{}).URL)
	}

	if err := sends(fmt.Errorf("row: %w", state.ErrMoved)); !errors.Is(err, state.ErrMoved) {
		t.Errorf("a partition that moves: %v", err)
	}

	var got *state.NotHereError
	unowned := &state.NotHereError{Table: "customers", Key: "c-1"}
	if err := sends(unowned); !errors.As(err, &got) || *got != *unowned {
		t.Errorf("a row without an owner: %v", err)
	}

	// A worker that points to another that points back is not asked for ever.
	next := &state.NotHereError{Table: "customers", Key: "c-1"}
	w := aWorker()
	w.err = next
	url := serve(t, w, state.Public{}).URL
	next.Owner = strings.TrimPrefix(url, "http://")

	if err := ask(url); !errors.As(err, &got) || *got != *next {
		t.Errorf("a row of another worker: %v", err)
	}

	proxy := httptest.NewServer(http.NotFoundHandler())
	defer proxy.Close()

	if err := ask(proxy.URL); err == nil || errors.Is(err, state.ErrNoTable) {
		t.Errorf("a proxy's 404 came as %v", err)
	}
}

// A client that asks by TLS asks the owner by TLS, too.
func TestClientKeepsItsScheme(t *testing.T) {
	owner := httptest.NewTLSServer(state.Handler(aWorker(), state.Public{Tables: []string{"customers"}}))
	defer owner.Close()

	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(state.OwnerHeader, strings.TrimPrefix(owner.URL, "https://"))
		w.WriteHeader(http.StatusMisdirectedRequest)
	}))
	defer front.Close()

	trusted := http.DefaultTransport
	http.DefaultTransport = owner.Client().Transport // the certificates of both servers are the same
	defer func() { http.DefaultTransport = trusted }()

	row, err := state.Of(state.NewClient(front.URL), Customers).Get(t.Context(), "c-1")
	if err != nil || row.Tier != "gold" {
		t.Errorf("the owner's row is %v, %v", row, err)
	}
}

// A worker tells what it runs to who doesn't contain it.
func TestTopologies(t *testing.T) {
	d := topology.New("shop")
	topology.Fold(Customers, topology.From(d, topology.Topic[CustomerID, int]("trips")),
		func(c Customer, n int) Customer { c.Trips += n; return c })

	shop, err := state.TopologyOf(d)
	if err != nil {
		t.Fatal(err)
	}

	want := state.Topologies{Brokers: []string{"127.0.0.1:9092"}, Topologies: []state.Topology{shop}}
	got, err := state.NewClient(serve(t, aWorker(),
		state.Public{Topologies: want}).URL).Topologies(t.Context())
	if err != nil || !reflect.DeepEqual(got, want) || got.Topologies[0].Text != d.Describe() ||
		got.Topologies[0].Chart.DeadLetters != "shop.dead-letters" {
		t.Errorf("%v, %+v", err, got)
	}
}
