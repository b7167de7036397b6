package airline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/llm/agent"
)

// A Customer is the row of one customer: what the agents know of them, and of their journeys.
type Customer struct {
	ID         CustomerID                `json:"customer,omitempty"`
	Email      string                    `json:"email,omitempty"`
	Membership string                    `json:"membership,omitempty"`
	Note       string                    `json:"note,omitempty"`
	Reading    *Reading                  `json:"reading,omitempty"` // what the note says, once it has been read
	Journeys   map[ReservationID]Journey `json:"journeys,omitempty"`
	Decisions  int                       `json:"decisions,omitempty"`
	Seat       SeatKind                  `json:"seat_preference,omitempty"` // that they always want
	Unasked    Switch                    `json:"unasked,omitempty"`         // whether they are written to unasked
	Talk       agent.Conversation        `json:"talk,omitzero"`             // with the concierge
}

// customerEffect is what a change of a customer's row causes elsewhere.
type customerEffect struct {
	Ask      *Ask
	Order    *Order
	Decision *Decision
	Done     *Notification // of a command
	Wish     *FlightWish
	SeatWish *SeatWish
}

// withEvent takes in what is heard of a customer. Repeated events change nothing.
func (c Customer) withEvent(id CustomerID, e CustomerEvent) (Customer, []customerEffect) {
	c.ID = id
	switch {
	case e.Type == CustomerProfile:
		return c.withProfile(e)
	case e.Type == CustomerNote && e.Note != c.Note:
		c.Note, c.Reading = e.Note, nil
	case e.Type == CustomerBooked:
		return c.at(e.Reservation.ID, func(j *journey) { j.booked(*e.Reservation, e.Time) })
	}
	return c, nil
}

func (c Customer) withProfile(e CustomerEvent) (Customer, []customerEffect) {
	before := c
	c.Email, c.Membership, c.Seat, c.Unasked = e.Email, e.Membership, e.Seat, e.Unasked
	if e.User != nil {
		c.Email, c.Membership = e.User.Email, e.User.Membership
	}
	var out []customerEffect
	for _, id := range slices.Sorted(maps.Keys(c.Journeys)) {
		var effects []customerEffect
		c, effects = c.at(id, func(j *journey) { j.preferred(before) })
		out = append(out, effects...)
	}
	return c, out
}

// withDisruption takes in what a flight tells those who hold seats on it. What is heard of a flight that the party is
// only about to get is kept, and counts once they have it: updates and disruptions come by different topics.
func (c Customer) withDisruption(d Disruption) (Customer, []customerEffect) {
	c.ID = d.Customer
	return c.at(d.Reservation, func(j *journey) { j.disrupted(d) })
}

// withProposal takes in the answer to an ask.
func (c Customer) withProposal(d Decision) (Customer, []customerEffect) {
	if d.Reading != nil && d.Note == c.Note && c.Journeys[d.Reservation].asked(d.Case, d.Attempt) {
		c.Reading = d.Reading
	}
	return c.at(d.Reservation, func(j *journey) { j.proposed(d) })
}

// withUpdate takes in how the reservation desk says that a reservation stands.
func (c Customer) withUpdate(u ReservationUpdate, rules Rules) (Customer, []customerEffect) {
	c.ID = u.Customer
	return c.at(u.Reservation, func(j *journey) { j.updated(u, rules.orDefault()) })
}

// withFailure gives a case that nobody could settle to a person.
func (c Customer) withFailure(v Case, cause string) (Customer, []customerEffect) {
	return c.at(v.Reservation.ID, func(j *journey) { j.failed(v, cause) })
}

// at changes one journey.
func (c Customer) at(id ReservationID, do func(*journey)) (Customer, []customerEffect) {
	j := &journey{Journey: c.Journeys[id], id: id, customer: c}
	do(j)
	c.Decisions += j.decisions
	if !j.blank() {
		c.Journeys = with(c.Journeys, id, j.Journey)
	}
	return c, j.effects
}

// with is a copy of m in which k is v.
func with[M ~map[K]V, K comparable, V any](m M, k K, v V) M {
	m = maps.Clone(m)
	if m == nil {
		m = M{}
	}
	m[k] = v
	return m
}

// Standing is how their journeys stand, in a text that differs when they do: the flights, and how bad it is with each.
func (c Customer) Standing() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(c.Journeys)) {
		j := c.Journeys[id]
		fmt.Fprintf(&b, "%s %s", id, j.Status)
		for _, l := range j.Legs {
			fmt.Fprintf(&b, " %s %s", l.Flight, j.Heard[l.Flight].Severity)
		}
		b.WriteByte(';')
	}
	return b.String()
}
