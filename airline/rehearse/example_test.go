package rehearse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/rehearse"
	"github.com/slipstream-go/slipstream/airline/reservations"
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

// tables reads the rows of an engine; an operator has airline.Live.
type tables struct{ state.Source }

func (t tables) Flight(id vocab.FlightID) (flights.Flight, error) {
	return state.Of(t, flights.Table).Get(background, id)
}
func (t tables) Reservation(id vocab.ReservationID) (reservations.Reservation, error) {
	return state.Of(t, reservations.Table).Get(background, id)
}
func (t tables) User(id vocab.CustomerID) (payments.User, error) {
	return state.Of(t, payments.Table).Get(background, id)
}
func (t tables) Timetable(n vocab.FlightNumber) (vocab.Timetable, error) {
	return state.Of(t, flights.Timetables).Get(background, n)
}
func (t tables) Routes(prefix vocab.RouteID) iter.Seq2[topology.Row[vocab.RouteID, flights.Offers], error] {
	return func(yield func(topology.Row[vocab.RouteID, flights.Offers], error) bool) {
		for r, err := range state.Of(t, flights.Routes).Prefix(background, string(prefix)) {
			if !yield(topology.Row[vocab.RouteID, flights.Offers]{Key: r.Key, Value: r.Value}, err) {
				return
			}
		}
	}
}

// A rehearsal is what a command would do now: for the terms of a proposal.
func ExamplePlay() {
	book := vocab.Command{ID: "r", Tool: vocab.BookReservation, Time: noon,
		Arguments: json.RawMessage(`{"user_id":"ann","origin":"JFK","destination":"BOS","flight_type":"one_way","cabin":"business","flights":[{"flight_number":"SL1","date":"2013-03-08"}],
			"passengers":[{"first_name":"Ann","last_name":"Lee","dob":"1990-01-01"}],"payment_methods":[{"payment_id":"gift_card_1","amount":300}],
			"total_baggages":0,"nonfree_baggages":0,"insurance":"no","seat_preference":"aisle"}`)}
	r, err := rehearse.Play(tables{world()}, vocab.DefaultRules, "ann", book)
	fmt.Println(r.Due, r.Legs[0].Seats, err)
	_, err = rehearse.Play(tables{world()}, vocab.DefaultRules, "bob", book)
	fmt.Println(err)
	// Output:
	// 300 [1C] <nil>
	// Reservation 7HKEVQ is not bob's
}

var background = context.Background()
