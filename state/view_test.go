package state_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/slipstream-go/slipstream/state"
)

func TestPages(t *testing.T) {
	v := state.Of(aWorker(), Customers)
	for _, c := range []struct {
		prefix string
		after  CustomerID
		limit  int
		want   []CustomerID
	}{
		{"", "", 2, []CustomerID{"c-1", "c-2"}},
		{"", "c-2", 2, []CustomerID{"c-31", "d-1"}},
		{"", "d-1", 2, nil},
		{"c-", "c-2", 9, []CustomerID{"c-31"}},
		{"c-", "c-20", 9, []CustomerID{"c-31"}}, // after need not exist
		{"x", "", 9, nil},
	} {
		page, err := v.Page(t.Context(), c.prefix, c.after, c.limit)
		var got []CustomerID
		for _, r := range page {
			got = append(got, r.Key)
		}

		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("Page(%q, %q, %d) gave %q, %v, want %q", c.prefix, c.after, c.limit, got, err, c.want)
		}
	}
}

func TestViewsPassErrorsOn(t *testing.T) {
	lost := &state.NotHereError{Table: "customers", Key: "c-1"}
	v := state.Of(worker{err: lost}, Customers)
	if _, err := v.Get(t.Context(), "c-1"); !errors.Is(err, lost) {
		t.Errorf("Get: %v", err)
	}

	if _, err := v.Page(t.Context(), "", "", 1); !errors.Is(err, lost) {
		t.Errorf("Page: %v", err)
	}

	for _, err := range v.All(t.Context()) {
		if !errors.Is(err, lost) {
			t.Errorf("All: %v", err)
		}
	}
}

func TestPositions(t *testing.T) {
	for _, s := range []string{"0:0", "0:17,1:4,10:9007199254740993"} {
		p, err := state.ParsePosition(s)
		if err != nil || p.String() != s {
			t.Errorf("%s became %v, %v", s, p, err)
		}
	}

	for _, s := range []string{"", "0", "0:", ":1", "0:1,", "-1:0", "0:-1", "x:1", "4294967296:1",
		"0:1;1:2"} {
		if p, err := state.ParsePosition(s); err == nil {
			t.Errorf("%q was taken for %v", s, p)
		}
	}
}
