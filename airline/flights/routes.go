package flights

import (
	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// Offers is the row of a route: the flights that can still be taken.
type Offers struct {
	Flights map[vocab.FlightID]vocab.Offer `json:"flights,omitempty"`
}

func (o Offers) OnUpdate(u vocab.RouteUpdate) Offers {
	flights := cow.With(o.Flights, u.Flight, u.Offer)
	if u.IsClosing() {
		delete(flights, u.Flight)
	}
	return Offers{flights}
}
