package lookup

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

// A search goes by the routes, which are an index that lags a little; what it finds is in the flights' own rows.
type search struct{ Tables }

func (s search) direct(origin, destination, date string) (any, error) {
	found, err := s.flights(origin, destination, date)
	if found == nil {
		found = []DirectFlight{} // an empty list, not none
	}
	return found, err
}

// onestop finds pairs. The second flight leaves not before the first lands, by the texts of their times, on the next day
// if the first lands then.
func (s search) onestop(origin, destination, date string) (any, error) {
	firsts, err := s.flights(origin, "", date)
	if err != nil {
		return nil, err
	}
	pairs := [][2]DirectFlight{}
	for _, f := range firsts {
		day := date
		if strings.Contains(f.ScheduledArrival, "+1") {
			day = nextDay(date)
		}
		seconds, err := s.flights(f.Destination, destination, day)
		if err != nil {
			return nil, err
		}
		for _, g := range seconds {
			if g.ScheduledDeparture >= f.ScheduledArrival {
				f.Date, g.Date = &date, &day
				pairs = append(pairs, [2]DirectFlight{f, g})
			}
		}
	}
	return pairs, nil
}

// nextDay is the day after, as tau2-bench counts: within May 2024, without a zero before the digit.
func nextDay(date string) string {
	day, err := strconv.Atoi(date[max(0, len(date)-2):])
	if err != nil {
		return ""
	}
	return fmt.Sprintf("2024-05-%d", day+1)
}

// flights are those that can be booked, by number. Without a destination they go anywhere.
func (s search) flights(origin, destination, date string) (found []DirectFlight, err error) {
	prefix := vocab.RouteKey(origin, destination)
	for route, err := range s.Routes(prefix) {
		if err != nil {
			return nil, err
		}
		if destination != "" && route.Key != prefix {
			continue
		}
		for id := range route.Value.Flights {
			f, err := s.flight(id, date)
			if err != nil {
				return nil, err
			}
			if f != nil && f.Origin == origin && (destination == "" || f.Destination == destination) {
				found = append(found, *f)
			}
		}
	}
	slices.SortFunc(found, func(a, b DirectFlight) int { return cmp.Compare(a.FlightNumber, b.FlightNumber) })
	return found, nil
}

// flight is that of an offer, if it is of the day and can be booked.
func (s search) flight(id vocab.FlightID, date string) (*DirectFlight, error) {
	if id.Date() != date {
		return nil, nil
	}
	f, err := s.Flight(id)
	if err != nil || f.Status != vocab.StatusAvailable {
		return nil, err
	}
	p := f.Public()
	return &DirectFlight{FlightNumber: p.FlightNumber, Origin: p.Origin, Destination: p.Destination, Status: p.Status,
		ScheduledDeparture: p.ScheduledDeparture, ScheduledArrival: p.ScheduledArrival, AvailableSeats: *p.AvailableSeats, Prices: *p.Prices}, nil
}
