package vocab

import (
	"strings"
)

// The keys of this domain. A FlightID is number and date, "UA1124.2013-03-08"; a RouteID is two places, "NYC-BOS".
type (
	CustomerID    string
	ReservationID string
	FlightID      string
	RouteID       string
	CaseID        string // reservation/flight/severity: the same disruption has the same case, however often it is told
	RulesID       string
)

// FlightKey makes the key of a flight.
func FlightKey(flightNumber, date string) FlightID { return FlightID(flightNumber + "." + date) }

// Number is the flight number in the key.
func (f FlightID) Number() string {
	number, _, _ := strings.Cut(string(f), ".")
	return number
}

// Date is the day in the key.
func (f FlightID) Date() string {
	_, date, _ := strings.Cut(string(f), ".")
	return date
}

// RouteKey makes the key of a route. The three airports of New York are one place: a passenger of one may leave from another.
func RouteKey(origin, destination string) RouteID {
	return RouteID(City(origin) + "-" + City(destination))
}

func City(airport string) string {
	switch airport {
	case "EWR", "JFK", "LGA":
		return "NYC"
	}
	return airport
}

// A FlightNumber is the key of a timetable: "HAT001".
type FlightNumber string
