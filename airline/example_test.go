package airline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// The example's world: one flight with four seats in business, and a customer with a gift card.
var (
	noon   = time.Date(2013, 3, 8, 12, 0, 0, 0, time.UTC)
	flight = airline.FlightKey("SL1", "2013-03-08")
)

func world() topologytest.Engine {
	e := topologytest.Memory(&testing.T{}, airline.New(airline.Policy, topology.Policy[airline.Case]{}))
	topologytest.Send(e, airline.FlightEvents, flight, airline.FlightEvent{Type: airline.FlightScheduled, Time: noon.Add(-24 * time.Hour), Departure: noon.Add(5 * time.Hour), Arrival: noon.Add(7 * time.Hour),
		Schedule: &airline.Schedule{FlightNumber: "SL1", Date: "2013-03-08", Origin: "JFK", Destination: "BOS", Seats: airline.Seats{Business: 4}, Prices: airline.Prices{Business: airline.Dollars(300)}}})
	left := airline.Dollars(500)
	topologytest.Send(e, airline.CustomerEvents, "ann", airline.CustomerEvent{Type: airline.CustomerProfile, Time: noon.Add(-24 * time.Hour), User: &airline.UserDetails{ID: "ann", Membership: "gold",
		PaymentMethods: map[string]airline.PaymentMethod{"gift_card_1": {Source: airline.GiftCard, ID: "gift_card_1", Amount: &left}}}})
	return e
}

// A command goes to the desks, and has one result when all is done or all is undone.
func Example() {
	e := world()
	topologytest.Send(e, airline.Commands, "ann", airline.Command{ID: "chat-1", Tool: airline.BookReservation, Time: noon, Agreed: json.RawMessage(`{"total":300}`),
		Arguments: json.RawMessage(`{"user_id":"ann","origin":"JFK","destination":"BOS","flight_type":"one_way","cabin":"business","flights":[{"flight_number":"SL1","date":"2013-03-08"}],
			"passengers":[{"first_name":"Ann","last_name":"Lee","dob":"1990-01-01"}],"payment_methods":[{"payment_id":"gift_card_1","amount":300}],
			"total_baggages":0,"nonfree_baggages":0,"insurance":"no","seat_preference":"window","reservation_ids":["QWERTY"]}`)})
	for _, r := range topologytest.Sent(e, airline.Results) {
		fmt.Println(r.Key, r.Value.Command, r.Value.OK, r.Value.Text)
	}
	f, _ := state.Of(e, airline.Flights).Get(background, flight)
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

// tables reads the rows of an engine; an operator has airline.Live.
type tables struct{ state.Source }

func (t tables) Flight(id airline.FlightID) (airline.Flight, error) {
	return state.Of(t, airline.Flights).Get(background, id)
}
func (t tables) Reservation(id airline.ReservationID) (airline.Reservation, error) {
	return state.Of(t, airline.Reservations).Get(background, id)
}
func (t tables) User(id airline.CustomerID) (airline.User, error) {
	return state.Of(t, airline.Users).Get(background, id)
}
func (t tables) Timetable(n airline.FlightNumber) (airline.Timetable, error) {
	return state.Of(t, airline.Timetables).Get(background, n)
}
func (t tables) Routes(prefix airline.RouteID) iter.Seq2[topology.Row[airline.RouteID, airline.Offers], error] {
	return func(yield func(topology.Row[airline.RouteID, airline.Offers], error) bool) {
		for r, err := range state.Of(t, airline.Routes).Prefix(background, string(prefix)) {
			if !yield(topology.Row[airline.RouteID, airline.Offers]{Key: r.Key, Value: r.Value}, err) {
				return
			}
		}
	}
}

// Tools that only read are functions over tables.
func ExampleRead() {
	t := tables{world()}
	found, err := airline.Read(t, airline.SearchDirectFlight, json.RawMessage(`{"origin":"JFK","destination":"BOS","date":"2013-03-08"}`))
	b, _ := json.MarshalIndent(found, "", " ")
	fmt.Printf("%s %v\n", b, err)
	_, err = airline.Read(t, airline.GetFlightStatus, json.RawMessage(`{"flight_number":"SL9","date":"2013-03-08"}`))
	fmt.Println(err, err.(*airline.Refusal).Code)
	// Output:
	// [
	//  {
	//   "flight_number": "SL1",
	//   "origin": "JFK",
	//   "destination": "BOS",
	//   "status": "available",
	//   "scheduled_departure_time_est": "17:00:00",
	//   "scheduled_arrival_time_est": "19:00:00",
	//   "date": null,
	//   "available_seats": {
	//    "basic_economy": 0,
	//    "economy": 0,
	//    "business": 4
	//   },
	//   "prices": {
	//    "basic_economy": 0,
	//    "economy": 0,
	//    "business": 300
	//   }
	//  }
	// ] <nil>
	// Flight SL9 not found flight_not_found
}

// A rehearsal is what a command would do now: for the terms of a proposal.
func ExampleRehearse() {
	book := airline.Command{ID: "r", Tool: airline.BookReservation, Time: noon,
		Arguments: json.RawMessage(`{"user_id":"ann","origin":"JFK","destination":"BOS","flight_type":"one_way","cabin":"business","flights":[{"flight_number":"SL1","date":"2013-03-08"}],
			"passengers":[{"first_name":"Ann","last_name":"Lee","dob":"1990-01-01"}],"payment_methods":[{"payment_id":"gift_card_1","amount":300}],
			"total_baggages":0,"nonfree_baggages":0,"insurance":"no","seat_preference":"aisle"}`)}
	r, err := airline.Rehearse(tables{world()}, airline.DefaultRules, "ann", book)
	fmt.Println(r.Due, r.Legs[0].Seats, err)
	_, err = airline.Rehearse(tables{world()}, airline.DefaultRules, "bob", book)
	fmt.Println(err)
	// Output:
	// 300 [1C] <nil>
	// Reservation 7HKEVQ is not bob's
}

func ExampleFlight_FreeSeats() {
	f, _ := state.Of(world(), airline.Flights).Get(background, flight)
	for _, s := range f.FreeSeats(airline.Business, airline.Window) {
		fmt.Println(s.Name)
	}
	// Output:
	// 1A
	// 1F
}

func ExampleAmount() {
	var a airline.Amount
	err := json.Unmarshal([]byte("250.0"), &a)
	fmt.Println(a, a+airline.Dollars(50).Times(2), a/4, err)
	// Output:
	// 250 350 62.50 <nil>
}

var background = context.Background()

// An agent of somebody else's that names airline.Reads in its Policy.Reads looks at the airline as it is now.
func ExampleLive() {
	ctx := topologytest.WithRows(background, airline.Users, map[airline.CustomerID]airline.User{"ann": {UserDetails: airline.UserDetails{ID: "ann", Membership: "gold"}}})
	u, err := airline.Live(ctx).User("ann")
	fmt.Println(u.Membership, err)
	// Output: gold <nil>
}
