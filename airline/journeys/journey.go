package journeys

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Journey is what the agents know of one reservation, and what they have made of its disruptions. How it stands is kept
// by updates from the reservation desk.
type Journey struct {
	Status  string                            `json:"status,omitempty"` // pending, seated, cancelled, refused
	Cabin   vocab.Cabin                       `json:"cabin,omitempty"`
	Party   int                               `json:"party,omitempty"`
	Legs    []vocab.Leg                       `json:"legs,omitempty"`
	N       int                               `json:"n,omitempty"`       // the newest update
	Booked  map[vocab.RouteID]vocab.Times     `json:"booked,omitempty"`  // of the flight that they had chosen
	Heard   map[vocab.FlightID]vocab.News     `json:"heard,omitempty"`   // the worst of each flight
	Handled map[vocab.FlightID]vocab.Severity `json:"handled,omitempty"` // the worst that a decision has covered
	Open    *OpenCase                         `json:"open,omitempty"`
	Outcome vocab.Outcome                     `json:"outcome,omitempty"` // of the last decision
	Awaits  string                            `json:"awaits,omitempty"`  // the command to the reservation desk that is under way
	Waits   vocab.RouteID                     `json:"waits,omitempty"`   // on whose waitlist they are
}

// An OpenCase waits for a decision or, once there is a Proposal, for the seats it needs.
type OpenCase struct {
	Case     vocab.CaseID     `json:"case_id"`
	Flight   vocab.FlightID   `json:"flight"`
	Severity vocab.Severity   `json:"severity"`
	Attempt  int              `json:"attempt"`
	Refused  []vocab.FlightID `json:"refused,omitempty"` // flights that had no seats after all
	Proposal *vocab.Decision  `json:"proposal,omitempty"`
}

// The statuses of a journey, beside those of its reservation.
const (
	seated  = "seated"
	refused = "refused"
)

// byCustomer is who decides a case by changing the reservation.
const byCustomer = "customer"

// asked says whether this attempt of the case waits for its answer.
func (j Journey) IsAsked(c vocab.CaseID, attempt int) bool {
	return j.Open != nil && j.Open.Case == c && j.Open.Attempt == attempt && j.Open.Proposal == nil
}

// on says whether the party flies with it.
func (j Journey) isOn(f vocab.FlightID) bool {
	return slices.ContainsFunc(j.Legs, func(l vocab.Leg) bool { return l.Flight == f })
}

// closed: nothing is decided any more for who has their money back, or is in a person's hands.
func (j Journey) isClosed() bool {
	return j.Outcome == vocab.Refunded || j.Outcome == vocab.Escalated || j.Status == vocab.ReservationCancelled
}

func (j Journey) isBlank() bool { return j.Status == "" && j.Heard == nil }

// around are the arrival of the flight before this one and the departure of the one after it, as far as they are known.
func (j Journey) Around(f vocab.FlightID) (t vocab.Times) {
	for i, l := range j.Legs {
		switch {
		case l.Flight != f:
		case i > 0 && i+1 < len(j.Legs):
			return vocab.Times{Departure: j.Legs[i-1].Arrival, Arrival: j.Legs[i+1].Departure}
		case i > 0:
			return vocab.Times{Departure: j.Legs[i-1].Arrival}
		case i+1 < len(j.Legs):
			return vocab.Times{Arrival: j.Legs[i+1].Departure}
		}
	}
	return t
}
