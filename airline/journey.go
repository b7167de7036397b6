package airline

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Journey is what the agents know of one reservation, and what they have made of its disruptions. How it stands is kept
// by updates from the reservation desk.
type Journey struct {
	Status  string                `json:"status,omitempty"` // pending, seated, cancelled, refused
	Cabin   Cabin                 `json:"cabin,omitempty"`
	Party   int                   `json:"party,omitempty"`
	Legs    []Leg                 `json:"legs,omitempty"`
	N       int                   `json:"n,omitempty"`       // the newest update
	Booked  map[RouteID]Times     `json:"booked,omitempty"`  // of the flight that they had chosen
	Heard   map[FlightID]News     `json:"heard,omitempty"`   // the worst of each flight
	Handled map[FlightID]Severity `json:"handled,omitempty"` // the worst that a decision has covered
	Open    *OpenCase             `json:"open,omitempty"`
	Outcome Outcome               `json:"outcome,omitempty"` // of the last decision
	Awaits  string                `json:"awaits,omitempty"`  // the command to the reservation desk that is under way
	Waits   RouteID               `json:"waits,omitempty"`   // on whose waitlist they are
}

// Times are when a flight leaves and arrives.
type Times struct {
	Departure time.Time `json:"departure"`
	Arrival   time.Time `json:"arrival"`
}

// An OpenCase waits for a decision or, once there is a Proposal, for the seats it needs.
type OpenCase struct {
	Case     CaseID     `json:"case_id"`
	Flight   FlightID   `json:"flight"`
	Severity Severity   `json:"severity"`
	Attempt  int        `json:"attempt"`
	Refused  []FlightID `json:"refused,omitempty"` // flights that had no seats after all
	Proposal *Decision  `json:"proposal,omitempty"`
}

// The statuses of a journey, beside those of its reservation.
const (
	seated  = "seated"
	refused = "refused"
)

// byCustomer is who decides a case by changing the reservation.
const byCustomer = "customer"

// asked says whether this attempt of the case waits for its answer.
func (j Journey) asked(c CaseID, attempt int) bool {
	return j.Open != nil && j.Open.Case == c && j.Open.Attempt == attempt && j.Open.Proposal == nil
}

// on says whether the party flies with it.
func (j Journey) on(f FlightID) bool {
	return slices.ContainsFunc(j.Legs, func(l Leg) bool { return l.Flight == f })
}

// closed: nothing is decided any more for who has their money back, or is in a person's hands.
func (j Journey) closed() bool {
	return j.Outcome == Refunded || j.Outcome == Escalated || j.Status == cancelled
}

func (j Journey) blank() bool { return j.Status == "" && j.Heard == nil }

// A journey is one step of a Journey in its customer's row.
type journey struct {
	Journey
	id        ReservationID
	customer  Customer
	decisions int
	effects   []customerEffect
}

// booked has a reservation that was sold elsewhere entered, and seated.
func (j *journey) booked(b Booking, now time.Time) {
	if j.Status != "" {
		return
	}
	j.Status, j.Cabin, j.Party, j.Legs = pending, b.Cabin, b.Party, []Leg{{Flight: b.Flight}}
	j.order(string(b.ID)+"/booked", enterReservation, entry{Booking: b, User: j.customer.ID}, now)
}

// order sends a command to the reservation desk.
func (j *journey) order(id, tool string, arguments any, now time.Time) {
	b, err := json.Marshal(arguments)
	if err != nil {
		panic(fmt.Sprintf("airline: arguments of %s: %v", tool, err)) // structs of plain fields
	}
	j.Awaits = id
	j.effects = append(j.effects, customerEffect{Order: &Order{Caller: j.customer.ID, Airline: true,
		Command: Command{ID: id, Tool: tool, Arguments: b, By: "rebooking", Time: now}}})
}

func (j *journey) disrupted(d Disruption) {
	if !d.Severity.WorseThan(j.Heard[d.Flight].Severity) {
		return
	}
	j.Heard = with(j.Heard, d.Flight, d.News)
	if _, ok := j.Booked[d.Route]; !ok {
		j.Booked = with(j.Booked, d.Route, Times{d.ScheduledDeparture, d.ScheduledArrival})
	}
	j.next(d.Time)
}

// next opens a case if a flight of the party is worse than anything decided so far, or makes the open one worse.
// A case being asked about needs no new ask: its answer is checked against the row, and asked again.
func (j *journey) next(now time.Time) {
	for _, l := range j.Legs {
		s := j.Heard[l.Flight].Severity
		switch {
		case j.closed() || !s.WorseThan(j.Handled[l.Flight]):
		case j.Open == nil:
			j.Open = &OpenCase{Case: CaseID(fmt.Sprintf("%s/%s/%s", j.id, l.Flight, s)), Flight: l.Flight, Severity: s, Attempt: 1}
			j.ask(now)
		case j.Open.Flight == l.Flight && s.WorseThan(j.Open.Severity):
			open := *j.Open
			open.Severity = s
			j.Open = &open
		}
	}
}

func (j *journey) ask(now time.Time) {
	j.effects = append(j.effects, customerEffect{Ask: &Ask{j.Open.Case, j.id, j.Open.Attempt, now}})
}

// proposed takes in the answer to an ask. Only a rebooking needs seats first; anything else is final at once.
func (j *journey) proposed(d Decision) {
	switch {
	case !j.asked(d.Case, d.Attempt):
	case d.Outcome != Rebooked:
		j.finish(d)
	default:
		open := *j.Open
		open.Proposal = &d
		j.Open = &open
		j.order(fmt.Sprintf("%s/%d", d.Case, d.Attempt), UpdateFlights, j.rebooking(d), d.Time)
	}
}

// rebooking is the whole list of flights, with the one in place of the other.
func (j *journey) rebooking(d Decision) change {
	c := change{ID: j.id, Cabin: d.Trip.Cabin, Replaces: d.Flight}
	for _, l := range j.Legs {
		f := l.Flight
		if f == d.Flight {
			f = d.Trip.Flight
		}
		c.Flights = append(c.Flights, flightInfo{FlightNumber: f.Number(), Date: f.Date()})
	}
	return c
}

// updated takes in how the reservation stands after a command.
func (j *journey) updated(u ReservationUpdate, rules Rules) {
	if u.N <= j.N {
		return
	}
	mine := u.Command == j.Awaits
	if mine {
		j.Awaits = ""
	}
	j.N = u.N
	if u.Text != "" {
		j.effects = append(j.effects, customerEffect{Done: &Notification{Command: u.Command, Email: j.customer.Email, Text: u.Text, Time: u.Time}})
	}
	switch {
	case u.Tool == enterReservation && u.Refused != nil:
		j.Status = refused
		j.finish(j.oversold(u))
		return
	case mine && u.Refused != nil && j.Open != nil && j.Open.Proposal != nil:
		j.again(u, rules)
		return
	case u.Refused == nil:
		j.take(u, mine)
	}
	if mine && j.Open != nil && j.Open.Proposal != nil {
		d := *j.Open.Proposal
		d.Time = later(d.Time, u.Time)
		j.finish(d)
		return
	}
	if j.Open != nil && !j.on(j.Open.Flight) {
		j.finish(j.overtaken(u))
		return
	}
	j.next(u.Time)
}

// take keeps how the reservation stands. Flights that they have taken are handled as they were then; those that they
// have chosen themselves are what later delays are measured by.
func (j *journey) take(u ReservationUpdate, mine bool) {
	booked, before := j.Booked, j.Journey
	for _, l := range u.Legs {
		if j.on(l.Flight) {
			continue
		}
		if l.Severity.WorseThan(j.Handled[l.Flight]) {
			j.Handled = with(j.Handled, l.Flight, l.Severity)
		}
		if !mine {
			j.Booked = maps.Clone(j.Booked)
			delete(j.Booked, l.Route)
		}
	}
	if !j.stands(u) {
		j.unwish()
	}
	if !mine && j.Outcome == Escalated {
		j.Outcome = "" // a person has seen to it
	}
	j.Status, j.Cabin, j.Party, j.Legs = u.Status, u.Cabin, u.Party, u.Legs
	if u.Status == "" {
		j.Status = seated
	}
	j.seatWishes(before)
	for _, l := range u.Legs {
		if !mine && !before.on(l.Flight) {
			j.wish(l.Route, Trip{l.Flight, u.Cabin, l.Departure, l.Arrival}, booked[l.Route])
		}
	}
}

// stands says whether an update leaves flights, cabin and party as they are.
func (j *journey) stands(u ReservationUpdate) bool {
	same := slices.EqualFunc(j.Legs, u.Legs, func(a, b Leg) bool { return a.Flight == b.Flight })
	return same && j.Cabin == u.Cabin && j.Party == u.Party && u.Status != cancelled
}

// again asks once more, with what is left; but not forever.
func (j *journey) again(u ReservationUpdate, rules Rules) {
	open := *j.Open
	d := *open.Proposal
	d.Time = later(d.Time, u.Time)
	if open.Attempt >= rules.MaxAsks {
		d.Outcome, d.Trip = Escalated, Trip{}
		d.Reason = fmt.Sprintf("no seats after %d requests (%s)", open.Attempt, u.Why)
		j.finish(d)
		return
	}
	open.Refused = append(append([]FlightID(nil), open.Refused...), d.Trip.Flight)
	open.Proposal, open.Attempt = nil, open.Attempt+1
	j.Open = &open
	j.ask(d.Time)
}

// oversold is the case of a party whose booked flight never had seats for them.
func (j *journey) oversold(u ReservationUpdate) Decision {
	flight, why := j.Legs[0].Flight, u.Refused.Text
	if u.Why != "" {
		why = u.Why[len(flight)+2:]
	}
	return Decision{Case: CaseID(fmt.Sprintf("%s/%s/oversold", j.id, flight)), Customer: j.customer.ID, Reservation: j.id, Flight: flight,
		Party: j.Party, Attempt: 1, Outcome: Escalated, Reason: "booked, but " + why, DecidedBy: "policy", Time: u.Time}
}

// overtaken ends a case whose flight is no longer theirs: they have changed it themselves, or a person has.
func (j *journey) overtaken(u ReservationUpdate) Decision {
	d := Decision{Case: j.Open.Case, Customer: j.customer.ID, Reservation: j.id, Flight: j.Open.Flight, Party: j.Party,
		Attempt: j.Open.Attempt, Outcome: Refunded, Reason: u.Tool, DecidedBy: byCustomer, Time: u.Time}
	route := j.Heard[d.Flight].Route
	for _, l := range j.Legs {
		if d.Outcome != Rebooked || l.Route == route {
			d.Outcome, d.Trip = Rebooked, Trip{l.Flight, j.Cabin, l.Departure, l.Arrival}
		}
	}
	return d
}

func (j *journey) failed(v Case, cause string) {
	if !j.asked(v.Ask.Case, v.Attempt) {
		return
	}
	d := v.decision()
	d.Outcome, d.Reason, d.DecidedBy = Escalated, cause, "nobody"
	j.finish(d)
}

// finish makes a decision final: part of the row, told once. Money and seats go back by the reservation desk.
func (j *journey) finish(d Decision) {
	if j.Open != nil {
		j.Handled = with(j.Handled, d.Flight, j.Open.Severity)
	}
	j.Open, j.Outcome = nil, d.Outcome
	j.decisions++
	d.Email, d.Note = j.customer.Email, j.customer.Note
	if d.DecidedBy != byCustomer { // what these have chosen the update has told
		j.decided(d)
	}
	j.effects = append(j.effects, customerEffect{Decision: &d})
	if d.Outcome == Refunded && j.Status != cancelled {
		j.order(string(d.Case)+"/refund", CancelReservation, cancelling{ID: j.id, Reason: "airline cancelled flight"}, d.Time)
	}
	j.next(d.Time)
}
