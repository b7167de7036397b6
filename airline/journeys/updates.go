package journeys

import (
	"maps"
	"slices"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// onUpdate takes in how the reservation stands after a command, by whom it may be.
func (s *step) onUpdate(u vocab.ReservationUpdate, rules vocab.Rules) {
	if u.N <= s.N {
		return
	}

	s.N = u.N
	isOurs := u.Command == s.Awaits
	if isOurs {
		s.Awaits = ""
	}

	if u.Text != "" {
		done := vocab.Notification{Command: u.Command, Email: s.customer.Email, Text: u.Text, Time: u.Time}
		s.emit(Effect{Done: &done})
	}

	awaitsSeats := isOurs && s.Open != nil && s.Open.Proposal != nil
	switch {
	case u.Tool == vocab.EnterReservation && u.Refused != nil:
		s.Status = refused
		s.conclude(s.oversold(u))
		return
	case awaitsSeats && u.Refused != nil:
		s.askAgain(u, rules)
		return
	case u.Refused == nil:
		s.takeUpdate(u, isOurs)
	}

	switch {
	case awaitsSeats:
		d := *s.Open.Proposal
		d.Time = vocab.Later(d.Time, u.Time)
		s.conclude(d)
	case s.Open != nil && !s.isOn(s.Open.Flight):
		s.conclude(s.overtaken(u))
	default:
		s.openCase(u.Time)
	}
}

// takeUpdate keeps how the reservation stands. What is wrong with a new flight already counts as handled,
// because they have taken it as it is. Later delays are measured by the flights that they have chosen
// themselves.
func (s *step) takeUpdate(u vocab.ReservationUpdate, isOurs bool) {
	booked, before := s.Booked, s.Journey
	for _, l := range u.Legs {
		if s.isOn(l.Flight) {
			continue
		}

		if l.Severity.WorseThan(s.Handled[l.Flight]) {
			s.Handled = cow.With(s.Handled, l.Flight, l.Severity)
		}

		if !isOurs {
			s.Booked = maps.Clone(s.Booked)
			delete(s.Booked, l.Route)
		}
	}

	if !s.isUnchanged(u) {
		s.leaveWaitlist()
	}

	if !isOurs && s.Outcome == vocab.Escalated {
		s.Outcome = "" // a person has seen to it
	}

	s.Status = u.Status
	if u.Status == "" {
		s.Status = seated
	}
	s.Cabin, s.Party, s.Legs = u.Cabin, u.Party, u.Legs

	s.sendSeatWishes(before)

	for _, l := range u.Legs {
		if !isOurs && !before.isOn(l.Flight) {
			trip := vocab.Trip{Flight: l.Flight, Cabin: u.Cabin, Departure: l.Departure, Arrival: l.Arrival}
			s.joinWaitlist(l.Route, trip, booked[l.Route])
		}
	}
}

// isUnchanged reports whether an update leaves flights, cabin and party as they are.
func (s *step) isUnchanged(u vocab.ReservationUpdate) bool {
	sameFlights := slices.EqualFunc(s.Legs, u.Legs, func(a, b vocab.Leg) bool { return a.Flight == b.Flight })
	return sameFlights && s.Cabin == u.Cabin && s.Party == u.Party && u.Status != vocab.ReservationCancelled
}
