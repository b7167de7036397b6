package concierge

import (
	"cmp"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline"
)

// An option is a flight that a party can take.
type option struct {
	Number      string         `json:"flight_number"`
	Date        string         `json:"date"`
	Origin      string         `json:"origin"`
	Destination string         `json:"destination"`
	Departure   string         `json:"departure"`
	Arrival     string         `json:"arrival"`
	Cabin       airline.Cabin  `json:"cabin"`
	Seats       int            `json:"seats"`
	Window      int            `json:"window_seats"`
	Aisle       int            `json:"aisle_seats"`
	Price       airline.Amount `json:"price,omitempty"` // of one seat

	leaves time.Time
}

// query is what is looked for.
type query struct {
	from, to, date string
	cabin          airline.Cabin
	party          int
	now            time.Time
	not            []airline.FlightID // flights that they have
}

// of fills in what a reservation says, where nothing else was asked.
func (q query) of(r airline.Reservation) query {
	s := r.Flights[0]
	if q.from == "" || q.to == "" {
		q.from, q.to = s.Origin, s.Destination
	}
	q.date = cmp.Or(q.date, s.Date)
	q.cabin, q.party = r.Cabin, r.Party()
	for _, s := range r.Flights {
		q.not = append(q.not, s.Flight())
	}
	return q
}

// maxOptions bounds what a model is shown.
const maxOptions = 6

// find is what can be taken, the earliest arrival first.
func (q query) find(t live) (found []option, err error) {
	for _, offers := range t.Routes(airline.RouteKey(q.from, q.to)) {
		for id, o := range offers.Flights {
			if id.Date() != q.date || o.Departure.Before(q.now) || o.Free.In(q.cabin) < q.party || slices.Contains(q.not, id) {
				continue
			}
			f, err := t.Flight(id)
			if err != nil {
				return nil, err
			}
			found = append(found, q.option(f))
		}
	}
	slices.SortFunc(found, func(a, b option) int { return cmp.Or(a.leaves.Compare(b.leaves), cmp.Compare(a.Number, b.Number)) })
	return found[:min(maxOptions, len(found))], nil
}

func (q query) option(f airline.Flight) option {
	return option{Number: f.FlightNumber, Date: f.Date, Origin: f.Origin, Destination: f.Destination,
		Departure: clock(f.Departure), Arrival: clock(f.Arrival), Cabin: q.cabin, Price: f.Prices.In(q.cabin), leaves: f.Departure,
		Seats: len(f.FreeSeats(q.cabin, "")), Window: len(f.FreeSeats(q.cabin, airline.Window)), Aisle: len(f.FreeSeats(q.cabin, airline.Aisle))}
}
