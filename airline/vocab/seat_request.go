package vocab

import "time"

// A SeatRequest asks a flight's row for seats, or gives seats back. Seq rises by one with each request of a
// reservation, to whichever flight, so that a flight can tell a repeated or overtaken request.
type SeatRequest struct {
	Type        SeatRequestType `json:"type"`
	Customer    CustomerID      `json:"customer"`
	Reservation ReservationID   `json:"reservation_id"`
	Flight      FlightID        `json:"flight"`
	Cabin       Cabin           `json:"cabin"`
	Party       int             `json:"party"`
	Seq         int             `json:"seq"`
	Command     string          `json:"command,omitempty"` // the id of the command that needs the seats
	Seats       []string        `json:"seats,omitempty"`   // these seats, and no others
	Prefer      SeatKind        `json:"prefer,omitempty"`  // one of the party must have such a seat
	Sold        bool            `json:"sold,omitempty"`    // the seats are counted among those sold
	Time        time.Time       `json:"time"`
}

// A SeatRequestType says what a request wants.
type SeatRequestType string

// What a request can want. BookSeats seats a party that was sold its seats elsewhere. SellSeats is a
// purchase. RebookSeats moves a party to this flight, as far as the rules allow. MoveSeats gives other seats
// to a party that has seats here. ReleaseSeats gives seats back. LookAtFlight and QuoteSeats change nothing:
// they ask how the flight stands, and whether it would sell.
const (
	BookSeats    SeatRequestType = "book"
	SellSeats    SeatRequestType = "sell"
	RebookSeats  SeatRequestType = "rebook"
	MoveSeats    SeatRequestType = "move"
	ReleaseSeats SeatRequestType = "release"
	LookAtFlight SeatRequestType = "look"
	QuoteSeats   SeatRequestType = "quote"
)

// OnlyAsks reports whether such a request changes nothing.
func (t SeatRequestType) OnlyAsks() bool { return t == LookAtFlight || t == QuoteSeats }

// IsSale reports whether such a request is about seats that are on sale.
func (t SeatRequestType) IsSale() bool { return t == SellSeats || t == QuoteSeats }

// A SeatReply is the flight's answer, which is final. N counts the replies of the flight from 1, and AsOf is
// the newest flight event that it knew. With both, anyone can replay and check what the row decided.
type SeatReply struct {
	SeatRequest
	Result   SeatResult `json:"result"`
	Why      string     `json:"why,omitempty"` // of a refusal: WhyFull and so on
	Free     int        `json:"free"`          // seats left in that cabin
	Severity Severity   `json:"severity,omitempty"`
	Standing Standing   `json:"standing,omitzero"` // of a known flight
	N        int        `json:"n"`
	AsOf     time.Time  `json:"as_of"`
}

// A SeatResult is what became of a request. It is the same for all of the party.
type SeatResult string

// What becomes of a request.
const (
	SeatsGranted  SeatResult = "granted"
	SeatsRefused  SeatResult = "refused"
	SeatsReleased SeatResult = "released"
	SeatsSeen     SeatResult = "seen" // the request only asked
)

// Why a flight refuses seats.
const (
	WhyUnknownFlight = "unknown flight"
	WhyUnknownDate   = "unknown date" // the flight number flies on other days
	WhyNotAvailable  = "not available"
	WhyFull          = "full"
	WhyCancelled     = "cancelled"
	WhyDeparted      = "departed"
	WhyClosed        = "closed" // too close to its departure
	WhySeatTaken     = "seat taken"
	WhyNoSeats       = "no seats to change"
)

// A Standing is how a flight stands when it replies.
type Standing struct {
	Origin      string    `json:"origin"`
	Destination string    `json:"destination"`
	Status      Status    `json:"status"`
	Departure   time.Time `json:"departure,omitzero"`
	Arrival     time.Time `json:"arrival,omitzero"`
	Price       Amount    `json:"price"` // of one seat in the cabin of the request
}
