package lookup

import (
	"cmp"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A DirectFlight is what a search finds.
type DirectFlight struct {
	FlightNumber       string           `json:"flight_number"`
	Origin             string           `json:"origin"`
	Destination        string           `json:"destination"`
	Status             vocab.Status     `json:"status"`
	ScheduledDeparture string           `json:"scheduled_departure_time_est"`
	ScheduledArrival   string           `json:"scheduled_arrival_time_est"`
	Date               *string          `json:"date"` // null in a search for direct flights
	AvailableSeats     vocab.SeatCounts `json:"available_seats"`
	Prices             vocab.Prices     `json:"prices"`
}

// A Calendar decides which flights connect.
type Calendar interface {
	// LandingDay returns the day on which a flight lands, as in 2013-03-08.
	LandingDay(first vocab.FlightDate) string

	// Connects reports whether the second flight, which leaves on the landing day of the first one, leaves
	// after the first one has landed.
	Connects(first, second vocab.FlightDate) bool
}

// Scheduled is the Calendar of the flights' own schedules.
type Scheduled struct{}

// LandingDay implements [Calendar].
func (Scheduled) LandingDay(first vocab.FlightDate) string {
	_, arrival, err := first.Scheduled()
	if err != nil {
		return "" // no flight has this day
	}
	return arrival.Format(time.DateOnly)
}

// Connects implements [Calendar].
func (Scheduled) Connects(first, second vocab.FlightDate) bool {
	_, arrival, err := first.Scheduled()
	if err != nil {
		return false
	}
	departure, _, err := second.Scheduled()
	return err == nil && !departure.Before(arrival)
}

// direct finds the flights without a stop.
func (t Tools) direct(origin, destination, date string) (any, error) {
	dates, err := t.search(origin, destination, date)
	found := make([]DirectFlight, 0, len(dates)) // as JSON an empty list, never null
	for _, d := range dates {
		found = append(found, directFlight(d, nil))
	}
	return found, err
}

// onestop finds pairs of flights. The second one leaves on the day on which the first one lands.
func (t Tools) onestop(origin, destination, date string) (any, error) {
	firsts, err := t.search(origin, "", date)
	if err != nil {
		return nil, err
	}

	pairs := [][2]DirectFlight{}
	for _, first := range firsts {
		day := t.calendar().LandingDay(first)

		seconds, err := t.search(first.Destination, destination, day)
		if err != nil {
			return nil, err
		}

		for _, second := range seconds {
			if t.calendar().Connects(first, second) {
				pairs = append(pairs, [2]DirectFlight{directFlight(first, &date), directFlight(second, &day)})
			}
		}
	}

	return pairs, nil
}

func (t Tools) calendar() Calendar {
	if t.Calendar == nil {
		return Scheduled{}
	}
	return t.Calendar
}

// search returns the flights that can be booked, by number. Without a destination they go anywhere. The
// routes, which lag a little, are the index; what is found is in the flights' own rows.
func (t Tools) search(origin, destination, date string) (found []vocab.FlightDate, err error) {
	prefix := vocab.RouteKey(origin, destination)
	for route, err := range t.Routes(prefix) {
		if err != nil {
			return nil, err
		}

		if destination != "" && route.Key != prefix {
			continue
		}

		for id := range route.Value.Flights {
			f, err := t.bookable(id, date)
			if err != nil {
				return nil, err
			}

			if f.IsKnown() && f.Origin == origin && (destination == "" || f.Destination == destination) {
				found = append(found, f.Public())
			}
		}
	}
	slices.SortFunc(found, func(a, b vocab.FlightDate) int { return cmp.Compare(a.FlightNumber, b.FlightNumber) })

	return found, nil
}

// bookable returns the row of a flight, or the zero row if the flight leaves on another day or can't be
// booked.
func (t Tools) bookable(id vocab.FlightID, date string) (flights.Flight, error) {
	if id.Date() != date {
		return flights.Flight{}, nil
	}

	f, err := t.Flight(id)
	if err != nil || f.Status != vocab.StatusAvailable {
		return flights.Flight{}, err
	}
	return f, nil
}

func directFlight(d vocab.FlightDate, date *string) DirectFlight {
	return DirectFlight{
		FlightNumber: d.FlightNumber, Origin: d.Origin, Destination: d.Destination, Status: d.Status, Date: date,
		ScheduledDeparture: d.ScheduledDeparture, ScheduledArrival: d.ScheduledArrival,
		AvailableSeats: *d.AvailableSeats, Prices: *d.Prices,
	}
}
