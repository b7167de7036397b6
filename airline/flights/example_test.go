package flights_test

import (
	"context"
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
	topologytest.Send(e, vocab.FlightEvents, flight, vocab.FlightEvent{Type: vocab.FlightScheduled, Time: noon.Add(-24 * time.Hour), Departure: noon.Add(5 * time.Hour), Arrival: noon.Add(7 * time.Hour),
		Schedule: &vocab.Schedule{FlightNumber: "SL1", Date: "2013-03-08", Origin: "JFK", Destination: "BOS", Seats: vocab.Seats{Business: 4}, Prices: vocab.Prices{Business: vocab.Dollars(300)}}})
	left := vocab.Dollars(500)
	topologytest.Send(e, vocab.CustomerEvents, "ann", vocab.CustomerEvent{Type: vocab.CustomerProfile, Time: noon.Add(-24 * time.Hour), User: &vocab.UserDetails{ID: "ann", Membership: "gold",
		PaymentMethods: map[string]vocab.PaymentMethod{"gift_card_1": {Source: vocab.GiftCard, ID: "gift_card_1", Amount: &left}}}})
	return e
}

func ExampleFlight_FreeSeats() {
	f, _ := state.Of(world(), flights.Table).Get(background, flight)
	for _, s := range f.FreeSeats(vocab.Business, vocab.Window) {
		fmt.Println(s.Name)
	}
	// Output:
	// 1A
	// 1F
}

var background = context.Background()
