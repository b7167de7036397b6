package tau2_test

import (
	"testing"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/tau2"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// The desks in the benchmark's mode, as scripts that run on every engine.
func TestSpecs(t *testing.T) {
	processorstest.Run(t, "testdata/*.spec", func(*topologytest.Script) *topology.Topology {
		return tau2.New(rebooking.Policy, topology.Policy[rebooking.Case]{})
	})
}

func TestLandingDay(t *testing.T) {
	for _, c := range []struct{ date, arrival, want string }{
		{"2024-05-16", "23:50:00", "2024-05-16"},
		{"2024-05-16", "01:30:00+1", "2024-05-17"},
		{"2024-05-01", "01:30:00+1", "2024-05-2"},
		{"2024-05-31", "01:30:00+1", "2024-05-32"},
		{"tomorrow", "01:30:00+1", ""},
	} {
		got := tau2.Calendar{}.LandingDay(vocab.FlightDate{Date: c.date, ScheduledArrival: c.arrival})
		if got != c.want {
			t.Errorf("%s at %s: lands on %q, want %q", c.date, c.arrival, got, c.want)
		}
	}
}

func TestConnects(t *testing.T) {
	for _, c := range []struct {
		lands, leaves string
		want          bool
	}{
		{"13:00:00", "13:00:00", true},
		{"13:00:00", "12:59:00", false},
		{"01:30:00+1", "01:30:00", false},
		{"01:30:00+1", "01:31:00", true},
	} {
		first, second := vocab.FlightDate{ScheduledArrival: c.lands}, vocab.FlightDate{ScheduledDeparture: c.leaves}
		if got := (tau2.Calendar{}).Connects(first, second); got != c.want {
			t.Errorf("lands at %s, leaves at %s: %v, want %v", c.lands, c.leaves, got, c.want)
		}
	}
}
