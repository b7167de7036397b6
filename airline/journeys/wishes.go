package journeys

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// decided puts a party on the waitlist, or takes it off, by what was decided. Whoever has asked to wait, not to leave
// before a time, or for their money, has what they like.
func (j *step) onConclusion(d vocab.Decision) {
	route := j.Heard[d.Flight].Route
	if d.Reading != nil && slices.Contains([]vocab.Wish{vocab.WishWait, vocab.WishDepartAfter, vocab.WishMoneyBack}, d.Reading.Wish) {
		d.Trip = vocab.Trip{}
	}
	j.joinWaitlist(route, d.Trip, j.Booked[route])
}

// wish puts a party that is worse off than it booked on the waitlist; one that is not, it takes off.
func (j *step) joinWaitlist(r vocab.RouteID, t vocab.Trip, booked vocab.Times) {
	late := !booked.Arrival.IsZero() && t.Arrival.Sub(booked.Arrival) >= vocab.WorthMoving
	if !late || !j.isOn(t.Flight) || !j.customer.mayBeWritten() {
		j.leaveWaitlist()
		return
	}
	if j.Waits != r {
		j.leaveWaitlist()
	}
	j.Waits = r
	j.effects = append(j.effects, Effect{Wish: &vocab.FlightWish{Customer: j.customer.ID, Reservation: j.id, Route: r, Party: j.Party, Trip: t, Between: j.Around(t.Flight)}})
}

// unwish takes it back.
func (j *step) leaveWaitlist() {
	if j.Waits != "" {
		j.effects = append(j.effects, Effect{Wish: &vocab.FlightWish{Customer: j.customer.ID, Reservation: j.id, Route: j.Waits}})
		j.Waits = ""
	}
}

// preferred has wishes changed to what the customer's profile says now.
func (j *step) onPreferences(before Customer) {
	if !j.customer.mayBeWritten() {
		j.leaveWaitlist()
	}
	if before.Seat != j.customer.Seat || before.Unasked != j.customer.Unasked {
		j.renewSeatWishes()
	}
}

// seatWishes are for the seats of an update that are new and not of the kind that the customer always wants.
func (j *step) sendSeatWishes(before Journey) {
	for _, l := range j.Legs {
		same := slices.ContainsFunc(before.Legs, func(b vocab.Leg) bool { return b.Flight == l.Flight && slices.Equal(b.Seats, l.Seats) })
		if l.Held && !(same && before.Cabin == j.Cabin) && j.customer.Seat != "" && j.customer.mayBeWritten() && !vocab.HasSeatKind(l.Seats, j.customer.Seat) {
			j.sendSeatWish(l, j.customer.Seat)
		}
	}
}

func (j *step) sendSeatWish(l vocab.Leg, kind vocab.SeatKind) {
	j.effects = append(j.effects, Effect{SeatWish: &vocab.SeatWish{Reservation: j.id, Flight: l.Flight, Cabin: j.Cabin, Kind: kind}})
}

// rewish tells the flights that the customer now wants other seats, or is not to be written to.
func (j *step) renewSeatWishes() {
	for _, l := range j.Legs {
		switch wants := j.customer.Seat; {
		case !l.Held:
		case wants == "" || !j.customer.mayBeWritten() || vocab.HasSeatKind(l.Seats, wants):
			j.sendSeatWish(l, "")
		default:
			j.sendSeatWish(l, wants)
		}
	}
}
