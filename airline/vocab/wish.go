package vocab

import (
	"github.com/slipstream-go/slipstream/llm/agent"
)

// A FlightWish is for a better flight: a party has accepted to arrive later than they booked. It stands until their
// reservation changes or their flight leaves.
type FlightWish struct {
	Customer    CustomerID    `json:"customer"`
	Reservation ReservationID `json:"reservation_id"`
	Route       RouteID       `json:"route"`
	Trip        Trip          `json:"trip,omitzero"` // how they travel now; none: the wish is withdrawn
	Party       int           `json:"party,omitempty"`
	Between     Times         `json:"between,omitzero"` // when the flight before theirs arrives, and the one after it leaves
	Told        []FlightID    `json:"told,omitempty"`   // of these they were told
}

// A SeatWish is for a kind of seat that a customer always wants, and that their party has none of. Their hold on the flight
// keeps it, for as long as it has seats.
type SeatWish struct {
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"`
	Cabin       Cabin         `json:"cabin"`
	Kind        SeatKind      `json:"kind,omitempty"` // none: the wish is withdrawn
}

// An occasion is a reason to write to a customer unasked.
type Occasion struct {
	agent.Message
	Customer CustomerID
}
