package concierge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A flight is one that is asked for.
type flight struct {
	Number string `json:"flight_number"`
	Date   string `json:"date,omitempty" jsonschema:"YYYY-MM-DD"`

	origin, destination string
}

func (f flight) id() vocab.FlightID { return vocab.FlightKey(f.Number, f.Date) }

// routed adds where flights go from and to, by the timetable.
func routed(t live, wanted []flight) ([]flight, error) {
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

// whole is the list of flights that a reservation has once these have the place of those that go the same way. Dates that
// were left out are those of the flights whose place they take.
func (d desk) whole(t live, r reservations.Reservation, to []flight) (all []flight, err error) {
	i, j := 0, len(r.Flights)-1
	if len(to) == 0 {
		i, j = len(r.Flights), len(r.Flights)-1
	} else if from, until, ok := span(r.ReservationDetails, to); ok {
		i, j = from, until
	}
	for _, s := range r.Flights[:i] {
		all = append(all, flight{Number: s.FlightNumber, Date: s.Date})
	}
	date := r.Flights[min(i, len(r.Flights)-1)].Date
	for _, f := range to {
		if k := slices.IndexFunc(r.Flights, func(s vocab.Segment) bool { return samePlace(s.Origin, f.origin) }); k > i && k <= j {
			date = r.Flights[k].Date
		}
		if date = cmp.Or(f.Date, date); f.Date == "" {
			if f.Date, err = d.soonest(t, f.Number, date); err != nil {
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

// span is the part of a reservation whose place flights would take: from where they leave to where they arrive.
func span(d vocab.ReservationDetails, to []flight) (from, until int, ok bool) {
	from = slices.IndexFunc(d.Flights, func(s vocab.Segment) bool { return samePlace(s.Origin, to[0].origin) })
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

// samePlace: airports of one city are one place, as for the desks.
func samePlace(a, b string) bool { return vocab.RouteKey(a, "") == vocab.RouteKey(b, "") }

// days is on how many days, the first included, a flight is looked for.
const days = 4

// soonest is the first day from this one on when a flight can be taken; if there is none, this one.
func (d desk) soonest(t live, number, date string) (string, error) {
	for _, day := range from(date) {
		f, err := t.Flight(vocab.FlightKey(number, day))
		if err != nil {
			return "", err
		}
		if open(f) && f.Departure.After(d.Turn.Time) {
			return day, nil
		}
	}
	return date, nil
}

// open says whether a flight has yet to leave.
func open(f flights.Flight) bool {
	return f.Status == vocab.StatusAvailable || f.Status == vocab.StatusOnTime || f.Status == vocab.StatusDelayed
}
