package concierge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A trip is a reservation of the customer, and how it stands now.
type trip struct {
	reservations.Reservation
	flights   []flights.Flight // their rows, in order
	disrupted bool             // one that has yet to leave is late, cancelled or diverted
	over      bool             // all of them have left
	leaves    time.Time        // the next of them
	concern   int              // the index of the first that is disrupted, else of the next
}

// lingers is how long a flight that never left is still somebody's concern.
const lingers = 24 * time.Hour

// trips are a customer's reservations: those with a disrupted flight first, then by when they leave next, those that are
// over last. A cancelled one is among them while its flights are not over.
func trips(t live, id vocab.CustomerID, now time.Time) (all []trip, err error) {
	u, err := t.User(id)
	if err != nil {
		return nil, err
	}
	for _, rid := range u.Reservations {
		r, err := t.Reservation(rid)
		if err != nil {
			return nil, err
		}
		if !r.Exists() || len(r.Flights) == 0 {
			continue
		}
		one, err := standing(t, r, now)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b trip) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), a.leaves.Compare(b.leaves))
	})
	return all, nil
}

func (t trip) rank() int {
	switch {
	case t.over:
		return 3
	case t.IsCancelled():
		return 2
	case !t.disrupted:
		return 1
	}
	return 0
}

func standing(t live, r reservations.Reservation, now time.Time) (trip, error) {
	one := trip{Reservation: r, over: true}
	for i, s := range r.Flights {
		f, err := t.Flight(s.Flight())
		if err != nil {
			return trip{}, err
		}
		one.flights = append(one.flights, f)
		if hasLeft(f, s, now) {
			continue
		}
		if one.over {
			one.over, one.leaves, one.concern = false, f.ScheduledDeparture, i
		}
		if f.Severity != "" && !one.disrupted {
			one.disrupted, one.concern = true, i
		}
	}
	return one, nil
}

// hasLeft says whether a flight of a reservation is behind them: it has left, or should have long ago.
func hasLeft(f flights.Flight, s vocab.Segment, now time.Time) bool {
	switch {
	case !f.IsKnown():
		return s.Date < now.Format(time.DateOnly)
	case f.Status == vocab.StatusFlying || f.Status == vocab.StatusLanded:
		return true
	}
	return f.Departure.Add(lingers).Before(now)
}

// ahead are the trips that can still be changed.
func (d desk) ahead(t live) ([]trip, error) {
	all, err := trips(t, d.Key, d.Turn.Time)
	return slices.DeleteFunc(all, func(t trip) bool { return t.over || t.IsCancelled() }), err
}

// own is a reservation of the customer: the one named, or else the only one that can be meant. Somebody else's is as if
// it weren't there.
func (d desk) own(t live, id vocab.ReservationID) (reservations.Reservation, error) {
	if id != "" {
		return d.named(t, id)
	}
	all, err := d.ahead(t)
	switch {
	case err != nil:
		return reservations.Reservation{}, err
	case len(all) == 0:
		return reservations.Reservation{}, errNobody
	case len(all) > 1:
		return reservations.Reservation{}, whichOne(all)
	}
	return all[0].Reservation, nil
}

func (d desk) named(t live, id vocab.ReservationID) (reservations.Reservation, error) {
	r, err := t.Reservation(vocab.ReservationID(strings.ToUpper(string(id))))
	if err == nil && !r.Exists() {
		r, err = t.Reservation(id)
	}
	if err == nil && (!r.Exists() || r.User != d.Key) {
		err = fmt.Errorf("the customer has no reservation %s", id)
	}
	return r, err
}

// whichOne asks for the name of a reservation.
func whichOne(all []trip) error {
	var each []string
	for _, t := range all {
		each = append(each, fmt.Sprintf("%s (%s)", t.ID, itinerary(t.ReservationDetails)))
	}
	return fmt.Errorf("they have several reservations, %s: which is meant? Name its reservation_id, or ask", strings.Join(each, ", "))
}

// itinerary is the flights of a reservation in a few words.
func itinerary(d vocab.ReservationDetails) string {
	var each []string
	for _, s := range d.Flights {
		each = append(each, fmt.Sprintf("%s on %s from %s to %s", s.FlightNumber, s.Date, s.Origin, s.Destination))
	}
	return strings.Join(each, ", then ")
}

// moving is the reservation that flights would change: the one named, else the one that has these, or goes their way.
func (d desk) moving(t live, id vocab.ReservationID, to []flight) (reservations.Reservation, error) {
	if id != "" || len(to) == 0 {
		return d.own(t, id)
	}
	all, err := d.ahead(t)
	if err != nil {
		return reservations.Reservation{}, err
	}
	var fit []trip
	for _, one := range all {
		if _, _, ok := span(one.ReservationDetails, to); ok {
			fit = append(fit, one)
		}
	}
	late := slices.DeleteFunc(slices.Clone(fit), func(t trip) bool { return !t.disrupted })
	switch {
	case len(late) == 1:
		return late[0].Reservation, nil
	case len(fit) == 1:
		return fit[0].Reservation, nil
	}
	return d.own(t, "")
}
