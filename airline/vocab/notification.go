package vocab

import (
	"time"
)

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

// Notification is what the customer is told.
func (d Decision) Notification() Notification {
	return Notification{Case: d.Case, Email: d.Email, Text: d.Text(), Time: d.Time}
}

// Escalation is the case as people get it.
func (d Decision) Escalation() Escalation {
	return Escalation{Case: d.Case, Reservation: d.Reservation, Flight: d.Flight, Note: d.Note, Why: d.Reason, Time: d.Time}
}
