package flights

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// Offers is the row of a route: the flights that can still be taken.
type Offers struct {
	Flights map[vocab.FlightID]vocab.Offer `json:"flights,omitempty"`
}

// OnUpdate takes in how a flight of the route stands.
func (o Offers) OnUpdate(u vocab.RouteUpdate) Offers {
	all := cow.With(o.Flights, u.Flight, u.Offer)
	if u.IsClosing() {
		delete(all, u.Flight)
	}
	return Offers{all}
}

// withOffer adds what the route must be told, if that has changed. More than nine seats count as nine, as in
// any reservation system, so most sales change nothing.
func (f Flight) withOffer(id vocab.FlightID, now time.Time, effects []Effect) (Flight, []Effect) {
	if !f.IsKnown() {
		return f, effects
	}

	var offer vocab.Offer
	if f.Status.IsOpen() {
		offer = vocab.Offer{Departure: f.Departure, Arrival: f.Arrival, Free: vocab.Seats{
			BasicEconomy: min(9, f.free(vocab.BasicEconomy)),
			Economy:      min(9, f.free(vocab.Economy)),
			Business:     min(9, f.free(vocab.Business)),
		}}
	}

	if offer.IsSame(f.Shown) {
		return f, effects
	}

	before := f.Shown
	offer.N = before.N + 1
	f.Shown = offer

	return f, append(effects, Effect{Update: &vocab.RouteUpdate{
		Route: vocab.RouteKey(f.Origin, f.Destination), Flight: id, Offer: offer, Before: before, Time: now,
	}})
}
