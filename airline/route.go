package airline

import "time"

// Offers is the row of a route: the flights that can still be taken.
type Offers struct {
	Flights map[FlightID]Offer `json:"flights,omitempty"`
}

// An Offer is a flight as the route shows it: never more than nine seats, and a little out of date.
type Offer struct {
	Departure time.Time `json:"departure,omitzero"`
	Arrival   time.Time `json:"arrival,omitzero"`
	Free      Seats     `json:"available_seats,omitzero"`
	N         int       `json:"n,omitempty"` // of the flight's offers, from 1: a view that shows another one is behind
}

func (o Offer) same(p Offer) bool {
	return o.Departure.Equal(p.Departure) && o.Arrival.Equal(p.Arrival) && o.Free == p.Free
}

// A RouteUpdate tells a route how a flight stands now. The zero Offer takes it off.
type RouteUpdate struct {
	Route  RouteID   `json:"route"`
	Flight FlightID  `json:"flight"`
	Offer  Offer     `json:"offer,omitzero"`
	Before Offer     `json:"before,omitzero"` // as its route was told last
	Time   time.Time `json:"time,omitzero"`
}

// closes says whether the flight can't be taken any more.
func (u RouteUpdate) closes() bool { return u.Offer.Departure.IsZero() }

func (o Offers) withUpdate(u RouteUpdate) Offers {
	flights := with(o.Flights, u.Flight, u.Offer)
	if u.closes() {
		delete(flights, u.Flight)
	}
	return Offers{flights}
}
