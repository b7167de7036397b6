package journeys

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
)

// Customers has one row per customer.
const Table topology.Table[vocab.CustomerID, Customer] = "customers"

// A Customer is the row of one customer: what the agents know of them, and of their journeys.
type Customer struct {
	ID         vocab.CustomerID                `json:"customer,omitempty"`
	Email      string                          `json:"email,omitempty"`
	Membership string                          `json:"membership,omitempty"`
	Note       string                          `json:"note,omitempty"`
	Reading    *vocab.Reading                  `json:"reading,omitempty"` // what the note says, once it has been read
	Journeys   map[vocab.ReservationID]Journey `json:"journeys,omitempty"`
	Decisions  int                             `json:"decisions,omitempty"`
	Seat       vocab.SeatKind                  `json:"seat_preference,omitempty"` // that they always want
	Unasked    vocab.Switch                    `json:"unasked,omitempty"`         // whether they are written to unasked
	Talk       agent.Conversation              `json:"talk,omitzero"`             // with the concierge
}

// customerEffect is what a change of a customer's row causes elsewhere.
type Effect struct {
	Ask      *vocab.Ask
	Order    *vocab.Order
	Decision *vocab.Decision
	Done     *vocab.Notification // of a command
	Wish     *vocab.FlightWish
	SeatWish *vocab.SeatWish
}

// withEvent takes in what is heard of a customer. Repeated events change nothing.
func (c Customer) OnEvent(id vocab.CustomerID, e vocab.CustomerEvent) (Customer, []Effect) {
	c.ID = id
	switch {
	case e.Type == vocab.CustomerProfile:
		return c.withProfile(e)
	case e.Type == vocab.CustomerNote && e.Note != c.Note:
		c.Note, c.Reading = e.Note, nil
	case e.Type == vocab.CustomerBooked:
		return c.at(e.Reservation.ID, func(j *step) { j.enter(*e.Reservation, e.Time) })
	}
	return c, nil
}

func (c Customer) withProfile(e vocab.CustomerEvent) (Customer, []Effect) {
	before := c
	c.Email, c.Membership, c.Seat, c.Unasked = e.Email, e.Membership, e.Seat, e.Unasked
	if e.User != nil {
		c.Email, c.Membership = e.User.Email, e.User.Membership
	}
	var out []Effect
	for _, id := range slices.Sorted(maps.Keys(c.Journeys)) {
		var effects []Effect
		c, effects = c.at(id, func(j *step) { j.onPreferences(before) })
		out = append(out, effects...)
	}
	return c, out
}

// withDisruption takes in what a flight tells those who hold seats on it. What is heard of a flight that the party is
// only about to get is kept, and counts once they have it: updates and disruptions come by different topics.
func (c Customer) OnDisruption(d vocab.Disruption) (Customer, []Effect) {
	c.ID = d.Customer
	return c.at(d.Reservation, func(j *step) { j.onDisruption(d) })
}

// withProposal takes in the answer to an ask.
func (c Customer) OnProposal(d vocab.Decision) (Customer, []Effect) {
	if d.Reading != nil && d.Note == c.Note && c.Journeys[d.Reservation].IsAsked(d.Case, d.Attempt) {
		c.Reading = d.Reading
	}
	return c.at(d.Reservation, func(j *step) { j.onProposal(d) })
}

// withUpdate takes in how the reservation desk says that a reservation stands.
func (c Customer) OnUpdate(u vocab.ReservationUpdate, rules vocab.Rules) (Customer, []Effect) {
	c.ID = u.Customer
	return c.at(u.Reservation, func(j *step) { j.onUpdate(u, rules.OrDefault()) })
}

// withUnsettled takes in the escalation of a case that could not be settled.
func (c Customer) OnUnsettled(d vocab.Decision) (Customer, []Effect) {
	return c.at(d.Reservation, func(j *step) { j.onUnsettled(d) })
}

// at changes one journey.
func (c Customer) at(id vocab.ReservationID, do func(*step)) (Customer, []Effect) {
	j := &step{Journey: c.Journeys[id], id: id, customer: c}
	do(j)
	c.Decisions += j.decisions
	if !j.isBlank() {
		c.Journeys = cow.With(c.Journeys, id, j.Journey)
	}
	return c, j.effects
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

// mayBeWritten says whether they may be written to unasked.
func (c Customer) mayBeWritten() bool { return c.Unasked != vocab.SwitchOff && !c.Talk.Quiet }
