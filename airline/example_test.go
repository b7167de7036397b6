package airline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// The example's world: one flight with four seats in business, and a customer with a gift card.
var (
	noon   = time.Date(2013, 3, 8, 12, 0, 0, 0, time.UTC)
	flight = vocab.FlightKey("SL1", "2013-03-08")
)

func world() topologytest.Engine {
	e := topologytest.Memory(&testing.T{}, airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{}))
	topologytest.Send(e, vocab.FlightEvents, flight,
		vocab.FlightEvent{Type: vocab.FlightScheduled, Time: noon.Add(-24 * time.Hour),
			Departure: noon.Add(5 * time.Hour), Arrival: noon.Add(7 * time.Hour),
			Schedule: &vocab.Schedule{FlightNumber: "SL1", Date: "2013-03-08", Origin: "JFK", Destination: "BOS",
				Seats: vocab.Seats{Business: 4}, Prices: vocab.Prices{Business: vocab.Dollars(300)}}})
	left := vocab.Dollars(500)
	topologytest.Send(e, vocab.CustomerEvents, "ann",
		vocab.CustomerEvent{Type: vocab.CustomerProfile, Time: noon.Add(-24 * time.Hour),
			User: &vocab.UserDetails{ID: "ann", Membership: "gold",
				PaymentMethods: map[string]vocab.PaymentMethod{"gift_card_1": {Source: vocab.GiftCard,
					ID: "gift_card_1", Amount: &left}}}})
	return e
}

// A command goes to the desks, and has one result when all is done or all is undone.
func Example() {
	e := world()
	topologytest.Send(e, vocab.Commands, "ann", vocab.Command{ID: "chat-1", Tool: vocab.BookReservation,
		Time: noon, Agreed: json.RawMessage(`{"total":300}`),
		Arguments: json.RawMessage(`{"user_id":"ann","origin":"JFK","destination":"BOS","flight_type":"one_way","cabin":"business","flights":[{"flight_number":"SL1","date":"2013-03-08"}],
			"passengers":[{"first_name":"Ann","last_name":"Lee","dob":"1990-01-01"}],"payment_methods":[{"payment_id":"gift_card_1","amount":300}],
			"total_baggages":0,"nonfree_baggages":0,"insurance":"no","seat_preference":"window","reservation_ids":["QWERTY"]}`)})

	for _, r := range topologytest.Sent(e, vocab.Results) {
		fmt.Println(r.Key, r.Value.Command, r.Value.OK, r.Value.Text)
	}

	f, _ := state.Of(e, flights.Table).Get(background, flight)
	for _, s := range f.SeatMap() {
		fmt.Printf("%s %s %q\n", s.Name, s.Kind, s.By)
	}
	// Output:
	// ann chat-1 true Reservation QWERTY is booked: SL1 on 2013-03-08 from JFK to BOS, for $300
	// 1A window "QWERTY"
	// 1C aisle ""
	// 1D aisle ""
	// 1F window ""
}

var background = context.Background()
