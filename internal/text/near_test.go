package text

import (
	"slices"
	"testing"
)

func TestNear(t *testing.T) {
	topics := []string{"airline.flights-table", "customer-events", "decisions", "flight-events",
		"notifications"}
	for name, want := range map[string][]string{
		"decision":    {"decisions"},
		"desicions":   {"decisions"},
		"flightevent": {"flight-events"},
		"events":      {"customer-events", "flight-events"},
		"xyz":         nil,
		"":            nil,
		"flights":     {"airline.flights-table"},
	} {
		if got := Near(name, topics, 5); !slices.Equal(got, want) {
			t.Errorf("%q: near %v, want %v", name, got, want)
		}
	}

	if got := Near("a", []string{"ab", "ac", "ad"}, 2); len(got) != 2 {
		t.Errorf("%v, want two", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same",
			"same", 0},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
