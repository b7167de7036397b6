package journeys

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// onConclusion puts a party on the waitlist for a better flight, or takes it off. A party that has asked to
// wait, not to leave before a time, or for their money, has what it wanted.
func (s *step) onConclusion(d vocab.Decision) {
	content := []vocab.Wish{vocab.WishWait, vocab.WishDepartAfter, vocab.WishMoneyBack}
	if d.Reading != nil && slices.Contains(content, d.Reading.Wish) {
		d.Trip = vocab.Trip{}
	}
	route := s.Heard[d.Flight].Route
	s.joinWaitlist(route, d.Trip, s.Booked[route])
}

// joinWaitlist puts a party on the waitlist that arrives later than it booked. It takes any other party off.
func (s *step) joinWaitlist(r vocab.RouteID, t vocab.Trip, booked vocab.Times) {
	isLate := !booked.Arrival.IsZero() && t.Arrival.Sub(booked.Arrival) >= vocab.WorthMoving
	if !isLate || !s.isOn(t.Flight) || !s.customer.mayBeWritten() {
		s.leaveWaitlist()
		return
	}

	if s.Waits != r {
		s.leaveWaitlist()
	}
	s.Waits = r
	s.emit(Effect{Wish: &vocab.FlightWish{
		Customer: s.customer.ID, Reservation: s.id, Route: r,
		Party: s.Party, Trip: t, Between: s.Around(t.Flight),
	}})
}

func (s *step) leaveWaitlist() {
	if s.Waits == "" {
		return
	}
	s.emit(Effect{Wish: &vocab.FlightWish{Customer: s.customer.ID, Reservation: s.id, Route: s.Waits}})
	s.Waits = ""
}

// onPreferences changes the wishes to what the customer's profile says now.
func (s *step) onPreferences(before Customer) {
	if !s.customer.mayBeWritten() {
		s.leaveWaitlist()
	}

	if before.Seat != s.customer.Seat || before.Unasked != s.customer.Unasked {
		s.renewSeatWishes()
	}
}

// sendSeatWishes tells the flights on which the party has new seats, none of them of the kind that the
// customer wants.
func (s *step) sendSeatWishes(before Journey) {
	for _, l := range s.Legs {
		hadThem := slices.ContainsFunc(before.Legs, func(b vocab.Leg) bool {
			return b.Flight == l.Flight && slices.Equal(b.Seats, l.Seats)
		})

		isNew := !hadThem || before.Cabin != s.Cabin
		if wish := s.seatWish(l); l.Held && isNew && wish != "" {
			s.sendSeatWish(l, wish)
		}
	}
}

// renewSeatWishes tells all flights which kind of seat the customer wants now. No kind withdraws a wish.
func (s *step) renewSeatWishes() {
	for _, l := range s.Legs {
		if l.Held {
			s.sendSeatWish(l, s.seatWish(l))
		}
	}
}

// seatWish returns the kind of seat that the customer wants and that nobody in the party has, or none.
func (s *step) seatWish(l vocab.Leg) vocab.SeatKind {
	kind := s.customer.Seat
	if kind == "" || !s.customer.mayBeWritten() || vocab.HasSeatKind(l.Seats, kind) {
		return ""
	}
	return kind
}

func (s *step) sendSeatWish(l vocab.Leg, kind vocab.SeatKind) {
	wish := vocab.SeatWish{Reservation: s.id, Flight: l.Flight, Cabin: s.Cabin, Kind: kind}
	s.emit(Effect{SeatWish: &wish})
}
