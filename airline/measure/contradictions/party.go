package contradictions

import (
	"cmp"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A party is all that the topics say of one customer.
type party struct {
	id        vocab.CustomerID
	booked    vocab.Booking
	replies   []vocab.SeatReply
	decisions []vocab.Decision
}

func (p *party) event(e vocab.CustomerEvent) {
	if e.Type == vocab.CustomerBooked && p.booked.ID == "" {
		p.booked = *e.Reservation
	}
}

// An answer is what the decider gave, and what became of it.
type answer struct {
	reservation vocab.ReservationID
	now         time.Time // of the day, when it was asked
	own         vocab.FlightID
	cabin       vocab.Cabin // on the own flight
	party       int
	outcome     vocab.Outcome
	trip        vocab.Trip // as the decider saw it; of a refused proposal without its times
	reading     vocab.Reading
	refused     string           // why; "": it took effect
	turned      []vocab.FlightID // flights that had refused the party before
}

// answers are those about the party. Proposals are known by the desk's replies to them: each one that was
// granted became a decision, those that were refused led to the next one.
func (p *party) answers() (out []answer) {
	slices.SortFunc(p.replies, func(a, b vocab.SeatReply) int { return cmp.Compare(a.Seq, b.Seq) })

	a := answer{reservation: p.booked.ID, own: p.booked.Flight, cabin: p.booked.Cabin, party: p.booked.Party}
	rest := p.decisions
	for _, r := range p.replies {
		if r.Type != vocab.RebookSeats {
			continue
		}

		for r.Result == vocab.SeatsGranted && len(rest) > 0 && rest[0].Outcome != vocab.Rebooked {
			out, rest = append(out, a.decided(rest[0])), rest[1:]
		}

		out = append(out, a.proposed(r, rest))
		if r.Result == vocab.SeatsRefused {
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
func (a answer) decided(d vocab.Decision) answer {
	a.now, a.own, a.outcome, a.trip, a.reading = d.Time, d.Flight, d.Outcome, d.Trip, reading(d)
	return a
}

// proposed is an answer that needed them; rest are the decisions from there on, of which a granted one is the
// first.
func (a answer) proposed(r vocab.SeatReply, rest []vocab.Decision) answer {
	a.now, a.outcome, a.trip = r.Time, vocab.Rebooked, vocab.Trip{Flight: r.Flight, Cabin: r.Cabin}
	if len(rest) > 0 {
		a.reading = reading(rest[0])
	}

	if r.Result == vocab.SeatsRefused {
		a.refused = r.Why
	} else if len(rest) > 0 {
		a.trip = rest[0].Trip
	}

	return a
}

func reading(d vocab.Decision) (r vocab.Reading) {
	if d.Reading != nil {
		r = *d.Reading
	}
	return r
}
