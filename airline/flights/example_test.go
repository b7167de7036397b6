package flights_test

import (
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A flight with four seats in business grants one of them at the window.
func ExampleFlight_FreeSeats() {
	noon := time.Date(2013, 3, 8, 12, 0, 0, 0, time.UTC)
	id := vocab.FlightKey("SL1", "2013-03-08")

	f, _ := flights.Flight{}.OnEvent(flights.Input[vocab.FlightEvent]{Flight: id, Event: vocab.FlightEvent{
		Type: vocab.FlightScheduled, Time: noon, Departure: noon.Add(5 * time.Hour), Arrival: noon.Add(7 * time.Hour),
		Schedule: &vocab.Schedule{
			FlightNumber: "SL1", Date: "2013-03-08", Origin: "JFK", Destination: "BOS",
			Seats: vocab.Seats{Business: 4}, Prices: vocab.Prices{Business: vocab.Dollars(300)},
		},
	}})
	f, _ = f.OnRequest(flights.Input[vocab.SeatRequest]{Flight: id, Event: vocab.SeatRequest{
		Type: vocab.SellSeats, Reservation: "QWERTY", Flight: id, Cabin: vocab.Business, Party: 1,
		Seq: 1, Prefer: vocab.Window, Time: noon,
	}})

	for _, s := range f.FreeSeats(vocab.Business, "") {
		fmt.Println(s.Name, s.Kind)
	}
	// Output:
	// 1C aisle
	// 1D aisle
	// 1F window
}
