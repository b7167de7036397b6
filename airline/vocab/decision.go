package vocab

import (
	"fmt"
	"time"
)

// A Decision is what becomes of one disrupted party. It is a proposal at first, and final once it is on
// Decisions.
type Decision struct {
	Case        CaseID        `json:"case_id"`
	Customer    CustomerID    `json:"customer"`
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"` // the disrupted one
	Party       int           `json:"party"`
	Attempt     int           `json:"attempt"`
	Outcome     Outcome       `json:"outcome"`
	Trip        Trip          `json:"trip,omitzero"` // how they travel, if they do
	Reason      string        `json:"reason,omitempty"`
	Reading     *Reading      `json:"reading,omitempty"`
	Facts       Facts         `json:"facts"` // what there was to choose from
	Note        string        `json:"note,omitempty"`
	Email       string        `json:"email,omitempty"`
	DecidedBy   string        `json:"decided_by,omitempty"` // model, repair, fallback, policy, customer, nobody
	Model       string        `json:"model,omitempty"`
	Time        time.Time     `json:"time"`

	// Provenance is the headers of the answer. A final decision has them as its record's headers, too.
	Provenance map[string]string `json:"provenance,omitempty"`
}

// An Outcome is how a case ends.
type Outcome string

// The ends of a case.
const (
	Rebooked  Outcome = "rebooked"
	Kept      Outcome = "kept"
	Refunded  Outcome = "refunded"
	Escalated Outcome = "escalated"
)

// Facts are what code computes of a case: what happened, and what the rules allow now.
type Facts struct {
	Severity        Severity  `json:"severity,omitempty"` // of the party's own flight, as it is now
	Own             Trip      `json:"own"`
	BookedDeparture time.Time `json:"booked_departure"` // as first booked
	BookedArrival   time.Time `json:"booked_arrival"`
	Keep            bool      `json:"keep,omitempty"`    // they may keep their seats
	Refund          bool      `json:"refund,omitempty"`  // they may have their money back
	Options         []Trip    `json:"options,omitempty"` // with seats for all of them, earliest arrival first
}

// A Trip is a flight that a party can take, and the cabin in which they would sit.
type Trip struct {
	Flight    FlightID  `json:"flight"`
	Cabin     Cabin     `json:"cabin"`
	Departure time.Time `json:"departure"`
	Arrival   time.Time `json:"arrival"`
}

// IsEscalated reports whether a person decides.
func (d Decision) IsEscalated() bool { return d.Outcome == Escalated }

// Notification returns what the customer is told.
func (d Decision) Notification() Notification {
	return Notification{Case: d.Case, Email: d.Email, Text: d.Text(), Time: d.Time}
}

// Escalation returns the case for a person.
func (d Decision) Escalation() Escalation {
	return Escalation{
		Case: d.Case, Reservation: d.Reservation, Flight: d.Flight,
		Note: d.Note, Why: d.Reason, Time: d.Time,
	}
}

// String returns the decision as one line for people.
func (d Decision) String() string {
	by := d.DecidedBy
	if d.Reading != nil && d.Reading.Wish != WishNothing {
		by += ": " + d.Reading.String()
	}
	who := fmt.Sprintf("%s  %-10s party of %d", d.Time.Format(HourMinute), d.Customer, d.Party)
	return fmt.Sprintf("%s  %s  (%s)", who, d.Text(), by)
}

// Text returns the decision as the customer is told.
func (d Decision) Text() string {
	what := fmt.Sprintf("%s is %s: ", d.Flight.Number(), d.Facts.disruption())
	arriving := d.Trip.Arrival.Format(HourMinute)

	switch d.Outcome {
	case Rebooked:
		leaving := d.Trip.Departure.Format(HourMinute)
		flight := d.Trip.Flight.Number()
		return what + fmt.Sprintf("you are on %s, leaving %s, arriving %s", flight, leaving, arriving)
	case Kept:
		return what + "you keep your seats, arriving " + arriving
	case Refunded:
		return what + "you get your money back"
	}

	return what + "one of our people will see to it"
}

// disruption says in a few words what happened to the party's own flight.
func (f Facts) disruption() string {
	switch f.Severity {
	case SeverityCancelled, SeverityDiverted:
		return string(f.Severity)
	case "":
		return "nearly on time again"
	}

	late := f.Own.Arrival.Sub(f.BookedArrival)
	if late <= 0 {
		return "late"
	}

	return fmt.Sprintf("%d:%02d late", minutes(late)/60, minutes(late)%60)
}
