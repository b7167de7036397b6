package vocab

import (
	"errors"
	"fmt"
	"time"
)

// A FlightEvent is what the operations centre says about a flight. A departure has the offset of the origin,
// an arrival that of the destination, so that they print as people there read their clocks.
type FlightEvent struct {
	Type      FlightEventType `json:"type"`
	Time      time.Time       `json:"time"`                // when it became known
	Departure time.Time       `json:"departure,omitzero"`  // scheduled, estimated or actual, as the type says
	Arrival   time.Time       `json:"arrival,omitzero"`    // the same
	Schedule  *Schedule       `json:"schedule,omitempty"`  // of FlightScheduled
	Inventory *FlightDate     `json:"inventory,omitempty"` // of FlightInventory
}

// A FlightEventType names what happened to a flight.
type FlightEventType string

// What happens to a flight. A delay that shrinks is FlightDelayed, too. FlightInventory restates a flight, as
// the airline's other systems have it: it replaces the row, and counts the seats of all parties among those
// sold.
const (
	FlightScheduled FlightEventType = "scheduled"
	FlightDelayed   FlightEventType = "delayed"
	FlightCancelled FlightEventType = "cancelled"
	FlightDeparted  FlightEventType = "departed"
	FlightArrived   FlightEventType = "arrived"
	FlightDiverted  FlightEventType = "diverted"
	FlightInventory FlightEventType = "inventory"
)

// A Schedule is what does not change about a flight.
type Schedule struct {
	FlightNumber string `json:"flight_number"`
	Date         string `json:"date"`
	Origin       string `json:"origin"`
	Destination  string `json:"destination"`
	Seats        Seats  `json:"seats"` // of the aircraft
	Sold         Seats  `json:"sold"`  // to people who are no customers here
	Prices       Prices `json:"prices,omitzero"`
}

// Valid returns why the event can't be used.
func (e FlightEvent) Valid() error {
	if e.Time.IsZero() {
		return errors.New("airline: flight event without a time")
	}

	hasTimes := !e.Departure.IsZero() && !e.Arrival.IsZero()
	switch e.Type {
	case FlightScheduled:
		if e.Schedule == nil || !hasTimes {
			return errors.New("airline: a scheduled flight needs schedule, departure and arrival")
		}
	case FlightDelayed:
		if !hasTimes {
			return errors.New("airline: a delayed flight needs departure and arrival")
		}
	case FlightInventory:
		return e.Inventory.Valid()
	case FlightCancelled, FlightDeparted, FlightArrived, FlightDiverted:
	default:
		return fmt.Errorf("airline: no such flight event: %q", e.Type)
	}

	return nil
}
