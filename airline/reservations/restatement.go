package reservations

import (
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// OnEvent takes in a restatement.
func (r Reservation) OnEvent(
	e topology.Event[vocab.ReservationID, vocab.ReservationEvent],
) (Reservation, []Effect) {
	return r.step(vocab.Conduct{}, func(s *saga) { s.restate(e.Value) })
}

// restate replaces the row, once the work is done. The numbers of requests go on, so that other desks can
// tell new requests from old ones. The results stay, so that no command is done twice.
func (s *saga) restate(e vocab.ReservationEvent) {
	if s.Work != nil {
		s.Restating = &e
		return
	}

	before := s.Reservation
	s.Reservation = Reservation{Seq: s.Seq, N: s.N, Queue: s.Queue}
	if e.Reservation == nil {
		return
	}

	s.ReservationDetails = *e.Reservation
	s.Done, s.Compensated = before.Done, before.Compensated
	for _, f := range s.Flights {
		s.Legs = append(s.Legs, vocab.Leg{Flight: f.Flight(), Route: vocab.RouteKey(f.Origin, f.Destination)})
	}

	if e.Claim && !s.IsCancelled() {
		s.claim(e.Time)
	}
}

// claim asks the flights for the party's seats among those sold.
func (s *saga) claim(now time.Time) {
	for _, l := range s.Legs {
		r := vocab.SeatRequest{Type: vocab.BookSeats, Flight: l.Flight, Cabin: s.Cabin, Sold: true}
		r = s.address(r, now)
		s.emit(Effect{Seats: &r})
	}
	s.tellCustomer(now)
}

// claimed takes in the seats that a flight has found for the party.
func (s *saga) claimed(r vocab.SeatReply) {
	i := slices.IndexFunc(s.Legs, func(l vocab.Leg) bool { return l.Flight == r.Flight && !l.Held })
	if i < 0 || r.Result != vocab.SeatsGranted {
		return
	}
	s.Legs = slices.Clone(s.Legs)
	s.Legs[i] = legOf(r)
	s.tellCustomer(vocab.Later(r.Time, r.AsOf))
}

func (s *saga) tellCustomer(now time.Time) {
	s.N++
	u := s.update(vocab.Order{Command: vocab.Command{Tool: vocab.Restated, Time: now}})
	u.Reservation = s.ID
	s.emit(Effect{Update: &u})
}
