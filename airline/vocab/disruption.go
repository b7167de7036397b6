package vocab

import "time"

// A Disruption tells one party what happened to a flight on which they hold seats.
type Disruption struct {
	Customer    CustomerID    `json:"customer"`
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"`
	News
}

// News is how a flight stands after an event.
type News struct {
	Route              RouteID   `json:"route"`
	Severity           Severity  `json:"severity"`
	ScheduledDeparture time.Time `json:"scheduled_departure"`
	ScheduledArrival   time.Time `json:"scheduled_arrival"`
	Departure          time.Time `json:"departure"`
	Arrival            time.Time `json:"arrival"`
	Time               time.Time `json:"time"`
}

// An Ask is a case that waits for a decision. Attempt counts, from 1, how often it was asked.
type Ask struct {
	Case        CaseID        `json:"case_id"`
	Reservation ReservationID `json:"reservation_id"`
	Attempt     int           `json:"attempt"`
	Time        time.Time     `json:"time"`
}
