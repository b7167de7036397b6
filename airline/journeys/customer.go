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

// Table has one row per customer.
const Table topology.Table[vocab.CustomerID, Customer] = "customers"

// A Customer is the row of one customer.
type Customer struct {
	ID         vocab.CustomerID                `json:"customer,omitempty"`
	Email      string                          `json:"email,omitempty"`
	Membership string                          `json:"membership,omitempty"`
	Note       string                          `json:"note,omitempty"`
	Reading    *vocab.Reading                  `json:"reading,omitempty"` // what the note says, once it was read
	Journeys   map[vocab.ReservationID]Journey `json:"journeys,omitempty"`
	Decisions  int                             `json:"decisions,omitempty"`
	Seat       vocab.SeatKind                  `json:"seat_preference,omitempty"` // the kind that they always want
	Unasked    vocab.Switch                    `json:"unasked,omitempty"`         // write to them unasked
	Talk       agent.Conversation              `json:"talk,omitzero"`             // with the concierge
}

// An Effect is what a change of a customer's row causes elsewhere. It has one of these.
type Effect struct {
	Ask      *vocab.Ask
	Order    *vocab.Order
	Decision *vocab.Decision
	Done     *vocab.Notification // of a command
	Wish     *vocab.FlightWish
	SeatWish *vocab.SeatWish
}

// OnEvent takes in what is heard of a customer.
func (c Customer) OnEvent(e topology.Event[vocab.CustomerID, vocab.CustomerEvent]) (Customer, []Effect) {
	c.ID = e.Key
	event := e.Value
	switch {
	case event.Type == vocab.CustomerProfile:
		return c.withProfile(event)
	case event.Type == vocab.CustomerNote && event.Note != c.Note:
		c.Note, c.Reading = event.Note, nil
	case event.Type == vocab.CustomerBooked:
		return c.step(event.Reservation.ID, func(s *step) { s.enter(*event.Reservation, event.Time) })
	}

	return c, nil
}

func (c Customer) withProfile(e vocab.CustomerEvent) (Customer, []Effect) {
	before := c
	c.Email, c.Membership = e.Email, e.Membership
	c.Seat, c.Unasked = e.Seat, e.Unasked
	if e.User != nil {
		c.Email, c.Membership = e.User.Email, e.User.Membership
	}

	var effects []Effect
	for _, id := range slices.Sorted(maps.Keys(c.Journeys)) {
		var more []Effect
		c, more = c.step(id, func(s *step) { s.onPreferences(before) })
		effects = append(effects, more...)
	}

	return c, effects
}

// OnDisruption takes in what a flight tells a party that holds seats on it. The party may only be about to
// get the flight, because updates come by another topic. Then the row keeps the news until they have it.
func (c Customer) OnDisruption(d vocab.Disruption) (Customer, []Effect) {
	c.ID = d.Customer
	return c.step(d.Reservation, func(s *step) { s.onDisruption(d) })
}

// OnProposal takes in the agent's answer to an ask.
func (c Customer) OnProposal(d vocab.Decision) (Customer, []Effect) {
	if d.Reading != nil && d.Note == c.Note && c.Journeys[d.Reservation].IsAsked(d.Case, d.Attempt) {
		c.Reading = d.Reading
	}
	return c.step(d.Reservation, func(s *step) { s.onProposal(d) })
}

// OnUnsettled takes in the escalation of a case that could not be settled.
func (c Customer) OnUnsettled(d vocab.Decision) (Customer, []Effect) {
	return c.step(d.Reservation, func(s *step) { s.onUnsettled(d) })
}

// OnUpdate takes in how a reservation stands.
func (c Customer) OnUpdate(u vocab.Ruled[vocab.ReservationUpdate]) (Customer, []Effect) {
	c.ID = u.Event.Customer
	return c.step(u.Event.Reservation, func(s *step) { s.onUpdate(u.Event, u.Rules) })
}

// step changes one journey.
func (c Customer) step(id vocab.ReservationID, do func(*step)) (Customer, []Effect) {
	s := &step{Journey: c.Journeys[id], id: id, customer: c}
	do(s)

	c.Decisions += s.decisions
	if !s.isBlank() {
		c.Journeys = cow.With(c.Journeys, id, s.Journey)
	}
	return c, s.effects
}

// Standing returns a text that differs if the journeys do: their flights, or how bad the disruption of each
// flight is.
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

// mayBeWritten reports whether the customer may be written to unasked.
func (c Customer) mayBeWritten() bool { return c.Unasked != vocab.SwitchOff && !c.Talk.Quiet }
