// Package rehearse plays a command on the rows as they are, with the desks' own steps, and changes nothing.
// What an agent proposes to a customer is therefore what the desks would do.
package rehearse

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Rehearsal is what a command would do, if it were sent now.
type Rehearsal struct {
	Before, After vocab.ReservationDetails
	Legs          []vocab.Leg  // of After, with the seats that the flights would grant
	Due           vocab.Amount // what the customer would pay. A negative amount is given back
	Fare          vocab.Amount // by which the new flights cost more than those they replace, waived or not
	Waived        bool         // the change would be free of charge, because the airline has disrupted a flight
	Certificate   vocab.Amount // that would be granted
	Result        vocab.Result
}

// Play plays a command of a caller on desks that enforce the airline's policy. It returns a *vocab.Refusal if
// the desks would refuse the command. Any other error is of the tables.
func Play(t lookup.Tables, rules vocab.Rules, caller vocab.CustomerID, c vocab.Command) (Rehearsal, error) {
	s := &stage{tables: t, rules: rules.OrDefault(), flights: map[vocab.FlightID]flights.Flight{}}
	if err := s.play(vocab.Order{Command: c, Caller: caller}); err != nil {
		return Rehearsal{}, err
	}

	switch {
	case s.result == nil:
		return Rehearsal{}, fmt.Errorf("airline: %s has no result, which is a bug of the desks", c.Tool)
	case !s.result.OK:
		return Rehearsal{}, &vocab.Refusal{Code: vocab.Code(s.result.Code), Text: s.result.Error}
	}

	return s.rehearsal(), nil
}

// A stage has the rows that a command touches, as it has changed them so far.
type stage struct {
	tables      lookup.Tables
	rules       vocab.Rules
	order       vocab.Order
	before      reservations.Reservation
	reservation reservations.Reservation
	user        payments.User
	wallet      map[string]vocab.PaymentMethod // of the user, before
	flights     map[vocab.FlightID]flights.Flight
	result      *vocab.Result
}

// play runs an order through the reservation desk, and then everything that the desk asks for.
func (s *stage) play(o vocab.Order) (err error) {
	s.order = o

	s.reservation, err = s.tables.Reservation(reservations.KeyOf(o))
	if err != nil {
		return err
	}
	s.reservation.Work, s.reservation.Queue = nil, nil // what is under way may be refused, and does not count
	s.before = s.reservation

	var effects []reservations.Effect
	s.reservation, effects = s.reservation.OnOrder(vocab.Ruled[vocab.Order]{Event: o, Rules: s.rules})
	for len(effects) > 0 {
		more, err := s.effect(effects[0])
		if err != nil {
			return err
		}

		effects = append(effects[1:], more...)
	}

	return nil
}

func (s *stage) effect(e reservations.Effect) (more []reservations.Effect, err error) {
	switch {
	case e.Seats != nil:
		return s.askFlight(*e.Seats)
	case e.Payment != nil:
		return s.askUser(*e.Payment)
	case e.Forward != nil:
		return nil, s.play(*e.Forward)
	case e.Result != nil:
		s.result = &e.Result.Result
	}

	return nil, nil
}

func (s *stage) askFlight(r vocab.SeatRequest) (more []reservations.Effect, err error) {
	f, isHere := s.flights[r.Flight]
	if !isHere {
		f, err = s.tables.Flight(r.Flight)
		if err != nil {
			return nil, err
		}
	}

	timetable, err := s.tables.Timetable(vocab.FlightNumber(r.Flight.Number()))
	if err != nil {
		return nil, err
	}

	in := flights.Input[vocab.SeatRequest]{Flight: r.Flight, Event: r, Rules: s.rules}
	f, effects := f.OnRequest(in.WithTimetable(timetable))
	s.flights[r.Flight] = f
	for _, e := range effects {
		if e.Reply == nil {
			continue
		}
		var out []reservations.Effect
		reply := vocab.Ruled[vocab.SeatReply]{Event: *e.Reply, Rules: s.rules}
		s.reservation, out = s.reservation.OnSeats(reply)
		more = append(more, out...)
	}

	return more, nil
}

func (s *stage) askUser(p vocab.PaymentRequest) (more []reservations.Effect, err error) {
	if s.wallet == nil {
		s.user, err = s.tables.User(p.User)
		if err != nil {
			return nil, err
		}
		s.wallet = s.user.PaymentMethods
	}

	var replies []vocab.PaymentReply
	s.user, replies = s.user.OnRequest(p)
	for _, r := range replies {
		var out []reservations.Effect
		reply := vocab.Ruled[vocab.PaymentReply]{Event: r, Rules: s.rules}
		s.reservation, out = s.reservation.OnPayment(reply)
		more = append(more, out...)
	}

	return more, nil
}

func (s *stage) rehearsal() Rehearsal {
	var arguments struct{ Waiver bool }
	_ = json.Unmarshal(s.order.Arguments, &arguments) // the desk has read them

	r := Rehearsal{
		Before: s.before.Public(), After: s.reservation.Public(), Legs: s.reservation.Legs,
		Waived: arguments.Waiver, Result: *s.result,
	}
	r.Fare = s.fare(r.After, r.Before) - s.fare(r.Before, r.After)

	known := min(len(r.Before.PaymentHistory), len(r.After.PaymentHistory))
	for _, p := range r.After.PaymentHistory[known:] {
		r.Due += p.Amount
	}

	for id, m := range s.user.PaymentMethods {
		if _, had := s.wallet[id]; !had && m.Source == vocab.Certificate {
			r.Certificate += m.Left()
		}
	}

	return r
}

// fare returns the fare of the flights that one reservation has and the other has not: as they were bought,
// or else as they are sold now.
func (s *stage) fare(of, not vocab.ReservationDetails) (sum vocab.Amount) {
	has := func(d vocab.ReservationDetails, f vocab.FlightID) bool {
		return slices.ContainsFunc(d.Flights, func(s vocab.Segment) bool { return s.Flight() == f })
	}
	for _, segment := range of.Flights {
		id := segment.Flight()
		f, wasAsked := s.flights[id]
		switch {
		case has(not, id):
		case has(s.before.Public(), id) || !wasAsked:
			sum += segment.Price
		default:
			sum += f.Prices.In(of.Cabin)
		}
	}

	return sum.Times(of.Party())
}
