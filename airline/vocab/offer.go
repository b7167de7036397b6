package vocab

import "time"

// An Offer is a flight as its route shows it. It has at most nine seats of a cabin, and lags a little behind
// the flight.
type Offer struct {
	Departure time.Time `json:"departure,omitzero"`
	Arrival   time.Time `json:"arrival,omitzero"`
	Free      Seats     `json:"available_seats,omitzero"`
	N         int       `json:"n,omitempty"` // counts the offers of the flight, from 1
}

// IsSame reports whether two offers differ in their number at most.
func (o Offer) IsSame(p Offer) bool {
	return o.Departure.Equal(p.Departure) && o.Arrival.Equal(p.Arrival) && o.Free == p.Free
}

// A RouteUpdate tells a route how a flight stands now. The zero Offer takes the flight off the route.
type RouteUpdate struct {
	Route  RouteID   `json:"route"`
	Flight FlightID  `json:"flight"`
	Offer  Offer     `json:"offer,omitzero"`
	Before Offer     `json:"before,omitzero"` // what the route was told last
	Time   time.Time `json:"time,omitzero"`
}

// IsClosing reports whether the flight can't be taken any more.
func (u RouteUpdate) IsClosing() bool { return u.Offer.Departure.IsZero() }

// A Timetable is the row of a flight number, on whatever days it flies.
type Timetable struct {
	FlightNumber string `json:"flight_number"`
	Origin       string `json:"origin"`
	Destination  string `json:"destination"`
	Departs      string `json:"scheduled_departure_time_est"` // 06:00:00
	Arrives      string `json:"scheduled_arrival_time_est"`   // 01:30:00+1 is on the next day
}

// Exists reports whether there is such a flight number.
func (t Timetable) Exists() bool { return t.FlightNumber != "" }
