package vocab

// A FlightWish is the wish for a better flight of a party that has accepted to arrive later than they booked.
// It stands until their reservation changes or their flight leaves.
type FlightWish struct {
	Customer    CustomerID    `json:"customer"`
	Reservation ReservationID `json:"reservation_id"`
	Route       RouteID       `json:"route"`
	Trip        Trip          `json:"trip,omitzero"` // how they travel now; the zero Trip withdraws the wish
	Party       int           `json:"party,omitempty"`
	Between     Times         `json:"between,omitzero"` // their flights before and after it
	Told        []FlightID    `json:"told,omitempty"`   // the flights that they were told of
}

// A SeatWish is for a kind of seat that a customer always wants, and that nobody in their party has. The
// party's hold on the flight keeps the wish as long as it has seats.
type SeatWish struct {
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"`
	Cabin       Cabin         `json:"cabin"`
	Kind        SeatKind      `json:"kind,omitempty"` // none withdraws the wish
}
