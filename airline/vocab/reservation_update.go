package vocab

import "time"

// A ReservationUpdate tells the customer's row how a reservation stands, after each command that was done or
// refused.
type ReservationUpdate struct {
	Reservation ReservationID `json:"reservation_id"`
	Customer    CustomerID    `json:"customer"`
	Command     string        `json:"command"`
	Tool        string        `json:"tool"`
	Refused     *Refusal      `json:"refused,omitempty"`
	Why         string        `json:"why,omitempty"` // the flight that refused, and its reason
	Status      string        `json:"status,omitempty"`
	Cabin       Cabin         `json:"cabin,omitempty"`
	Party       int           `json:"party,omitempty"`
	Legs        []Leg         `json:"legs,omitempty"`
	Text        string        `json:"text,omitempty"` // what was done, to tell the customer
	N           int           `json:"n"`
	Time        time.Time     `json:"time"`
}
