package contradictions

import (
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A flight is all that the topics say of one, by the time of the day.
type flight struct {
	id      vocab.FlightID
	events  []vocab.FlightEvent // in their order on the topic
	replies []vocab.SeatReply
}

// A state is what was known of a flight at a moment.
type state struct {
	vocab.Schedule
	status             vocab.Status // "": never heard of
	scheduled          time.Time    // arrival
	departure, arrival time.Time    // as then expected
}

// before is the state by all events before t.
func (f *flight) before(t time.Time) (s state) {
	for _, e := range f.events {
		if e.Time.Before(t) {
			s = s.with(e)
		}
	}
	return s
}

func (s state) with(e vocab.FlightEvent) state {
	over := s.status == vocab.StatusLanded || s.status == vocab.StatusCancelled ||
		s.status == vocab.StatusDiverted
	if over || s.status == vocab.StatusFlying && e.Type == vocab.FlightDelayed {
		return s
	}

	if !e.Departure.IsZero() {
		s.departure = e.Departure
	}

	if !e.Arrival.IsZero() {
		s.arrival = e.Arrival
	}

	switch e.Type {
	case vocab.FlightScheduled:
		s.Schedule, s.scheduled, s.status = *e.Schedule, e.Arrival, vocab.StatusAvailable
	case vocab.FlightCancelled:
		s.status = vocab.StatusCancelled
	case vocab.FlightDiverted:
		s.status = vocab.StatusDiverted
	case vocab.FlightDeparted:
		s.status = vocab.StatusFlying
	case vocab.FlightArrived:
		s.status = vocab.StatusLanded
	}

	return s
}

// late is how much later than scheduled it was expected.
func (s state) late() time.Duration { return s.arrival.Sub(s.scheduled) }

// shut returns why nobody new can be on it, at a moment; "" if they can.
func (s state) shut(now time.Time) string {
	cutoff := time.Duration(vocab.DefaultRules.CutoffMinutes) * time.Minute
	switch {
	case s.status == "" || s.status == vocab.StatusCancelled || s.status == vocab.StatusDiverted:
		return Cancelled
	case s.status != vocab.StatusAvailable:
		return Departed
	case now.After(s.departure.Add(-cutoff)):
		return Closed
	}

	return ""
}

// free counts the seats of a cabin that nobody had but the reservation itself, by the row's replies before t.
func (f *flight) free(s state, cabin vocab.Cabin, own vocab.ReservationID, t time.Time) int {
	held := map[vocab.ReservationID]int{}
	for _, r := range f.replies {
		switch {
		case !at(r).Before(t) || r.Cabin != cabin || r.Reservation == own:
		case r.Result == vocab.SeatsGranted:
			held[r.Reservation] = r.Party
		case r.Result == vocab.SeatsReleased:
			delete(held, r.Reservation)
		}
	}

	n := s.Seats.In(cabin) - s.Sold.In(cabin)
	for _, party := range held {
		n -= party
	}

	return n
}

// landed is the actual arrival; zero: never.
func (f *flight) landed() time.Time {
	for _, e := range slices.Backward(f.events) {
		if e.Type == vocab.FlightArrived {
			return e.Arrival
		}
	}
	return time.Time{}
}

// at is the moment of a reply, as far as events had told it.
func at(r vocab.SeatReply) time.Time {
	if r.AsOf.After(r.Time) {
		return r.AsOf
	}
	return r.Time
}
