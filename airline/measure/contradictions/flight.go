package contradictions

import (
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline"
)

// A flight is all that the topics say of one, by the time of the day.
type flight struct {
	id      airline.FlightID
	events  []airline.FlightEvent // in their order on the topic
	replies []airline.SeatReply
}

// A state is what was known of a flight at a moment.
type state struct {
	airline.Schedule
	status             airline.Status // "": never heard of
	scheduled          time.Time      // arrival
	departure, arrival time.Time      // as then expected
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

func (s state) with(e airline.FlightEvent) state {
	over := s.status == airline.Landed || s.status == airline.IsCanceled || s.status == airline.IsDiverted
	if over || s.status == airline.Flying && e.Type == airline.FlightDelayed {
		return s
	}
	if !e.Departure.IsZero() {
		s.departure = e.Departure
	}
	if !e.Arrival.IsZero() {
		s.arrival = e.Arrival
	}
	switch e.Type {
	case airline.FlightScheduled:
		s.Schedule, s.scheduled, s.status = *e.Schedule, e.Arrival, airline.Available
	case airline.FlightCancelled:
		s.status = airline.IsCanceled
	case airline.FlightDiverted:
		s.status = airline.IsDiverted
	case airline.FlightDeparted:
		s.status = airline.Flying
	case airline.FlightArrived:
		s.status = airline.Landed
	}
	return s
}

// late is how much later than scheduled it was expected.
func (s state) late() time.Duration { return s.arrival.Sub(s.scheduled) }

// shut says why nobody new can be on it, at a moment; "" if they can.
func (s state) shut(now time.Time) string {
	cutoff := time.Duration(airline.DefaultRules.CutoffMinutes) * time.Minute
	switch {
	case s.status == "" || s.status == airline.IsCanceled || s.status == airline.IsDiverted:
		return Cancelled
	case s.status != airline.Available:
		return Departed
	case now.After(s.departure.Add(-cutoff)):
		return Closed
	}
	return ""
}

// free counts the seats of a cabin that nobody had but the reservation itself, by the row's replies before t.
func (f *flight) free(s state, cabin airline.Cabin, own airline.ReservationID, t time.Time) int {
	held := map[airline.ReservationID]int{}
	for _, r := range f.replies {
		switch {
		case !at(r).Before(t) || r.Cabin != cabin || r.Reservation == own:
		case r.Result == airline.Granted:
			held[r.Reservation] = r.Party
		case r.Result == airline.Released:
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
		if e.Type == airline.FlightArrived {
			return e.Arrival
		}
	}
	return time.Time{}
}

// at is the moment of a reply, as far as events had told it.
func at(r airline.SeatReply) time.Time {
	if r.AsOf.After(r.Time) {
		return r.AsOf
	}
	return r.Time
}
