package vocab

import (
	"fmt"
	"time"
)

// A Decision is what becomes of one disrupted party. On its way it is a proposal; on Decisions it is final.
type Decision struct {
	Case        CaseID        `json:"case_id"`
	Customer    CustomerID    `json:"customer"`
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"` // the disrupted one
	Party       int           `json:"party"`
	Attempt     int           `json:"attempt"`
	Outcome     Outcome       `json:"outcome"`
	Trip        Trip          `json:"trip,omitzero"` // how they travel; none: they don't, or a person sees to it
	Reason      string        `json:"reason,omitempty"`
	Reading     *Reading      `json:"reading,omitempty"`
	Facts       Facts         `json:"facts"` // what could be chosen from
	Note        string        `json:"note,omitempty"`
	Email       string        `json:"email,omitempty"`
	DecidedBy   string        `json:"decided_by,omitempty"` // model, repair, fallback, policy; nobody: escalated unsettled
	Model       string        `json:"model,omitempty"`
	Time        time.Time     `json:"time"`

	// Provenance is the headers of the answer. A proposal keeps them until it is final; then they are the record's.
	Provenance map[string]string `json:"provenance,omitempty"`
}

// An Outcome is how a case can end.
type Outcome string

// The four ends of a case.
const (
	Rebooked  Outcome = "rebooked"
	Kept      Outcome = "kept"
	Refunded  Outcome = "refunded"
	Escalated Outcome = "escalated"
)

// Facts are what code can compute of a case: what happened, and all that the rules allow now.
type Facts struct {
	Severity        Severity  `json:"severity,omitempty"` // of the own flight, as it is now
	Own             Trip      `json:"own"`
	BookedDeparture time.Time `json:"booked_departure"` // as first booked
	BookedArrival   time.Time `json:"booked_arrival"`
	Keep            bool      `json:"keep,omitempty"`
	Refund          bool      `json:"refund,omitempty"`
	Options         []Trip    `json:"options,omitempty"` // other flights with seats for all of them, earliest arrival first
}

// A Trip is a flight that a party can take, and where they would sit.
type Trip struct {
	Flight    FlightID  `json:"flight"`
	Cabin     Cabin     `json:"cabin"`
	Departure time.Time `json:"departure"`
	Arrival   time.Time `json:"arrival"`
}

// String is a decision as one line for people.
func (d Decision) String() string {
	who := fmt.Sprintf("%s  %-10s party of %d", d.Time.Format("15:04"), d.Customer, d.Party)
	by := d.DecidedBy
	if d.Reading != nil && d.Reading.Wish != WishNothing {
		by += ": " + d.Reading.String()
	}
	return fmt.Sprintf("%s  %s  (%s)", who, d.Text(), by)
}

// Text says what was decided, as the customer is told.
func (d Decision) Text() string {
	old := d.Flight.Number()
	switch d.Outcome {
	case Rebooked:
		return fmt.Sprintf("%s is %s: you are on %s, leaving %s, arriving %s", old, d.Facts.what(),
			d.Trip.Flight.Number(), d.Trip.Departure.Format("15:04"), d.Trip.Arrival.Format("15:04"))
	case Kept:
		return fmt.Sprintf("%s is %s: you keep your seats, arriving %s", old, d.Facts.what(), d.Trip.Arrival.Format("15:04"))
	case Refunded:
		return fmt.Sprintf("%s is %s: you get your money back", old, d.Facts.what())
	}
	return fmt.Sprintf("%s is %s: one of our people will see to it", old, d.Facts.what())
}

func (f Facts) what() string {
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
	return fmt.Sprintf("%d:%02d late", Minutes(late)/60, Minutes(late)%60)
}

// IsEscalated reports whether a person decides.
func (d Decision) IsEscalated() bool { return d.Outcome == Escalated }
