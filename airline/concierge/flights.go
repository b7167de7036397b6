package concierge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A flight is one that the model asks for.
type flight struct {
	Number string `json:"flight_number"`
	Date   string `json:"date,omitempty" jsonschema:"YYYY-MM-DD"`

	origin, destination string // by the timetable
}

func (f flight) id() vocab.FlightID { return vocab.FlightKey(f.Number, f.Date) }

// withRoutes fills in origin and destination from the timetable.
func withRoutes(t live, wanted []flight) ([]flight, error) {
	out := slices.Clone(wanted)
	for i, f := range out {
		f.Number = strings.ToUpper(strings.ReplaceAll(f.Number, " ", ""))

		row, err := t.Timetable(vocab.FlightNumber(f.Number))
		if err != nil {
			return nil, err
		}
		f.origin, f.destination = row.Origin, row.Destination
		out[i] = f
	}

	return out, nil
}

// newFlights returns all flights of a reservation once some have replaced those that go the same way. A date
// that was left out is that of the flight which is replaced.
func (d desk) newFlights(t live, r reservations.Reservation, to []flight) (all []flight, err error) {
	i, j := 0, len(r.Flights)-1 // the first and the last that are replaced
	if len(to) == 0 {
		i = len(r.Flights)
	} else if from, until, ok := span(r.ReservationDetails, to); ok {
		i, j = from, until
	}

	for _, s := range r.Flights[:i] {
		all = append(all, flight{Number: s.FlightNumber, Date: s.Date})
	}

	date := r.Flights[min(i, len(r.Flights)-1)].Date
	for _, f := range to {
		k := slices.IndexFunc(r.Flights, func(s vocab.Segment) bool { return samePlace(s.Origin, f.origin) })
		if i < k && k <= j {
			date = r.Flights[k].Date
		}

		if date = cmp.Or(f.Date, date); f.Date == "" {
			if f.Date, err = d.firstDay(t, f.Number, date); err != nil {
				return nil, err
			}
		}
		all = append(all, f)
	}

	for _, s := range r.Flights[j+1:] {
		all = append(all, flight{Number: s.FlightNumber, Date: s.Date})
	}

	return all, nil
}

// span returns the part of a reservation that flights would replace: from where they leave to where they
// arrive.
func span(d vocab.ReservationDetails, to []flight) (from, until int, ok bool) {
	from = slices.IndexFunc(d.Flights, func(s vocab.Segment) bool {
		return samePlace(s.Origin, to[0].origin)
	})
	if from < 0 {
		return 0, 0, false
	}

	for until = len(d.Flights) - 1; until >= from; until-- {
		if samePlace(d.Flights[until].Destination, to[len(to)-1].destination) {
			return from, until, true
		}
	}

	return 0, 0, false
}

// samePlace reports whether two airports are in the same city, as the desks see it.
func samePlace(a, b string) bool { return vocab.RouteKey(a, "") == vocab.RouteKey(b, "") }

// days is the number of days, the first included, on which a flight is looked for.
const days = 4

// firstDay returns the first day, beginning with date, on which a flight can be taken. It defaults to date.
func (d desk) firstDay(t live, number, date string) (string, error) {
	for _, day := range daysFrom(date) {
		f, err := t.Flight(vocab.FlightKey(number, day))
		if err != nil {
			return "", err
		}

		if isOpen(f) && f.Departure.After(d.Turn.Time) {
			return day, nil
		}
	}

	return date, nil
}

// isOpen reports whether a flight has yet to leave.
func isOpen(f flights.Flight) bool {
	return f.Status == vocab.StatusAvailable || f.Status == vocab.StatusOnTime ||
		f.Status == vocab.StatusDelayed
}
