package verb

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
