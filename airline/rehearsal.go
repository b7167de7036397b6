package airline

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A Rehearsal is what a command would do, if it were sent now.
type Rehearsal struct {
	Before, After ReservationDetails
	Legs          []Leg  // of After, with the seats that its flights would grant
	Due           Amount // what the customer would pay; negative is given back
	Fare          Amount // by which new flights cost more than those they replace, waived or not
	Waived        bool   // it would be free of charge, because the airline has disrupted a flight
	Certificate   Amount // that would be granted
	Result        Result
}

// Rehearse plays a command on rows as they are, with the desks' own steps, and changes nothing. What the desks would
// refuse is a *Refusal; another error is of the tables.
func Rehearse(t Tables, rules Rules, caller CustomerID, c Command) (Rehearsal, error) {
	s := &rehearsal{tables: t, rules: rules.orDefault(), flights: map[FlightID]Flight{}}
	if err := s.play(Order{Command: c, Caller: caller}); err != nil {
		return Rehearsal{}, err
	}
	if s.result == nil {
		return Rehearsal{}, fmt.Errorf("airline: %s has no result", c.Tool) // a bug: every command has one
	}
	if !s.result.OK {
		return Rehearsal{}, &Refusal{Code(s.result.Code), s.result.Error}
	}
	return s.outcome(), nil
}

// A rehearsal has the rows that a command touches, as it has changed them so far.
type rehearsal struct {
	tables      Tables
	rules       Rules
	order       Order
	before      Reservation
	reservation Reservation
	user        User
	wallet      map[string]PaymentMethod // before
	flights     map[FlightID]Flight
	result      *Result
}

// play runs a command through the reservation desk, and everything that this asks for, until nothing is asked any more.
func (s *rehearsal) play(o Order) (err error) {
	s.order = o
	if s.reservation, err = s.tables.Reservation(o.about()); err != nil {
		return err
	}
	s.reservation.Work, s.reservation.Queue = nil, nil // what is under way may be refused: the row as it is counts
	s.before = s.reservation
	row, effects := s.reservation.onOrder(ruled[Order]{o, s.rules})
	for s.reservation = row; len(effects) > 0; {
		next := effects[0]
		more, err := s.effect(next)
		if err != nil {
			return err
		}
		effects = append(effects[1:], more...)
	}
	return nil
}

func (s *rehearsal) effect(e reservationEffect) (more []reservationEffect, err error) {
	switch {
	case e.Seats != nil:
		return s.seats(*e.Seats)
	case e.Payment != nil:
		return s.pay(*e.Payment)
	case e.Forward != nil:
		return nil, s.play(*e.Forward)
	case e.Result != nil:
		s.result = &e.Result.Result
	}
	return nil, nil
}

func (s *rehearsal) seats(r SeatRequest) (more []reservationEffect, err error) {
	f, known := s.flights[r.Flight]
	if !known {
		if f, err = s.tables.Flight(r.Flight); err != nil {
			return nil, err
		}
	}
	table, err := s.tables.Timetable(FlightNumber(r.Flight.Number()))
	if err != nil {
		return nil, err
	}
	var effects []flightEffect
	s.flights[r.Flight], effects = f.withRequest(flightCase[SeatRequest]{Flight: r.Flight, Event: r, Rules: s.rules}.withNumber(table))
	for _, e := range effects {
		if e.Reply != nil {
			var out []reservationEffect
			s.reservation, out = s.reservation.onSeats(ruled[SeatReply]{*e.Reply, s.rules})
			more = append(more, out...)
		}
	}
	return more, nil
}

func (s *rehearsal) pay(p PaymentRequest) (more []reservationEffect, err error) {
	if s.wallet == nil {
		if s.user, err = s.tables.User(p.User); err != nil {
			return nil, err
		}
		s.wallet = s.user.PaymentMethods
	}
	var replies []PaymentReply
	s.user, replies = s.user.withRequest(p)
	for _, r := range replies {
		var out []reservationEffect
		s.reservation, out = s.reservation.onPayment(ruled[PaymentReply]{r, s.rules})
		more = append(more, out...)
	}
	return more, nil
}

func (s *rehearsal) outcome() Rehearsal {
	var args struct{ Waiver bool }
	_ = json.Unmarshal(s.order.Arguments, &args) // the desk has read them
	r := Rehearsal{Waived: args.Waiver, Before: s.before.Public(), After: s.reservation.Public(), Legs: s.reservation.Legs, Result: *s.result}
	for _, p := range r.After.PaymentHistory[min(len(r.After.PaymentHistory), len(r.Before.PaymentHistory)):] {
		r.Due += p.Amount
	}
	r.Fare = s.fare(r.After, r.Before) - s.fare(r.Before, r.After)
	for id, m := range s.user.PaymentMethods {
		if _, had := s.wallet[id]; !had && m.Source == Certificate {
			r.Certificate += m.left()
		}
	}
	return r
}

// fare is that of the flights that one has and the other has not: as they were bought, or else as they are sold now.
func (s *rehearsal) fare(of, not ReservationDetails) (sum Amount) {
	has := func(d ReservationDetails, f FlightID) bool {
		return slices.ContainsFunc(d.Flights, func(s Segment) bool { return s.Flight() == f })
	}
	for _, seg := range of.Flights {
		f, asked := s.flights[seg.Flight()]
		switch {
		case has(not, seg.Flight()):
		case has(s.before.Public(), seg.Flight()) || !asked:
			sum += seg.Price
		default:
			sum += f.Prices.In(of.Cabin)
		}
	}
	return sum.Times(of.Party())
}
