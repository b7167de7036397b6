package contradictions

import (
	"cmp"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline"
)

// A party is all that the topics say of one customer.
type party struct {
	id        airline.CustomerID
	booked    airline.Booking
	replies   []airline.SeatReply
	decisions []airline.Decision
}

func (p *party) event(e airline.CustomerEvent) {
	if e.Type == airline.CustomerBooked && p.booked.ID == "" {
		p.booked = *e.Reservation
	}
}

// An answer is what the decider gave, and what became of it.
type answer struct {
	reservation airline.ReservationID
	now         time.Time // of the day, when it was asked
	own         airline.FlightID
	cabin       airline.Cabin // on the own flight
	party       int
	outcome     airline.Outcome
	trip        airline.Trip // as the decider saw it; of a refused proposal without its times
	reading     airline.Reading
	refused     string             // why; "": it took effect
	turned      []airline.FlightID // flights that had refused the party before
}

// answers are those about the party. Proposals are known by the desk's replies to them: each one that was granted became
// a decision, those that were refused led to the next one.
func (p *party) answers() (out []answer) {
	slices.SortFunc(p.replies, func(a, b airline.SeatReply) int { return cmp.Compare(a.Seq, b.Seq) })
	a := answer{reservation: p.booked.ID, own: p.booked.Flight, cabin: p.booked.Cabin, party: p.booked.Party}
	rest := p.decisions
	for _, r := range p.replies {
		if r.Type != airline.Rebook {
			continue
		}
		for r.Result == airline.Granted && len(rest) > 0 && rest[0].Outcome != airline.Rebooked {
			out, rest = append(out, a.decided(rest[0])), rest[1:]
		}
		out = append(out, a.proposed(r, rest))
		if r.Result == airline.Refused {
			a.turned = append(slices.Clone(a.turned), r.Flight)
			continue
		}
		a.own, a.cabin, rest = r.Flight, r.Cabin, rest[min(1, len(rest)):]
	}
	for _, d := range rest {
		out = append(out, a.decided(d))
	}
	return out
}

// decided is an answer that needed no seats.
func (a answer) decided(d airline.Decision) answer {
	a.now, a.own, a.outcome, a.trip, a.reading = d.Time, d.Flight, d.Outcome, d.Trip, reading(d)
	return a
}

// proposed is an answer that needed them; rest are the decisions from there on, of which a granted one is the first.
func (a answer) proposed(r airline.SeatReply, rest []airline.Decision) answer {
	a.now, a.outcome, a.trip = r.Time, airline.Rebooked, airline.Trip{Flight: r.Flight, Cabin: r.Cabin}
	if len(rest) > 0 {
		a.reading = reading(rest[0])
	}
	if r.Result == airline.Refused {
		a.refused = r.Why
	} else if len(rest) > 0 {
		a.trip = rest[0].Trip
	}
	return a
}

func reading(d airline.Decision) (r airline.Reading) {
	if d.Reading != nil {
		r = *d.Reading
	}
	return r
}
