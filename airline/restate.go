package airline

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

// A ReservationEvent restates a reservation, as the airline's other systems have it: the row is replaced wholly, once the
// command under way is done.
type ReservationEvent struct {
	Type        string              `json:"type"` // restated
	Time        time.Time           `json:"time"`
	Reservation *ReservationDetails `json:"reservation,omitempty"` // none: there is none
	// Claim names its seats on flights that have yet to leave, so that these tell its customer when they are disrupted.
	// Without it, they are only counted among the seats sold.
	Claim bool `json:"claim,omitempty"`
}

// restatedTool stands for a tool in updates after a restatement.
const restatedTool = "restated"

// Valid says why an event can't be used.
func (e ReservationEvent) Valid() error {
	if e.Type != restatedTool {
		return fmt.Errorf("airline: no such reservation event: %q", e.Type)
	}
	if d := e.Reservation; d != nil && (d.ID == "" || d.User == "") {
		return errors.New("airline: a reservation needs reservation_id and user_id")
	}
	return nil
}

func (r Reservation) onEvent(e topology.Event[ReservationID, ReservationEvent]) (Reservation, []reservationEffect) {
	return r.step(Rules{}, func(s *saga) { s.restate(e.Value) })
}

// restate replaces the row. Numbers of requests go on, so that other desks can tell new ones from old; and what has been
// done for this reservation is not done again.
func (s *saga) restate(e ReservationEvent) {
	if s.Work != nil {
		s.Restating = &e
		return
	}
	was := s.Reservation
	s.Reservation = Reservation{Seq: s.Seq, N: s.N, Queue: s.Queue}
	if e.Reservation == nil {
		return
	}
	s.ReservationDetails, s.Done, s.Compensated = *e.Reservation, was.Done, was.Compensated
	for _, f := range s.Flights {
		s.Legs = append(s.Legs, Leg{Flight: f.Flight(), Route: RouteKey(f.Origin, f.Destination)})
	}
	if e.Claim && !s.Cancelled() {
		s.claim(e.Time)
	}
}

func (s *saga) claim(now time.Time) {
	for _, l := range s.Legs {
		r := s.address(SeatRequest{Type: Book, Flight: l.Flight, Cabin: s.Cabin, Sold: true}, now)
		s.effects = append(s.effects, reservationEffect{Seats: &r})
	}
	s.tellCustomer(now)
}

// claimed takes in what a flight has found for them among the seats sold.
func (s *saga) claimed(r SeatReply) {
	i := slices.IndexFunc(s.Legs, func(l Leg) bool { return l.Flight == r.Flight && !l.Held })
	if i < 0 || r.Result != Granted {
		return
	}
	s.Legs = slices.Clone(s.Legs)
	s.Legs[i] = r.leg()
	s.tellCustomer(later(r.Time, r.AsOf))
}

func (s *saga) tellCustomer(now time.Time) {
	s.N++
	u := s.update(Order{Command: Command{Tool: restatedTool, Time: now}})
	u.Reservation = s.ID
	s.effects = append(s.effects, reservationEffect{Update: &u})
}
