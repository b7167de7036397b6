package reservations

import (
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// fail ends a command that was refused. The reservation that it was to make is gone. FlightWhy is the flight
// that refused, if one did, and its reason.
func (s *saga) fail(o vocab.Order, why *vocab.Refusal, flightWhy string) {
	u := s.update(o)
	u.Refused, u.Why = why, flightWhy
	if s.IsPending() {
		s.ReservationDetails, s.Legs = vocab.ReservationDetails{}, nil
		u.Status, u.Legs = "", nil
	}

	if u.Customer == "" {
		u.Customer = o.Caller
	}

	if s.Exists() || o.Airline {
		s.N++
		u.N = s.N
		s.emit(Effect{Update: &u})
	}
	s.end(o, *o.Refused(why, s.now(o)))
}

// complete changes the reservation as planned. Nothing else changes its details.
func (s *saga) complete(p plan) {
	o := s.Work.Order
	s.leave(p.Flights)

	for _, l := range p.release {
		r := vocab.SeatRequest{Type: vocab.ReleaseSeats, Flight: l.Flight, Cabin: s.Cabin, Sold: !l.Held}
		r = s.address(r, o.Time)
		s.emit(Effect{Seats: &r})
	}

	s.ReservationDetails, s.Legs = p.ReservationDetails, p.legs
	if p.reason != "" {
		s.Compensated = append(slices.Clip(s.Compensated), p.reason)
	}

	s.N++

	u := s.update(o)
	if !o.Airline { // decisions tell of what the airline's own agents do
		u.Text = p.text
	}
	s.emit(Effect{Update: &u})

	result := p.result
	if result == nil {
		result = s.Public()
	}
	s.end(o, *o.Done(result, p.text, s.now(o)))
}

// leave remembers the flights that are not among the new ones.
func (s *saga) leave(flights []vocab.Segment) {
	for _, f := range s.Flights {
		if !isOn(flights, f.Flight()) {
			s.Left = append(slices.Clip(s.Left), f.Flight())
		}
	}
	s.Left = s.Left[max(0, len(s.Left)-maxLeft):]
}

func (s *saga) update(o vocab.Order) vocab.ReservationUpdate {
	u := vocab.ReservationUpdate{
		Reservation: KeyOf(o), Customer: s.User, Command: o.ID, Tool: o.Tool,
		Cabin: s.Cabin, Party: s.Party(), Legs: s.Legs, N: s.N, Time: s.now(o),
	}
	if s.Status != nil {
		u.Status = *s.Status
	}
	return u
}

// now returns the newest time that the work has heard of.
func (s *saga) now(o vocab.Order) time.Time {
	now := o.Time
	if s.Work == nil {
		return now
	}

	for _, a := range s.Work.Asked {
		if a.Reply != nil && !a.Request.Type.OnlyAsks() && a.Request.Type != vocab.ReleaseSeats {
			now = vocab.Later(now, a.Reply.AsOf)
		}
	}

	return now
}

// end tells the result, remembers it, and begins what waits.
func (s *saga) end(o vocab.Order, r vocab.Result) {
	s.tell(o, r)
	s.Work = nil

	if o.Airline { // nobody is told this result, now or later
		r.Result, r.Text = nil, ""
	}
	s.remember(r)

	if e := s.Restating; e != nil {
		s.Restating = nil
		s.restate(*e)
	}

	if len(s.Queue) == 0 {
		return
	}

	next := s.Queue[0]
	s.Queue = slices.Clone(s.Queue[1:])
	if len(s.Queue) == 0 {
		s.Queue = nil
	}
	s.start(next)
}

// remember keeps the newest results. A row that has never been a reservation remembers nothing, because
// nothing changed.
func (s *saga) remember(r vocab.Result) {
	if s.Seq > 0 || s.Exists() {
		s.Done = append(slices.Clip(s.Done), r)
		s.Done = s.Done[max(0, len(s.Done)-maxResults):]
	}
}

// tell answers the caller. The airline's own agents hear of their commands by the update.
func (s *saga) tell(o vocab.Order, r vocab.Result) {
	if !o.Airline {
		s.emit(Effect{Result: &vocab.Answer{Result: r, Caller: o.Caller}})
	}
}
