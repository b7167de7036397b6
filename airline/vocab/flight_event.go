package vocab

import (
	"errors"
	"fmt"
	"time"
)

// A FlightEvent is what the operations centre says of a flight. Times carry the offset of their airport: a departure
// that of the origin, an arrival that of the destination, so that they print as people there read their clocks.
type FlightEvent struct {
	Type      FlightEventType `json:"type"`
	Time      time.Time       `json:"time"`                // when it became known
	Departure time.Time       `json:"departure,omitzero"`  // scheduled, estimated or actual, as the type says
	Arrival   time.Time       `json:"arrival,omitzero"`    // likewise
	Schedule  *Schedule       `json:"schedule,omitempty"`  // of Scheduled only
	Inventory *FlightDate     `json:"inventory,omitempty"` // of Inventory only
}

// A FlightEventType names what happened.
type FlightEventType string

// The life of a flight. Delayed also says that a delay shrank. Inventory restates the flight, as the airline's other
// systems have it: the row is replaced wholly, and whoever held seats is among those sold.
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
	Seats        Seats  `json:"seats"` // in the aircraft
	Sold         Seats  `json:"sold"`  // to people who are not among the customers here
	Prices       Prices `json:"prices,omitzero"`
}

// Valid says why an event can't be used.
func (e FlightEvent) Valid() error {
	switch {
	case e.Time.IsZero():
		return errors.New("airline: flight event without a time")
	case e.Type == FlightScheduled && (e.Schedule == nil || e.Departure.IsZero() || e.Arrival.IsZero()):
		return errors.New("airline: a scheduled flight needs schedule, departure and arrival")
	case e.Type == FlightDelayed && (e.Departure.IsZero() || e.Arrival.IsZero()):
		return errors.New("airline: a delayed flight needs departure and arrival")
	case e.Type == FlightInventory:
		return e.Inventory.Valid()
	}
	switch e.Type {
	case FlightScheduled, FlightDelayed, FlightCancelled, FlightDeparted, FlightArrived, FlightDiverted:
		return nil
	}
	return fmt.Errorf("airline: no such flight event: %q", e.Type)
}
