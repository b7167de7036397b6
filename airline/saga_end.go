package airline

import (
	"slices"
	"time"
)

// over ends a command that was refused. A reservation that it was to make is gone.
func (s *saga) over(o Order, why *Refusal, word string) {
	update := s.update(o)
	update.Refused, update.Why = why, word
	if s.Pending() {
		s.ReservationDetails, s.Legs = ReservationDetails{}, nil
		update.Status, update.Legs = "", nil
	}
	if update.Customer == "" {
		update.Customer = o.Caller
	}
	if s.Exists() || o.Airline {
		s.N++
		update.N = s.N
		s.effects = append(s.effects, reservationEffect{Update: &update})
	}
	s.end(o, *o.refused(why, s.now(o)))
}

// finish changes the reservation as planned: the one place where that happens.
func (s *saga) finish(p plan) {
	o := s.Work.Order
	for _, f := range s.Flights {
		if !slices.ContainsFunc(p.Flights, func(n Segment) bool { return n.Flight() == f.Flight() }) {
			s.Left = append(slices.Clip(s.Left), f.Flight())
		}
	}
	s.Left = s.Left[max(0, len(s.Left)-maxLeft):]
	for _, l := range p.release {
		r := s.address(SeatRequest{Type: Release, Flight: l.Flight, Cabin: s.Cabin, Sold: !l.Held}, o.Time)
		s.effects = append(s.effects, reservationEffect{Seats: &r})
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
	s.effects = append(s.effects, reservationEffect{Update: &update})
	s.end(o, *o.result(p.result, p.text, s.now(o)))
}

func (s *saga) update(o Order) ReservationUpdate {
	u := ReservationUpdate{Reservation: o.about(), Customer: s.User, Command: o.ID, Tool: o.Tool, Cabin: s.Cabin, Party: s.Party(), Legs: s.Legs, N: s.N, Time: s.now(o)}
	if s.Status != nil {
		u.Status = *s.Status
	}
	return u
}

// now is the newest time that the work has heard of.
func (s *saga) now(o Order) time.Time {
	now := o.Time
	if s.Work != nil {
		for _, a := range s.Work.Asked {
			if a.Reply != nil && !a.Request.Type.asks() && a.Request.Type != Release {
				now = later(now, a.Reply.AsOf)
			}
		}
	}
	return now
}

// end tells the result, remembers it, and begins what waits.
func (s *saga) end(o Order, r Result) {
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
func (s *saga) remember(r Result) {
	if s.Seq > 0 || s.Exists() {
		s.Done = append(slices.Clip(s.Done), r)
		s.Done = s.Done[max(0, len(s.Done)-maxDone):]
	}
}

// tell answers whoever sent the command. The airline's own agents hear of it by the update.
func (s *saga) tell(o Order, r Result) {
	if !o.Airline {
		s.effects = append(s.effects, reservationEffect{Result: &addressed{r, o.Caller}})
	}
}
