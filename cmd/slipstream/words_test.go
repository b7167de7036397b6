package main

import (
	"reflect"
	"testing"
)

func TestNear(t *testing.T) {
	topics := []string{"airline.flights-table", "customer-events", "decisions", "flight-events", "notifications"}
	for name, want := range map[string][]string{
		"decision":    {"decisions"},
		"desicions":   {"decisions"},
		"flightevent": {"flight-events"},
		"events":      {"customer-events", "flight-events"},
		"xyz":         nil,
		"flights":     {"airline.flights-table"},
	} {
		if got := near(name, topics); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: near %v, want %v", name, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
