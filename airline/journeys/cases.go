package journeys

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A step changes one journey of a customer's row.
type step struct {
	Journey
	id        vocab.ReservationID
	customer  Customer // as it was before
	decisions int
	effects   []Effect
}

func (s *step) emit(e Effect) { s.effects = append(s.effects, e) }

// enter orders a reservation that was sold elsewhere to be entered and seated.
func (s *step) enter(b vocab.Booking, now time.Time) {
	if s.Status != "" {
		return
	}
	s.Status = vocab.ReservationPending
	s.Cabin, s.Party = b.Cabin, b.Party
	s.Legs = []vocab.Leg{{Flight: b.Flight}}

	arguments := reservations.SoldElsewhere{Booking: b, User: s.customer.ID}
	s.order(string(b.ID)+"/booked", vocab.EnterReservation, arguments, now)
}

// order sends a command to the reservation desk.
func (s *step) order(id, tool string, arguments any, now time.Time) {
	b, err := json.Marshal(arguments)
	if err != nil {
		panic(fmt.Sprintf("airline: arguments of %s: %v", tool, err)) // they are structs of plain fields
	}
	s.Awaits = id
	s.emit(Effect{Order: &vocab.Order{
		Caller: s.customer.ID, Airline: true,
		Command: vocab.Command{ID: id, Tool: tool, Arguments: b, By: "rebooking", Time: now},
	}})
}

func (s *step) onDisruption(d vocab.Disruption) {
	if !d.Severity.WorseThan(s.Heard[d.Flight].Severity) {
		return
	}

	s.Heard = cow.With(s.Heard, d.Flight, d.News)
	if _, ok := s.Booked[d.Route]; !ok {
		booked := vocab.Times{Departure: d.ScheduledDeparture, Arrival: d.ScheduledArrival}
		s.Booked = cow.With(s.Booked, d.Route, booked)
	}
	s.openCase(d.Time)
}

// openCase opens a case if a flight of the party is worse than every decision so far has covered. A case that
// is open already gets worse. It needs no new ask, because its answer is checked against the row, and asked
// for again.
func (s *step) openCase(now time.Time) {
	for _, l := range s.Legs {
		severity := s.Heard[l.Flight].Severity
		switch {
		case s.isClosed() || !severity.WorseThan(s.Handled[l.Flight]):
		case s.Open == nil:
			id := vocab.CaseID(fmt.Sprintf("%s/%s/%s", s.id, l.Flight, severity))
			s.Open = &OpenCase{Case: id, Flight: l.Flight, Severity: severity, Attempt: 1}
			s.ask(now)
		case s.Open.Flight == l.Flight && severity.WorseThan(s.Open.Severity):
			open := *s.Open
			open.Severity = severity
			s.Open = &open
		}
	}
}

func (s *step) ask(now time.Time) {
	s.emit(Effect{Ask: &vocab.Ask{Case: s.Open.Case, Reservation: s.id, Attempt: s.Open.Attempt, Time: now}})
}

// askAgain asks once more, without the flight that had no seats, or gives the case to a person after too many
// attempts.
func (s *step) askAgain(u vocab.ReservationUpdate, rules vocab.Rules) {
	open := *s.Open
	d := *open.Proposal
	d.Time = vocab.Later(d.Time, u.Time)
	if open.Attempt >= rules.MaxAsks {
		d.Outcome, d.Trip = vocab.Escalated, vocab.Trip{}
		d.Reason = fmt.Sprintf("no seats after %d requests (%s)", open.Attempt, u.Why)
		s.conclude(d)
		return
	}

	open.Refused = append(slices.Clip(open.Refused), d.Trip.Flight)
	open.Proposal = nil
	open.Attempt++
	s.Open = &open
	s.ask(d.Time)
}

// onProposal takes in the answer to an ask. A rebooking needs seats first. Everything else is final at once.
func (s *step) onProposal(d vocab.Decision) {
	switch {
	case !s.IsAsked(d.Case, d.Attempt):
	case d.Outcome != vocab.Rebooked:
		s.conclude(d)
	default:
		open := *s.Open
		open.Proposal = &d
		s.Open = &open
		s.order(fmt.Sprintf("%s/%d", d.Case, d.Attempt), vocab.UpdateFlights, s.rebooking(d), d.Time)
	}
}

// rebooking returns the whole list of flights, in which the new flight replaces the disrupted one.
func (s *step) rebooking(d vocab.Decision) reservations.FlightChange {
	c := reservations.FlightChange{ID: s.id, Cabin: d.Trip.Cabin, Replaces: d.Flight}
	for _, l := range s.Legs {
		f := l.Flight
		if f == d.Flight {
			f = d.Trip.Flight
		}
		c.Flights = append(c.Flights, reservations.FlightInfo{FlightNumber: f.Number(), Date: f.Date()})
	}

	return c
}

func (s *step) onUnsettled(d vocab.Decision) {
	if s.IsAsked(d.Case, d.Attempt) {
		s.conclude(d)
	}
}

// conclude makes a decision final. It becomes part of the row, and is told once. The reservation desk gives
// back money and seats.
func (s *step) conclude(d vocab.Decision) {
	if s.Open != nil {
		s.Handled = cow.With(s.Handled, d.Flight, s.Open.Severity)
	}
	s.Open = nil
	s.Outcome = d.Outcome
	s.decisions++

	d.Email, d.Note = s.customer.Email, s.customer.Note
	if d.DecidedBy != byCustomer { // the update has the flights that customers choose themselves
		s.onConclusion(d)
	}
	s.emit(Effect{Decision: &d})

	if d.Outcome == vocab.Refunded && s.Status != vocab.ReservationCancelled {
		arguments := reservations.Cancellation{ID: s.id, Reason: "airline cancelled flight"}
		s.order(string(d.Case)+"/refund", vocab.CancelReservation, arguments, d.Time)
	}
	s.openCase(d.Time)
}

// oversold returns the decision of a party whose booked flight never had seats for them.
func (s *step) oversold(u vocab.ReservationUpdate) vocab.Decision {
	flight := s.Legs[0].Flight
	why := u.Refused.Text
	if u.Why != "" {
		why = u.Why[len(flight)+2:] // without the flight
	}

	return vocab.Decision{
		Case:     vocab.CaseID(fmt.Sprintf("%s/%s/oversold", s.id, flight)),
		Customer: s.customer.ID, Reservation: s.id, Flight: flight, Party: s.Party, Attempt: 1,
		Outcome: vocab.Escalated, Reason: "booked, but " + why, DecidedBy: "policy", Time: u.Time,
	}
}

// overtaken returns the decision of a case whose flight is no longer theirs: the customer has changed it, or
// a person has.
func (s *step) overtaken(u vocab.ReservationUpdate) vocab.Decision {
	d := vocab.Decision{
		Case: s.Open.Case, Customer: s.customer.ID, Reservation: s.id, Flight: s.Open.Flight,
		Party: s.Party, Attempt: s.Open.Attempt,
		Outcome: vocab.Refunded, Reason: u.Tool, DecidedBy: byCustomer, Time: u.Time,
	}

	route := s.Heard[d.Flight].Route
	for _, l := range s.Legs {
		if d.Outcome != vocab.Rebooked || l.Route == route {
			d.Outcome = vocab.Rebooked
			d.Trip = vocab.Trip{Flight: l.Flight, Cabin: s.Cabin, Departure: l.Departure, Arrival: l.Arrival}
		}
	}

	return d
}
