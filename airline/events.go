package airline

import (
	"errors"
	"fmt"
	"time"
)

// A FlightEvent is what the operations centre says of a flight. Times carry the offset of their airport: a departure
// that of the origin, an arrival that of the destination, so that they print as people there read their clocks.
type FlightEvent struct {
	Type      FlightEventType `json:"type"`
	Time      time.Time       `json:"time"`                // when it became known
	Departure time.Time       `json:"departure,omitzero"`  // scheduled, estimated or actual, as the type says
	Arrival   time.Time       `json:"arrival,omitzero"`    // likewise
	Schedule  *Schedule       `json:"schedule,omitempty"`  // of Scheduled only
	Inventory *FlightDate     `json:"inventory,omitempty"` // of Inventory only
}

// A FlightEventType names what happened.
type FlightEventType string

// The life of a flight. Delayed also says that a delay shrank. Inventory restates the flight, as the airline's other
// systems have it: the row is replaced wholly, and whoever held seats is among those sold.
const (
	FlightScheduled FlightEventType = "scheduled"
	FlightDelayed   FlightEventType = "delayed"
	FlightCancelled FlightEventType = "cancelled"
	FlightDeparted  FlightEventType = "departed"
	FlightArrived   FlightEventType = "arrived"
	FlightDiverted  FlightEventType = "diverted"
	FlightInventory FlightEventType = "inventory"
)

// A Schedule is what does not change about a flight.
type Schedule struct {
	FlightNumber string `json:"flight_number"`
	Date         string `json:"date"`
	Origin       string `json:"origin"`
	Destination  string `json:"destination"`
	Seats        Seats  `json:"seats"` // in the aircraft
	Sold         Seats  `json:"sold"`  // to people who are not among the customers here
	Prices       Prices `json:"prices,omitzero"`
}

// Prices are those of one seat, by cabin. A cabin without a price is not for sale.
type Prices struct {
	BasicEconomy Amount `json:"basic_economy"`
	Economy      Amount `json:"economy"`
	Business     Amount `json:"business"`
}

// In returns the price of one cabin.
func (p Prices) In(c Cabin) Amount {
	switch c {
	case BasicEconomy:
		return p.BasicEconomy
	case Economy:
		return p.Economy
	case Business:
		return p.Business
	}
	return 0
}

// Valid says why an event can't be used.
func (e FlightEvent) Valid() error {
	switch {
	case e.Time.IsZero():
		return errors.New("airline: flight event without a time")
	case e.Type == FlightScheduled && (e.Schedule == nil || e.Departure.IsZero() || e.Arrival.IsZero()):
		return errors.New("airline: a scheduled flight needs schedule, departure and arrival")
	case e.Type == FlightDelayed && (e.Departure.IsZero() || e.Arrival.IsZero()):
		return errors.New("airline: a delayed flight needs departure and arrival")
	case e.Type == FlightInventory:
		return e.Inventory.valid()
	}
	switch e.Type {
	case FlightScheduled, FlightDelayed, FlightCancelled, FlightDeparted, FlightArrived, FlightDiverted:
		return nil
	}
	return fmt.Errorf("airline: no such flight event: %q", e.Type)
}

// A CustomerEvent is what the customer's side says: who they are, what they booked, what they wrote.
type CustomerEvent struct {
	Type        CustomerEventType `json:"type"`
	Time        time.Time         `json:"time"`
	Email       string            `json:"email,omitempty"`
	Membership  string            `json:"membership,omitempty"` // regular, silver, gold
	User        *UserDetails      `json:"user,omitempty"`       // a profile that replaces all that is known of them
	Reservation *Booking          `json:"reservation,omitempty"`
	Seat        SeatKind          `json:"seat_preference,omitempty"` // of a profile: the seat that they always want
	Unasked     Switch            `json:"unasked,omitempty"`         // of a profile: off, if they don't want to be written to unasked
	Note        string            `json:"note,omitempty"`            // free text, as they wrote it
}

// A Switch is On, also by default, or Off.
type Switch string

// The positions of a switch.
const (
	On  Switch = "on"
	Off Switch = "off"
)

// A CustomerEventType names what happened.
type CustomerEventType string

// What is heard of a customer.
const (
	CustomerProfile CustomerEventType = "profile"
	CustomerBooked  CustomerEventType = "booked"
	CustomerNote    CustomerEventType = "note"
)

// A Booking is a party on one flight, sold elsewhere.
type Booking struct {
	ID         ReservationID `json:"reservation_id"`
	Flight     FlightID      `json:"flight"`
	Cabin      Cabin         `json:"cabin"`
	Party      int           `json:"party"`                // passengers, 1 to 9; one decision is for them all
	Fare       int           `json:"fare"`                 // paid for all of them, in dollars
	PaymentID  string        `json:"payment_id,omitempty"` // what it was paid with. Defaults to something that is not a payment method here
	Passengers []Passenger   `json:"passengers,omitempty"` // Defaults to so many without a name
}

// Valid says why an event can't be used.
func (e CustomerEvent) Valid() error {
	switch e.Type {
	case CustomerProfile:
		if e.Unasked != "" && e.Unasked != On && e.Unasked != Off {
			return fmt.Errorf("airline: unasked is neither on nor off: %q", e.Unasked)
		}
	case CustomerNote:
	case CustomerBooked:
		return e.Reservation.valid()
	default:
		return fmt.Errorf("airline: no such customer event: %q", e.Type)
	}
	return nil
}

func (r *Booking) valid() error {
	switch {
	case r == nil || r.ID == "" || r.Flight == "":
		return errors.New("airline: a booking needs a reservation_id and a flight")
	case (&Seats{}).in(r.Cabin) == nil:
		return fmt.Errorf("airline: no such cabin: %q", r.Cabin)
	case r.Party < 1 || r.Party > 9:
		return fmt.Errorf("airline: a party of %d", r.Party)
	}
	return nil
}

// A Disruption tells one party what happened to a flight they hold seats on.
type Disruption struct {
	Customer    CustomerID    `json:"customer"`
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"`
	News
}

// News is how a flight stands after an event.
type News struct {
	Route              RouteID   `json:"route"`
	Severity           Severity  `json:"severity"`
	ScheduledDeparture time.Time `json:"scheduled_departure"`
	ScheduledArrival   time.Time `json:"scheduled_arrival"`
	Departure          time.Time `json:"departure"`
	Arrival            time.Time `json:"arrival"`
	Time               time.Time `json:"time"`
}

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
	Book    SeatRequestType = "book"
	Sell    SeatRequestType = "sell"
	Rebook  SeatRequestType = "rebook"
	Move    SeatRequestType = "move"
	Release SeatRequestType = "release"
	Look    SeatRequestType = "look"
	Quote   SeatRequestType = "quote"
)

// asks says whether the type takes or gives no seats.
func (t SeatRequestType) asks() bool { return t == Look || t == Quote }

func (t SeatRequestType) sells() bool { return t == Sell || t == Quote }

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
	Granted  SeatResult = "granted"
	Refused  SeatResult = "refused"
	Released SeatResult = "released"
	Seen     SeatResult = "seen" // to who only looked
)

// An Ask is a case that waits for a decision, for the Attempt-th time.
type Ask struct {
	Case        CaseID        `json:"case_id"`
	Reservation ReservationID `json:"reservation_id"`
	Attempt     int           `json:"attempt"`
	Time        time.Time     `json:"time"`
}

// A Notification is what the customer is told: once per final decision, and once per command that has changed a
// reservation of theirs, whoever of the people or agents that act for them has sent it.
type Notification struct {
	Case    CaseID    `json:"case_id,omitempty"` // of a decision
	Command string    `json:"command,omitempty"` // or this
	Email   string    `json:"email,omitempty"`
	Text    string    `json:"text"`
	Time    time.Time `json:"time"`
}

// An Escalation is a case for people.
type Escalation struct {
	Case        CaseID        `json:"case_id"`
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"`
	Note        string        `json:"note,omitempty"`
	Why         string        `json:"why"`
	Time        time.Time     `json:"time"`
}
