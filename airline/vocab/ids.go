package vocab

import "strings"

// The keys of topics and tables.
type (
	CustomerID    string
	ReservationID string

	// A FlightID is a flight number and a date: UA1124.2013-03-08.
	FlightID string

	// A FlightNumber is the key of a timetable: UA1124.
	FlightNumber string

	// A RouteID is two cities: NYC-BOS.
	RouteID string

	// A CaseID is reservation/flight/severity. A disruption that is told again has the same case.
	CaseID string

	RulesID string
)

// FlightKey makes the key of a flight.
func FlightKey(flightNumber, date string) FlightID { return FlightID(flightNumber + "." + date) }

// Number returns the flight number.
func (f FlightID) Number() string {
	number, _, _ := strings.Cut(string(f), ".")
	return number
}

// Date returns the date, such as 2013-03-08.
func (f FlightID) Date() string {
	_, date, _ := strings.Cut(string(f), ".")
	return date
}

// RouteKey makes the key of a route between the cities of two airports.
func RouteKey(origin, destination string) RouteID {
	return RouteID(City(origin) + "-" + City(destination))
}

// City returns the city of an airport. The three airports of New York are one city, because a passenger of
// one may leave from another. Every other airport is a city of its own.
func City(airport string) string {
	switch airport {
	case "EWR", "JFK", "LGA":
		return "NYC"
	}
	return airport
}
