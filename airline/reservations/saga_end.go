package reservations

import (
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// over ends a command that was refused. A reservation that it was to make is gone.
func (s *saga) fail(o vocab.Order, why *vocab.Refusal, word string) {
	update := s.update(o)
	update.Refused, update.Why = why, word
	if s.IsPending() {
		s.ReservationDetails, s.Legs = vocab.ReservationDetails{}, nil
		update.Status, update.Legs = "", nil
	}
	if update.Customer == "" {
		update.Customer = o.Caller
	}
	if s.Exists() || o.Airline {
		s.N++
		update.N = s.N
		s.effects = append(s.effects, Effect{Update: &update})
	}
	s.end(o, *o.Refused(why, s.now(o)))
}

// finish changes the reservation as planned: the one place where that happens.
func (s *saga) complete(p plan) {
	o := s.Work.Order
	for _, f := range s.Flights {
		if !slices.ContainsFunc(p.Flights, func(n vocab.Segment) bool { return n.Flight() == f.Flight() }) {
			s.Left = append(slices.Clip(s.Left), f.Flight())
		}
	}
	s.Left = s.Left[max(0, len(s.Left)-maxLeft):]
	for _, l := range p.release {
		r := s.address(vocab.SeatRequest{Type: vocab.ReleaseSeats, Flight: l.Flight, Cabin: s.Cabin, Sold: !l.Held}, o.Time)
		s.effects = append(s.effects, Effect{Seats: &r})
	}
	s.ReservationDetails, s.Legs = p.ReservationDetails, p.legs
	if p.reason != "" {
		s.Compensated = append(slices.Clip(s.Compensated), p.reason)
	}
	if p.result == nil {
		p.result = s.Public()
	}
	s.N++
	update := s.update(o)
	if !o.Airline { // of what these do, decisions tell
		update.Text = p.text
	}
	s.effects = append(s.effects, Effect{Update: &update})
	s.end(o, *o.Done(p.result, p.text, s.now(o)))
}

func (s *saga) update(o vocab.Order) vocab.ReservationUpdate {
	u := vocab.ReservationUpdate{Reservation: KeyOf(o), Customer: s.User, Command: o.ID, Tool: o.Tool, Cabin: s.Cabin, Party: s.Party(), Legs: s.Legs, N: s.N, Time: s.now(o)}
	if s.Status != nil {
		u.Status = *s.Status
	}
	return u
}

// now is the newest time that the work has heard of.
func (s *saga) now(o vocab.Order) time.Time {
	now := o.Time
	if s.Work != nil {
		for _, a := range s.Work.Asked {
			if a.Reply != nil && !a.Request.Type.OnlyAsks() && a.Request.Type != vocab.ReleaseSeats {
				now = vocab.Later(now, a.Reply.AsOf)
			}
		}
	}
	return now
}

// end tells the result, remembers it, and begins what waits.
func (s *saga) end(o vocab.Order, r vocab.Result) {
	s.tell(o, r)
	s.Work = nil
	if o.Airline { // its result is told to nobody
		r.Result, r.Text = nil, ""
	}
	s.remember(r)
	if e := s.Restating; e != nil {
		s.Restating = nil
		s.restate(*e)
	}
	if len(s.Queue) > 0 {
		next := s.Queue[0]
		if s.Queue = slices.Clone(s.Queue[1:]); len(s.Queue) == 0 {
			s.Queue = nil
		}
		s.start(next)
	}
}

// remember keeps the newest results. A row that has never been a reservation's remembers nothing: nothing has changed.
func (s *saga) remember(r vocab.Result) {
	if s.Seq > 0 || s.Exists() {
		s.Done = append(slices.Clip(s.Done), r)
		s.Done = s.Done[max(0, len(s.Done)-maxResults):]
	}
}

// tell answers whoever sent the command. The airline's own agents hear of it by the update.
func (s *saga) tell(o vocab.Order, r vocab.Result) {
	if !o.Airline {
		s.effects = append(s.effects, Effect{Result: &vocab.Answer{Result: r, Caller: o.Caller}})
	}
}
