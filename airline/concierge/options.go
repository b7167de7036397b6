package concierge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// An option is a flight that a party can take.
type option struct {
	Number      string       `json:"flight_number"`
	Date        string       `json:"date"`
	Origin      string       `json:"origin"`
	Destination string       `json:"destination"`
	Departure   string       `json:"departure"`
	Arrival     string       `json:"arrival"`
	Cabin       vocab.Cabin  `json:"cabin"`
	Seats       int          `json:"seats"`
	Window      int          `json:"window_seats"`
	Aisle       int          `json:"aisle_seats"`
	Price       vocab.Amount `json:"price,omitempty"` // of one seat

	leaves, lands time.Time
}

// A query is what is looked for.
type query struct {
	from, to, date string
	cabin          vocab.Cabin
	party          int
	now            time.Time
	not            []vocab.FlightID // flights that the customer already has
}

// of fills in from a trip what the query leaves open: the route of its next flight, and if that is the route
// that is asked for, also day, cabin and party.
func (q query) of(one trip) query {
	s := one.Flights[one.concern]
	for _, other := range one.Flights {
		if samePlace(q.from, other.Origin) && samePlace(q.to, other.Destination) {
			s = other
		}
	}

	q.from = cmp.Or(q.from, s.Origin)
	q.to = cmp.Or(q.to, s.Destination)
	if !samePlace(q.from, s.Origin) || !samePlace(q.to, s.Destination) {
		return q
	}

	q.date = cmp.Or(q.date, s.Date)
	q.cabin = cmp.Or(q.cabin, one.Cabin)
	q.party = cmp.Or(q.party, one.Party())

	for _, s := range one.Flights {
		q.not = append(q.not, s.Flight())
	}

	return q
}

// maxOptions bounds how many options the model is shown.
const maxOptions = 6

// find returns what can be taken, the earliest departure first.
func (q query) find(t live) (found []option, err error) {
	rules, err := t.rules()
	if err != nil {
		return nil, err
	}

	closed := q.now.Add(time.Duration(rules.CutoffMinutes) * time.Minute)
	for route, err := range t.Routes(vocab.RouteKey(q.from, q.to)) {
		if err != nil {
			return nil, err
		}

		for id, o := range route.Value.Flights {
			if id.Date() != q.date || o.Departure.Before(closed) || o.Free.In(q.cabin) < q.party ||
				slices.Contains(q.not, id) {
				continue
			}

			f, err := t.Flight(id)
			if err != nil {
				return nil, err
			}

			if o := q.option(f); isOpen(f) && o.Seats >= q.party { // the route's row lags behind its flights
				found = append(found, o)
			}
		}
	}

	slices.SortFunc(found, func(a, b option) int {
		return cmp.Or(a.leaves.Compare(b.leaves), cmp.Compare(a.Number, b.Number))
	})

	return found, nil
}

func (q query) option(f flights.Flight) option {
	return option{
		Number:      f.FlightNumber,
		Date:        f.Date,
		Origin:      f.Origin,
		Destination: f.Destination,
		Departure:   clock(f.Departure, f.Date),
		Arrival:     clock(f.Arrival, f.Date),
		leaves:      f.Departure,
		lands:       f.Arrival,
		Cabin:       q.cabin,
		Price:       f.Prices.In(q.cabin),
		Seats:       len(f.FreeSeats(q.cabin, "")),
		Window:      len(f.FreeSeats(q.cabin, vocab.Window)),
		Aisle:       len(f.FreeSeats(q.cabin, vocab.Aisle)),
	}
}

// between keeps what leaves at or after one time of day and arrives before another; "" is any time.
func between(found []option, date, after, before string) (kept []option, err error) {
	for _, o := range found {
		var from, until time.Time
		if after != "" {
			if from, err = timeOfDay(date, after, o.leaves); err != nil {
				return nil, err
			}
		}

		if before != "" {
			if until, err = timeOfDay(date, before, o.lands); err != nil {
				return nil, err
			}
		}

		if !o.leaves.Before(from) && (before == "" || o.lands.Before(until)) {
			kept = append(kept, o)
		}
	}

	return kept, nil
}

// first returns the first few, as many as the model is shown.
func first[T any](found []T) []T { return found[:min(maxOptions, len(found))] }

// airport returns the code of an airport that is named by its code or by its city.
func airport(named string) string {
	code := strings.ToUpper(strings.TrimSpace(named))
	for _, a := range lookup.Airports {
		if strings.EqualFold(a.City, code) {
			return a.IATA
		}
	}
	return code
}

// A connection is two flights, one after the other.
type connection [2]option

// transfer is the time that it takes to change planes.
const transfer = 45 * time.Minute

func (q query) connections(t live, pairs [][2]lookup.DirectFlight) (found []connection, err error) {
	for _, p := range pairs {
		var c connection
		for i, leg := range p {
			f, err := t.Flight(vocab.FlightKey(leg.FlightNumber, *leg.Date))
			if err != nil {
				return nil, err
			}
			c[i] = q.option(f)
		}

		if min(c[0].Seats, c[1].Seats) >= q.party && c[0].leaves.After(q.now) &&
			!c[1].leaves.Before(c[0].lands.Add(transfer)) {
			found = append(found, c)
		}
	}

	slices.SortStableFunc(found, func(a, b connection) int { return a[1].lands.Compare(b[1].lands) })

	return found, nil
}

// missing returns an error that says what was looked for and not found, so that the model does not have to
// guess.
func (q query) missing() error {
	return fmt.Errorf("no flight from %s to %s on %s has %s free in %s", q.from, q.to, q.date,
		plural(q.party, "seat"), cabinName(q.cabin))
}
