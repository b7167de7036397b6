package airline

import (
	"strings"
	"time"
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

// A Cabin is where a party sits. All of a party sit in one.
type Cabin string

// The cabins, cheapest first.
const (
	BasicEconomy Cabin = "basic_economy"
	Economy      Cabin = "economy"
	Business     Cabin = "business"
)

// Seats counts seats by cabin.
type Seats struct {
	BasicEconomy int `json:"basic_economy,omitempty"`
	Economy      int `json:"economy,omitempty"`
	Business     int `json:"business,omitempty"`
}

// In returns the count of one cabin; a cabin nobody knows has none.
func (s Seats) In(c Cabin) int {
	if p := s.in(c); p != nil {
		return *p
	}
	return 0
}

// Plus returns the counts with n more (or fewer) in one cabin.
func (s Seats) Plus(c Cabin, n int) Seats {
	if p := s.in(c); p != nil {
		*p += n
	}
	return s
}

// Total counts all cabins.
func (s Seats) Total() int { return s.BasicEconomy + s.Economy + s.Business }

func (s *Seats) in(c Cabin) *int {
	switch c {
	case BasicEconomy:
		return &s.BasicEconomy
	case Economy:
		return &s.Economy
	case Business:
		return &s.Business
	}
	return nil
}

// A Severity says how bad a disruption is. The zero Severity is no disruption.
type Severity string

// The severities, mildest first. What counts as late and as long is in the Rules.
const (
	Late      Severity = "late"
	LongDelay Severity = "long-delay"
	Cancelled Severity = "cancelled"
	Diverted  Severity = "diverted"
)

var ranks = map[Severity]int{Late: 1, LongDelay: 2, Cancelled: 3, Diverted: 4}

// WorseThan compares two severities.
func (s Severity) WorseThan(t Severity) bool { return ranks[s] > ranks[t] }

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
	return RouteID(city(origin) + "-" + city(destination))
}

func city(airport string) string {
	switch airport {
	case "EWR", "JFK", "LGA":
		return "NYC"
	}
	return airport
}

// minutes is a span in whole minutes.
func minutes(d time.Duration) int { return int(d / time.Minute) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
