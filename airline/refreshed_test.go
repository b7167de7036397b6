package airline

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// A row as of its last load has all changes from before it, and none from after: loaded more often or less, it is another.
func TestLoads(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, every := range []time.Duration{0, time.Minute, 5 * time.Minute, time.Hour} {
		var l loads[[]int]
		var changes []time.Time
		now := at(9, 0)
		for n := range 500 {
			now = now.Add(time.Duration(rng.IntN(400)) * time.Second)
			want := 0
			for _, c := range changes {
				if every == 0 || c.Before(now.Truncate(every)) {
					want++
				}
			}
			if got := l.asOf(now, every); len(got) != want {
				t.Fatalf("loaded every %v, at %s: %d changes of %d, want %d", every, now.Format(time.TimeOnly), len(got), n, want)
			}
			l = l.with(now, every, func(v []int) []int { return append(v[:len(v):len(v)], n) })
			changes = append(changes, now)
		}
		if n := len(l.Periods); n > maxPeriods {
			t.Errorf("every %v: %d periods are kept", every, n)
		}
	}
}

// A change that comes late is seen as if it had been in time, and by nobody who looks at an earlier moment.
func TestLoadsLate(t *testing.T) {
	count := func(n int) int { return n + 1 }
	l := loads[int]{}.with(at(10, 10), time.Hour, count).with(at(11, 10), time.Hour, count).with(at(10, 50), time.Hour, count)
	for clock, want := range map[int]int{10: 0, 11: 2, 12: 3} {
		if got := l.asOf(at(clock, 30), time.Hour); got != want {
			t.Errorf("at %d:30: %d changes, want %d", clock, got, want)
		}
	}
}

// A view that is loaded every hour proposes a flight that was cancelled twenty minutes ago; the flight's own row refuses,
// and the next best is asked for. Half an hour later the same view knows. A live view has nothing refused.
func TestRefreshedViewIsBehind(t *testing.T) {
	for _, c := range []struct {
		every   time.Duration
		asked   time.Time
		refused int
	}{
		{time.Hour, at(10, 40), 1},
		{time.Hour, at(11, 10), 0},
		{15 * time.Minute, at(10, 40), 0},
		{15 * time.Minute, at(10, 29), 1},
		{0, at(10, 21), 0},
	} {
		t.Run(fmt.Sprintf("%v at %s", c.every, c.asked.Format("15:04")), func(t *testing.T) {
			e := topologytest.Memory(t, NewRefreshed(Policy, topology.Policy[Case]{}, c.every))
			for n := 1; n <= 3; n++ {
				topologytest.Send(e, FlightEvents, departure(n), FlightEvent{Type: FlightScheduled, Time: at(1, 0), Departure: at(12+n, 0), Arrival: at(14+n, 0),
					Schedule: &Schedule{FlightNumber: departure(n).Number(), Date: "2013-03-08", Origin: "JFK", Destination: "BOS", Seats: Seats{Economy: 9}}})
			}
			topologytest.Send(e, CustomerEvents, "c-1", CustomerEvent{Type: CustomerBooked, Time: at(2, 0),
				Reservation: &Booking{ID: "R1", Flight: departure(1), Cabin: Economy, Party: 2}})
			topologytest.Send(e, FlightEvents, departure(2), FlightEvent{Type: FlightCancelled, Time: at(10, 20)})
			topologytest.Send(e, FlightEvents, departure(1), FlightEvent{Type: FlightCancelled, Time: c.asked})
			refused := 0
			for _, r := range topologytest.Sent(e, SeatReplies) {
				if r.Value.Result == Refused && r.Value.Flight == departure(2) {
					refused++
				}
			}
			if refused != c.refused {
				t.Errorf("%d requests for the cancelled flight, want %d", refused, c.refused)
			}
			if all := topologytest.Sent(e, Decisions); len(all) != 1 || all[0].Value.Outcome != Rebooked || all[0].Value.Trip.Flight != departure(3) {
				t.Errorf("decided: %+v", all)
			}
		})
	}
}

func departure(n int) FlightID { return FlightKey(fmt.Sprintf("SL%d", n), "2013-03-08") }
