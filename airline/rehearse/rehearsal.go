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
	Legs          []vocab.Leg  // of After, with the seats that its flights would grant
	Due           vocab.Amount // what the customer would pay; negative is given back
	Fare          vocab.Amount // by which new flights cost more than those they replace, waived or not
	Waived        bool         // it would be free of charge, because the airline has disrupted a flight
	Certificate   vocab.Amount // that would be granted
	Result        vocab.Result
}

// Rehearse plays a command on rows as they are, with the desks' own steps, and changes nothing. What the desks would
// refuse is a *Refusal; another error is of the tables.
func Play(t lookup.Tables, rules vocab.Rules, caller vocab.CustomerID, c vocab.Command) (Rehearsal, error) {
	s := &rehearsal{tables: t, rules: rules.OrDefault(), flights: map[vocab.FlightID]flights.Flight{}}
	if err := s.play(vocab.Order{Command: c, Caller: caller}); err != nil {
		return Rehearsal{}, err
	}
	if s.result == nil {
		return Rehearsal{}, fmt.Errorf("airline: %s has no result", c.Tool) // a bug: every command has one
	}
	if !s.result.OK {
		return Rehearsal{}, &vocab.Refusal{Code: vocab.Code(s.result.Code), Text: s.result.Error}
	}
	return s.outcome(), nil
}

// A rehearsal has the rows that a command touches, as it has changed them so far.
type rehearsal struct {
	tables      lookup.Tables
	rules       vocab.Rules
	order       vocab.Order
	before      reservations.Reservation
	reservation reservations.Reservation
	user        payments.User
	wallet      map[string]vocab.PaymentMethod // before
	flights     map[vocab.FlightID]flights.Flight
	result      *vocab.Result
}

// play runs a command through the reservation desk, and everything that this asks for, until nothing is asked any more.
func (s *rehearsal) play(o vocab.Order) (err error) {
	s.order = o
	if s.reservation, err = s.tables.Reservation(reservations.KeyOf(o)); err != nil {
		return err
	}
	s.reservation.Work, s.reservation.Queue = nil, nil // what is under way may be refused: the row as it is counts
	s.before = s.reservation
	row, effects := s.reservation.OnOrder(vocab.Ruled[vocab.Order]{Event: o, Rules: s.rules})
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

func (s *rehearsal) effect(e reservations.Effect) (more []reservations.Effect, err error) {
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

func (s *rehearsal) seats(r vocab.SeatRequest) (more []reservations.Effect, err error) {
	f, known := s.flights[r.Flight]
	if !known {
		if f, err = s.tables.Flight(r.Flight); err != nil {
			return nil, err
		}
	}
	table, err := s.tables.Timetable(vocab.FlightNumber(r.Flight.Number()))
	if err != nil {
		return nil, err
	}
	var effects []flights.Effect
	s.flights[r.Flight], effects = f.OnRequest(flights.Input[vocab.SeatRequest]{Flight: r.Flight, Event: r, Rules: s.rules}.WithTimetable(table))
	for _, e := range effects {
		if e.Reply != nil {
			var out []reservations.Effect
			s.reservation, out = s.reservation.OnSeats(vocab.Ruled[vocab.SeatReply]{Event: *e.Reply, Rules: s.rules})
			more = append(more, out...)
		}
	}
	return more, nil
}

func (s *rehearsal) pay(p vocab.PaymentRequest) (more []reservations.Effect, err error) {
	if s.wallet == nil {
		if s.user, err = s.tables.User(p.User); err != nil {
			return nil, err
		}
		s.wallet = s.user.PaymentMethods
	}
	var replies []vocab.PaymentReply
	s.user, replies = s.user.OnRequest(p)
	for _, r := range replies {
		var out []reservations.Effect
		s.reservation, out = s.reservation.OnPayment(vocab.Ruled[vocab.PaymentReply]{Event: r, Rules: s.rules})
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
		if _, had := s.wallet[id]; !had && m.Source == vocab.Certificate {
			r.Certificate += m.Left()
		}
	}
	return r
}

// fare is that of the flights that one has and the other has not: as they were bought, or else as they are sold now.
func (s *rehearsal) fare(of, not vocab.ReservationDetails) (sum vocab.Amount) {
	has := func(d vocab.ReservationDetails, f vocab.FlightID) bool {
		return slices.ContainsFunc(d.Flights, func(s vocab.Segment) bool { return s.Flight() == f })
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
