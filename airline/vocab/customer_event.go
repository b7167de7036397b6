package vocab

import (
	"errors"
	"fmt"
	"time"
)

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
	SwitchOn  Switch = "on"
	SwitchOff Switch = "off"
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
		if e.Unasked != "" && e.Unasked != SwitchOn && e.Unasked != SwitchOff {
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
	case !r.Cabin.IsKnown():
		return fmt.Errorf("airline: no such cabin: %q", r.Cabin)
	case r.Party < 1 || r.Party > 9:
		return fmt.Errorf("airline: a party of %d", r.Party)
	}
	return nil
}
