package journeys

import (
	"maps"
	"slices"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// updated takes in how the reservation stands after a command.
func (j *step) onUpdate(u vocab.ReservationUpdate, rules vocab.Rules) {
	if u.N <= j.N {
		return
	}
	mine := u.Command == j.Awaits
	if mine {
		j.Awaits = ""
	}
	j.N = u.N
	if u.Text != "" {
		j.effects = append(j.effects, Effect{Done: &vocab.Notification{Command: u.Command, Email: j.customer.Email, Text: u.Text, Time: u.Time}})
	}
	switch {
	case u.Tool == vocab.EnterReservation && u.Refused != nil:
		j.Status = refused
		j.conclude(j.oversold(u))
		return
	case mine && u.Refused != nil && j.Open != nil && j.Open.Proposal != nil:
		j.askAgain(u, rules)
		return
	case u.Refused == nil:
		j.takeUpdate(u, mine)
	}
	if mine && j.Open != nil && j.Open.Proposal != nil {
		d := *j.Open.Proposal
		d.Time = vocab.Later(d.Time, u.Time)
		j.conclude(d)
		return
	}
	if j.Open != nil && !j.isOn(j.Open.Flight) {
		j.conclude(j.overtaken(u))
		return
	}
	j.next(u.Time)
}

// take keeps how the reservation stands. Flights that they have taken are handled as they were then; those that they
// have chosen themselves are what later delays are measured by.
func (j *step) takeUpdate(u vocab.ReservationUpdate, mine bool) {
	booked, before := j.Booked, j.Journey
	for _, l := range u.Legs {
		if j.isOn(l.Flight) {
			continue
		}
		if l.Severity.WorseThan(j.Handled[l.Flight]) {
			j.Handled = cow.With(j.Handled, l.Flight, l.Severity)
		}
		if !mine {
			j.Booked = maps.Clone(j.Booked)
			delete(j.Booked, l.Route)
		}
	}
	if !j.isUnchanged(u) {
		j.leaveWaitlist()
	}
	if !mine && j.Outcome == vocab.Escalated {
		j.Outcome = "" // a person has seen to it
	}
	j.Status, j.Cabin, j.Party, j.Legs = u.Status, u.Cabin, u.Party, u.Legs
	if u.Status == "" {
		j.Status = seated
	}
	j.sendSeatWishes(before)
	for _, l := range u.Legs {
		if !mine && !before.isOn(l.Flight) {
			j.joinWaitlist(l.Route, vocab.Trip{Flight: l.Flight, Cabin: u.Cabin, Departure: l.Departure, Arrival: l.Arrival}, booked[l.Route])
		}
	}
}

// stands says whether an update leaves flights, cabin and party as they are.
func (j *step) isUnchanged(u vocab.ReservationUpdate) bool {
	same := slices.EqualFunc(j.Legs, u.Legs, func(a, b vocab.Leg) bool { return a.Flight == b.Flight })
	return same && j.Cabin == u.Cabin && j.Party == u.Party && u.Status != vocab.ReservationCancelled
}
