package airline

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

// decision starts the answer to a case.
func (c Case) decision() Decision {
	return Decision{Case: c.Ask.Case, Customer: c.Customer, Reservation: c.Reservation.ID, Flight: c.own(),
		Party: c.Reservation.Party, Attempt: c.Attempt, Facts: c.Facts, Note: c.Note, Time: later(c.Time, c.AsOf)}
}

// String is a decision as one line for people.
func (d Decision) String() string {
	who := fmt.Sprintf("%s  %-10s party of %d", d.Time.Format("15:04"), d.Customer, d.Party)
	by := d.DecidedBy
	if d.Reading != nil && d.Reading.Wish != NoWish {
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
	case Cancelled, Diverted:
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

func (d Decision) notification() Notification {
	return Notification{Case: d.Case, Email: d.Email, Text: d.Text(), Time: d.Time}
}

func (d Decision) escalation() Escalation {
	return Escalation{Case: d.Case, Reservation: d.Reservation, Flight: d.Flight, Note: d.Note, Why: d.Reason, Time: d.Time}
}
