package airline

import (
	"fmt"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

func at(hour, minute int) time.Time {
	return time.Date(2013, 3, 8, hour, minute, 0, 0, time.FixedZone("", -5*3600))
}

// A view that is loaded every hour proposes a flight that was cancelled twenty minutes ago; the flight's own
// row refuses, and the next best is asked for. Half an hour later the same view knows. A live view has
// nothing refused.
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
			e := topologytest.Memory(t, NewRefreshed(rebooking.Policy, topology.Policy[rebooking.Case]{},
				c.every))
			for n := 1; n <= 3; n++ {
				topologytest.Send(e, vocab.FlightEvents, departure(n),
					vocab.FlightEvent{Type: vocab.FlightScheduled, Time: at(1, 0), Departure: at(12+n, 0),
						Arrival: at(14+n, 0),
						Schedule: &vocab.Schedule{FlightNumber: departure(n).Number(), Date: "2013-03-08",
							Origin: "JFK", Destination: "BOS", Seats: vocab.Seats{Economy: 9}}})
			}
			topologytest.Send(e, vocab.CustomerEvents, "c-1",
				vocab.CustomerEvent{Type: vocab.CustomerBooked, Time: at(2, 0),
					Reservation: &vocab.Booking{ID: "R1", Flight: departure(1), Cabin: vocab.Economy, Party: 2}})
			topologytest.Send(e, vocab.FlightEvents, departure(2),
				vocab.FlightEvent{Type: vocab.FlightCancelled, Time: at(10, 20)})
			topologytest.Send(e, vocab.FlightEvents, departure(1),
				vocab.FlightEvent{Type: vocab.FlightCancelled, Time: c.asked})

			refused := 0
			for _, r := range topologytest.Sent(e, vocab.SeatReplies) {
				if r.Value.Result == vocab.SeatsRefused && r.Value.Flight == departure(2) {
					refused++
				}
			}

			if refused != c.refused {
				t.Errorf("%d requests for the cancelled flight, want %d", refused, c.refused)
			}

			if all := topologytest.Sent(e, vocab.Decisions); len(all) != 1 ||
				all[0].Value.Outcome != vocab.Rebooked || all[0].Value.Trip.Flight != departure(3) {
				t.Errorf("decided: %+v", all)
			}
		})
	}
}

func departure(n int) vocab.FlightID { return vocab.FlightKey(fmt.Sprintf("SL%d", n), "2013-03-08") }
