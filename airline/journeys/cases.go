package journeys

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A journey is one step of a Journey in its customer's row.
type step struct {
	Journey
	id        vocab.ReservationID
	customer  Customer
	decisions int
	effects   []Effect
}

// booked has a reservation that was sold elsewhere entered, and seated.
func (j *step) enter(b vocab.Booking, now time.Time) {
	if j.Status != "" {
		return
	}
	j.Status, j.Cabin, j.Party, j.Legs = vocab.ReservationPending, b.Cabin, b.Party, []vocab.Leg{{Flight: b.Flight}}
	j.order(string(b.ID)+"/booked", vocab.EnterReservation, reservations.SoldElsewhere{Booking: b, User: j.customer.ID}, now)
}

// order sends a command to the reservation desk.
func (j *step) order(id, tool string, arguments any, now time.Time) {
	b, err := json.Marshal(arguments)
	if err != nil {
		panic(fmt.Sprintf("airline: arguments of %s: %v", tool, err)) // structs of plain fields
	}
	j.Awaits = id
	j.effects = append(j.effects, Effect{Order: &vocab.Order{Caller: j.customer.ID, Airline: true,
		Command: vocab.Command{ID: id, Tool: tool, Arguments: b, By: "rebooking", Time: now}}})
}

func (j *step) onDisruption(d vocab.Disruption) {
	if !d.Severity.WorseThan(j.Heard[d.Flight].Severity) {
		return
	}
	j.Heard = cow.With(j.Heard, d.Flight, d.News)
	if _, ok := j.Booked[d.Route]; !ok {
		j.Booked = cow.With(j.Booked, d.Route, vocab.Times{Departure: d.ScheduledDeparture, Arrival: d.ScheduledArrival})
	}
	j.next(d.Time)
}

// next opens a case if a flight of the party is worse than anything decided so far, or makes the open one worse.
// A case being asked about needs no new ask: its answer is checked against the row, and asked again.
func (j *step) next(now time.Time) {
	for _, l := range j.Legs {
		s := j.Heard[l.Flight].Severity
		switch {
		case j.isClosed() || !s.WorseThan(j.Handled[l.Flight]):
		case j.Open == nil:
			j.Open = &OpenCase{Case: vocab.CaseID(fmt.Sprintf("%s/%s/%s", j.id, l.Flight, s)), Flight: l.Flight, Severity: s, Attempt: 1}
			j.ask(now)
		case j.Open.Flight == l.Flight && s.WorseThan(j.Open.Severity):
			open := *j.Open
			open.Severity = s
			j.Open = &open
		}
	}
}

func (j *step) ask(now time.Time) {
	j.effects = append(j.effects, Effect{Ask: &vocab.Ask{Case: j.Open.Case, Reservation: j.id, Attempt: j.Open.Attempt, Time: now}})
}

// proposed takes in the answer to an ask. Only a rebooking needs seats first; anything else is final at once.
func (j *step) onProposal(d vocab.Decision) {
	switch {
	case !j.IsAsked(d.Case, d.Attempt):
	case d.Outcome != vocab.Rebooked:
		j.conclude(d)
	default:
		open := *j.Open
		open.Proposal = &d
		j.Open = &open
		j.order(fmt.Sprintf("%s/%d", d.Case, d.Attempt), vocab.UpdateFlights, j.rebooking(d), d.Time)
	}
}

// rebooking is the whole list of flights, with the one in place of the other.
func (j *step) rebooking(d vocab.Decision) reservations.FlightChange {
	c := reservations.FlightChange{ID: j.id, Cabin: d.Trip.Cabin, Replaces: d.Flight}
	for _, l := range j.Legs {
		f := l.Flight
		if f == d.Flight {
			f = d.Trip.Flight
		}
		c.Flights = append(c.Flights, reservations.FlightInfo{FlightNumber: f.Number(), Date: f.Date()})
	}
	return c
}

// again asks once more, with what is left; but not forever.
func (j *step) askAgain(u vocab.ReservationUpdate, rules vocab.Rules) {
	open := *j.Open
	d := *open.Proposal
	d.Time = vocab.Later(d.Time, u.Time)
	if open.Attempt >= rules.MaxAsks {
		d.Outcome, d.Trip = vocab.Escalated, vocab.Trip{}
		d.Reason = fmt.Sprintf("no seats after %d requests (%s)", open.Attempt, u.Why)
		j.conclude(d)
		return
	}
	open.Refused = append(append([]vocab.FlightID(nil), open.Refused...), d.Trip.Flight)
	open.Proposal, open.Attempt = nil, open.Attempt+1
	j.Open = &open
	j.ask(d.Time)
}

// oversold is the case of a party whose booked flight never had seats for them.
func (j *step) oversold(u vocab.ReservationUpdate) vocab.Decision {
	flight, why := j.Legs[0].Flight, u.Refused.Text
	if u.Why != "" {
		why = u.Why[len(flight)+2:]
	}
	return vocab.Decision{Case: vocab.CaseID(fmt.Sprintf("%s/%s/oversold", j.id, flight)), Customer: j.customer.ID, Reservation: j.id, Flight: flight,
		Party: j.Party, Attempt: 1, Outcome: vocab.Escalated, Reason: "booked, but " + why, DecidedBy: "policy", Time: u.Time}
}

// overtaken ends a case whose flight is no longer theirs: they have changed it themselves, or a person has.
func (j *step) overtaken(u vocab.ReservationUpdate) vocab.Decision {
	d := vocab.Decision{Case: j.Open.Case, Customer: j.customer.ID, Reservation: j.id, Flight: j.Open.Flight, Party: j.Party,
		Attempt: j.Open.Attempt, Outcome: vocab.Refunded, Reason: u.Tool, DecidedBy: byCustomer, Time: u.Time}
	route := j.Heard[d.Flight].Route
	for _, l := range j.Legs {
		if d.Outcome != vocab.Rebooked || l.Route == route {
			d.Outcome, d.Trip = vocab.Rebooked, vocab.Trip{Flight: l.Flight, Cabin: j.Cabin, Departure: l.Departure, Arrival: l.Arrival}
		}
	}
	return d
}

func (j *step) onUnsettled(d vocab.Decision) {
	if j.IsAsked(d.Case, d.Attempt) {
		j.conclude(d)
	}
}

// finish makes a decision final: part of the row, told once. Money and seats go back by the reservation desk.
func (j *step) conclude(d vocab.Decision) {
	if j.Open != nil {
		j.Handled = cow.With(j.Handled, d.Flight, j.Open.Severity)
	}
	j.Open, j.Outcome = nil, d.Outcome
	j.decisions++
	d.Email, d.Note = j.customer.Email, j.customer.Note
	if d.DecidedBy != byCustomer { // what these have chosen the update has told
		j.onConclusion(d)
	}
	j.effects = append(j.effects, Effect{Decision: &d})
	if d.Outcome == vocab.Refunded && j.Status != vocab.ReservationCancelled {
		j.order(string(d.Case)+"/refund", vocab.CancelReservation, reservations.Cancellation{ID: j.id, Reason: "airline cancelled flight"}, d.Time)
	}
	j.next(d.Time)
}
