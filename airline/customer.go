package airline

import (
	"fmt"
	"maps"
	"time"
)

// A Customer is the row of one customer, who stands for a party under one reservation.
type Customer struct {
	ID              CustomerID            `json:"customer,omitempty"`
	Email           string                `json:"email,omitempty"`
	Membership      string                `json:"membership,omitempty"`
	Note            string                `json:"note,omitempty"`
	Reading         *Reading              `json:"reading,omitempty"`         // what the note says, once it has been read
	Reservation     Reservation           `json:"reservation,omitzero"`      // as it stands: its flight is where the seats are
	BookedDeparture time.Time             `json:"booked_departure,omitzero"` // of the first flight
	BookedArrival   time.Time             `json:"booked_arrival,omitzero"`
	Heard           map[FlightID]News     `json:"heard,omitempty"`   // the worst of each flight
	Handled         map[FlightID]Severity `json:"handled,omitempty"` // the worst that a decision has covered
	Open            *OpenCase             `json:"open,omitempty"`
	Outcome         Outcome               `json:"outcome,omitempty"` // of the last decision
	Decisions       int                   `json:"decisions,omitempty"`
	Seq             int                   `json:"seq,omitempty"` // seat requests so far
}

// An OpenCase waits for a decision or, once there is a Proposal, for the seats it needs.
type OpenCase struct {
	Case     CaseID     `json:"case_id"`
	Severity Severity   `json:"severity"`
	Attempt  int        `json:"attempt"`
	Refused  []FlightID `json:"refused,omitempty"` // flights that had no seats after all
	Proposal *Decision  `json:"proposal,omitempty"`
}

// customerEffect is what a change of a customer's row causes elsewhere.
type customerEffect struct {
	Ask      *Ask
	Request  *SeatRequest
	Decision *Decision
}

// withEvent takes in what is heard of a customer. Repeated events change nothing.
func (c Customer) withEvent(id CustomerID, e CustomerEvent) (Customer, []customerEffect) {
	c.ID = id
	switch {
	case e.Type == CustomerProfile:
		c.Email, c.Membership = e.Email, e.Membership
	case e.Type == CustomerNote && e.Note != c.Note:
		c.Note, c.Reading = e.Note, nil
	case e.Type == CustomerBooked && c.Reservation.ID == "":
		c.Reservation = *e.Reservation
		return c.request(Book, c.Reservation.Flight, c.Reservation.Cabin, e.Time)
	}
	return c, nil
}

// withDisruption takes in what a flight tells those who hold seats on it. What is heard of a flight that the party is
// only about to get is kept, and counts once they have it: replies and disruptions come by different topics.
func (c Customer) withDisruption(d Disruption) (Customer, []customerEffect) {
	if d.Reservation != c.Reservation.ID || !d.Severity.WorseThan(c.Heard[d.Flight].Severity) {
		return c, nil
	}
	c.Heard = with(c.Heard, d.Flight, d.News)
	if c.BookedArrival.IsZero() {
		c.BookedDeparture, c.BookedArrival = d.ScheduledDeparture, d.ScheduledArrival
	}
	return c.next(d.Time)
}

// next opens a case if the flight of the party is worse than anything decided so far, or makes the open one worse.
// A case being asked about needs no new ask: its answer is checked against the row, and asked again.
func (c Customer) next(now time.Time) (Customer, []customerEffect) {
	flight := c.Reservation.Flight
	s := c.Heard[flight].Severity
	switch {
	case c.closed() || !s.WorseThan(c.Handled[flight]):
		return c, nil
	case c.Open == nil:
		c.Open = &OpenCase{Case: CaseID(fmt.Sprintf("%s/%s/%s", c.Reservation.ID, flight, s)), Severity: s, Attempt: 1}
		return c, []customerEffect{{Ask: &Ask{c.Open.Case, 1, now}}}
	case s.WorseThan(c.Open.Severity):
		open := *c.Open
		open.Severity = s
		c.Open = &open
	}
	return c, nil
}

// closed: nothing is decided any more for who has their money back, or is in a person's hands.
func (c Customer) closed() bool { return c.Outcome == Refunded || c.Outcome == Escalated }

// withProposal takes in the answer to an ask. Only a rebooking needs seats first; anything else is final at once.
func (c Customer) withProposal(d Decision) (Customer, []customerEffect) {
	if c.Open == nil || d.Case != c.Open.Case || d.Attempt != c.Open.Attempt || c.Open.Proposal != nil {
		return c, nil
	}
	if d.Reading != nil && d.Note == c.Note {
		c.Reading = d.Reading
	}
	if d.Outcome != Rebooked {
		return c.finish(d)
	}
	open := *c.Open
	open.Proposal = &d
	c.Open = &open
	return c.request(Rebook, d.Trip.Flight, d.Trip.Cabin, d.Time)
}

// withReply takes in the desk's word.
func (c Customer) withReply(r SeatReply, rules Rules) (Customer, []customerEffect) {
	switch {
	case r.Seq != c.Seq || r.Reservation != c.Reservation.ID || r.Result == Released:
		return c, nil
	case r.Type == Book && r.Result == Refused:
		return c.finish(c.oversold(r))
	case r.Type == Book || c.Open == nil || c.Open.Proposal == nil:
		return c, nil
	case r.Result == Refused:
		return c.again(r, rules.orDefault())
	}
	if r.Severity.WorseThan(c.Handled[r.Flight]) {
		c.Handled = with(c.Handled, r.Flight, r.Severity)
	}
	d := *c.Open.Proposal
	d.Time = later(d.Time, r.AsOf)
	return c.finish(d)
}

// again asks once more, with what is left; but not forever.
func (c Customer) again(r SeatReply, rules Rules) (Customer, []customerEffect) {
	open := *c.Open
	d := *open.Proposal
	d.Time = later(r.Time, r.AsOf)
	if open.Attempt >= rules.MaxAsks {
		d.Outcome, d.Trip = Escalated, Trip{}
		d.Reason = fmt.Sprintf("no seats after %d requests (%s: %s)", open.Attempt, r.Flight, r.Why)
		return c.finish(d)
	}
	open.Proposal, open.Attempt = nil, open.Attempt+1
	open.Refused = append(append([]FlightID(nil), open.Refused...), r.Flight)
	c.Open = &open
	return c, []customerEffect{{Ask: &Ask{open.Case, open.Attempt, d.Time}}}
}

// oversold is the case of a party whose booked flight never had seats for them.
func (c Customer) oversold(r SeatReply) Decision {
	return Decision{Case: CaseID(fmt.Sprintf("%s/%s/oversold", r.Reservation, r.Flight)), Customer: c.ID, Reservation: r.Reservation,
		Flight: r.Flight, Party: r.Party, Attempt: 1, Outcome: Escalated, Reason: "booked, but " + r.Why, DecidedBy: "policy", Time: later(r.Time, r.AsOf)}
}

// withFailure gives a case that nobody could settle to a person.
func (c Customer) withFailure(v Case, cause string) (Customer, []customerEffect) {
	if c.Open == nil || v.Case != c.Open.Case || v.Attempt != c.Open.Attempt || c.Open.Proposal != nil {
		return c, nil
	}
	d := v.decision()
	d.Outcome, d.Reason, d.DecidedBy = Escalated, cause, "nobody"
	return c.finish(d)
}

// finish makes a decision final: part of the row, told once, the seats given back that are no longer needed.
func (c Customer) finish(d Decision) (Customer, []customerEffect) {
	if c.Open != nil {
		c.Handled = with(c.Handled, d.Flight, c.Open.Severity)
	}
	c.Open, c.Outcome, c.Decisions = nil, d.Outcome, c.Decisions+1
	d.Email, d.Note = c.Email, c.Note
	var release []customerEffect
	if d.Outcome == Rebooked || d.Outcome == Refunded {
		c, release = c.request(Release, d.Flight, c.Reservation.Cabin, d.Time)
	}
	if d.Outcome == Rebooked {
		c.Reservation.Flight, c.Reservation.Cabin = d.Trip.Flight, d.Trip.Cabin
	}
	c, more := c.next(d.Time)
	return c, append(append([]customerEffect{{Decision: &d}}, release...), more...)
}

func (c Customer) request(t SeatRequestType, f FlightID, cabin Cabin, now time.Time) (Customer, []customerEffect) {
	c.Seq++
	return c, []customerEffect{{Request: &SeatRequest{Type: t, Customer: c.ID, Reservation: c.Reservation.ID,
		Flight: f, Cabin: cabin, Party: c.Reservation.Party, Seq: c.Seq, Time: now}}}
}

// with is a copy of m in which k is v.
func with[M ~map[K]V, K comparable, V any](m M, k K, v V) M {
	m = maps.Clone(m)
	if m == nil {
		m = M{}
	}
	m[k] = v
	return m
}
