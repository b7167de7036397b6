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
	User        *UserDetails      `json:"user,omitempty"`       // a profile that replaces what is known of them
	Reservation *Booking          `json:"reservation,omitempty"`
	Seat        SeatKind          `json:"seat_preference,omitempty"` // the kind that they always want
	Unasked     Switch            `json:"unasked,omitempty"`         // write to them unasked. Defaults to on
	Note        string            `json:"note,omitempty"`            // free text, as they wrote it
}

// A CustomerEventType names what happened.
type CustomerEventType string

// What is heard of a customer.
const (
	CustomerProfile CustomerEventType = "profile"
	CustomerBooked  CustomerEventType = "booked"
	CustomerNote    CustomerEventType = "note"
)

// A Switch is on or off.
type Switch string

// The positions of a switch.
const (
	SwitchOn  Switch = "on"
	SwitchOff Switch = "off"
)

// A Booking is a party on one flight that was sold elsewhere. One decision is for all of the party.
type Booking struct {
	ID         ReservationID `json:"reservation_id"`
	Flight     FlightID      `json:"flight"`
	Cabin      Cabin         `json:"cabin"`
	Party      int           `json:"party"`                // 1 to 9
	Fare       int           `json:"fare"`                 // what all of them paid, in dollars
	PaymentID  string        `json:"payment_id,omitempty"` // Defaults to a method that is unknown here
	Passengers []Passenger   `json:"passengers,omitempty"` // Defaults to passengers without names
}

// Valid returns why the event can't be used.
func (e CustomerEvent) Valid() error {
	switch e.Type {
	case CustomerProfile:
		if e.Unasked != "" && e.Unasked != SwitchOn && e.Unasked != SwitchOff {
			return fmt.Errorf("airline: unasked is neither on nor off: %q", e.Unasked)
		}
	case CustomerBooked:
		return e.Reservation.valid()
	case CustomerNote:
	default:
		return fmt.Errorf("airline: no such customer event: %q", e.Type)
	}

	return nil
}

func (b *Booking) valid() error {
	switch {
	case b == nil || b.ID == "" || b.Flight == "":
		return errors.New("airline: a booking needs a reservation_id and a flight")
	case !b.Cabin.IsKnown():
		return fmt.Errorf("airline: no such cabin: %q", b.Cabin)
	case b.Party < 1 || b.Party > 9:
		return fmt.Errorf("airline: a party of %d", b.Party)
	}

	return nil
}
