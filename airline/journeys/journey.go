package journeys

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Journey is what the agents know of one reservation, and what they have decided about its disruptions.
// Updates of the reservation desk say how it stands.
type Journey struct {
	Status  string                            `json:"status,omitempty"` // pending, seated, cancelled, refused
	Cabin   vocab.Cabin                       `json:"cabin,omitempty"`
	Party   int                               `json:"party,omitempty"`
	Legs    []vocab.Leg                       `json:"legs,omitempty"`
	N       int                               `json:"n,omitempty"`       // of the newest update
	Booked  map[vocab.RouteID]vocab.Times     `json:"booked,omitempty"`  // of the flight that they chose themselves
	Heard   map[vocab.FlightID]vocab.News     `json:"heard,omitempty"`   // the worst news of each flight
	Handled map[vocab.FlightID]vocab.Severity `json:"handled,omitempty"` // the worst that a decision has covered
	Open    *OpenCase                         `json:"open,omitempty"`
	Outcome vocab.Outcome                     `json:"outcome,omitempty"` // of the last decision
	Awaits  string                            `json:"awaits,omitempty"`  // the id of the command under way
	Waits   vocab.RouteID                     `json:"waits,omitempty"`   // the route on whose waitlist they are
}

// An OpenCase waits for a decision, or for the seats that its Proposal needs.
type OpenCase struct {
	Case     vocab.CaseID     `json:"case_id"`
	Flight   vocab.FlightID   `json:"flight"`
	Severity vocab.Severity   `json:"severity"`
	Attempt  int              `json:"attempt"`
	Refused  []vocab.FlightID `json:"refused,omitempty"` // flights that turned out to have no seats
	Proposal *vocab.Decision  `json:"proposal,omitempty"`
}

// The statuses of a journey, beside those of its reservation.
const (
	seated  = "seated"
	refused = "refused"
)

// byCustomer is who has decided a case that ended because the reservation was changed.
const byCustomer = "customer"

// IsAsked reports whether this attempt of a case waits for its answer.
func (j Journey) IsAsked(c vocab.CaseID, attempt int) bool {
	return j.Open != nil && j.Open.Case == c && j.Open.Attempt == attempt && j.Open.Proposal == nil
}

// Around returns when the flight before f arrives, as the departure, and when the flight after f leaves, as
// the arrival. A time is zero if there is no such flight, or if it is unknown.
func (j Journey) Around(f vocab.FlightID) (around vocab.Times) {
	i := slices.IndexFunc(j.Legs, func(l vocab.Leg) bool { return l.Flight == f })
	if i > 0 {
		around.Departure = j.Legs[i-1].Arrival
	}

	if i >= 0 && i+1 < len(j.Legs) {
		around.Arrival = j.Legs[i+1].Departure
	}
	return around
}

// isOn reports whether the party takes the flight.
func (j Journey) isOn(f vocab.FlightID) bool {
	return slices.ContainsFunc(j.Legs, func(l vocab.Leg) bool { return l.Flight == f })
}

// isClosed reports whether nothing is left to decide: the party has their money back, or a person sees to
// them.
func (j Journey) isClosed() bool {
	return j.Outcome == vocab.Refunded || j.Outcome == vocab.Escalated ||
		j.Status == vocab.ReservationCancelled
}

// isBlank reports whether nothing was heard of the journey yet.
func (j Journey) isBlank() bool { return j.Status == "" && j.Heard == nil }
