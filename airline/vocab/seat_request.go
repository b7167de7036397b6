package vocab

import (
	"time"
)

// A SeatRequest asks a flight's row for seats, or gives them back. Seq rises by one with each request of a reservation,
// whatever the flight: a repeated or overtaken request is known by it.
type SeatRequest struct {
	Type        SeatRequestType `json:"type"`
	Customer    CustomerID      `json:"customer"`
	Reservation ReservationID   `json:"reservation_id"`
	Flight      FlightID        `json:"flight"`
	Cabin       Cabin           `json:"cabin"`
	Party       int             `json:"party"`
	Seq         int             `json:"seq"`
	Command     string          `json:"command,omitempty"` // that it is for
	Seats       []string        `json:"seats,omitempty"`   // these and no others
	Prefer      SeatKind        `json:"prefer,omitempty"`  // one of the party must have such a seat
	Sold        bool            `json:"sold,omitempty"`    // seats of a Book or Release that are among those sold, and not held by name
	Time        time.Time       `json:"time"`
}

// A SeatRequestType says what is asked of the desk.
type SeatRequestType string

// Book is what was sold before; Sell what a customer buys; Rebook moves a party here, within the rules; Move gives a
// party that sits here other seats; Release gives seats back. Look and Quote only ask: how the flight stands, and
// whether it would sell.
const (
	BookSeats    SeatRequestType = "book"
	SellSeats    SeatRequestType = "sell"
	RebookSeats  SeatRequestType = "rebook"
	MoveSeats    SeatRequestType = "move"
	ReleaseSeats SeatRequestType = "release"
	LookAtFlight SeatRequestType = "look"
	QuoteSeats   SeatRequestType = "quote"
)

// asks says whether the type takes or gives no seats.
func (t SeatRequestType) OnlyAsks() bool { return t == LookAtFlight || t == QuoteSeats }

func (t SeatRequestType) Sells() bool { return t == SellSeats || t == QuoteSeats }

// A SeatReply is the desk's word, which is final. N counts the replies of one flight from 1, and AsOf is the newest
// flight event it knew: with them anyone can replay what the row decided, and check it.
type SeatReply struct {
	SeatRequest
	Result   SeatResult `json:"result"`
	Why      string     `json:"why,omitempty"` // of a refusal: full, cancelled, departed, closed, not available, seat taken, unknown flight, unknown date
	Free     int        `json:"free"`          // seats left in that cabin
	Severity Severity   `json:"severity,omitempty"`
	Standing Standing   `json:"standing,omitzero"` // of a known flight
	N        int        `json:"n"`
	AsOf     time.Time  `json:"as_of"`
}

// A Standing is how a flight stands when its desk replies.
type Standing struct {
	Origin      string    `json:"origin"`
	Destination string    `json:"destination"`
	Status      Status    `json:"status"`
	Departure   time.Time `json:"departure,omitzero"`
	Arrival     time.Time `json:"arrival,omitzero"`
	Price       Amount    `json:"price"` // of one seat in that cabin
}

// A SeatResult is granted, refused or released: for the whole party, or for none of it.
type SeatResult string

// What a desk can say.
const (
	SeatsGranted  SeatResult = "granted"
	SeatsRefused  SeatResult = "refused"
	SeatsReleased SeatResult = "released"
	SeatsSeen     SeatResult = "seen" // to who only looked
)
