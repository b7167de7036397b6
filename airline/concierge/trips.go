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
	disrupted bool             // a flight that has yet to leave is late, cancelled or diverted
	over      bool             // all flights have left
	leaves    time.Time        // when the next flight does
	concern   int              // index of the first disrupted flight, otherwise of the next flight
}

// staysRelevant is how long a flight that never left remains part of a trip.
const staysRelevant = 24 * time.Hour

// trips returns a customer's reservations: those with a disrupted flight first, then by departure, those that
// are over last. A cancelled one is included until its flights would be over.
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

		one, err := newTrip(t, r, now)
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

func newTrip(t live, r reservations.Reservation, now time.Time) (trip, error) {
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

// hasLeft reports whether a flight has left, or should have left long ago.
func hasLeft(f flights.Flight, s vocab.Segment, now time.Time) bool {
	switch {
	case !f.IsKnown():
		return s.Date < now.Format(time.DateOnly)
	case f.Status == vocab.StatusFlying || f.Status == vocab.StatusLanded:
		return true
	}
	return f.Departure.Add(staysRelevant).Before(now)
}

// openTrips returns the trips that can still be changed.
func (d desk) openTrips(t live) ([]trip, error) {
	all, err := trips(t, d.Key, d.Turn.Time)
	return slices.DeleteFunc(all, func(t trip) bool { return t.over || t.IsCancelled() }), err
}

// ownReservation returns a reservation of the customer. Without an id it is the only one that can be meant.
// Somebody else's does not exist, as far as the customer is told.
func (d desk) ownReservation(t live, id vocab.ReservationID) (reservations.Reservation, error) {
	if id != "" {
		return d.reservationByID(t, id)
	}
	all, err := d.openTrips(t)

	switch {
	case err != nil:
		return reservations.Reservation{}, err
	case len(all) == 0:
		return reservations.Reservation{}, errNoReservation
	case len(all) > 1:
		return reservations.Reservation{}, whichOne(all)
	}

	return all[0].Reservation, nil
}

func (d desk) reservationByID(t live, id vocab.ReservationID) (reservations.Reservation, error) {
	r, err := t.Reservation(vocab.ReservationID(strings.ToUpper(string(id))))
	if err == nil && !r.Exists() {
		r, err = t.Reservation(id)
	}

	if err == nil && (!r.Exists() || r.User != d.Key) {
		err = fmt.Errorf("the customer has no reservation %s", id)
	}
	return r, err
}

// whichOne returns an error that asks for the id of a reservation.
func whichOne(all []trip) error {
	var each []string
	for _, t := range all {
		each = append(each, fmt.Sprintf("%s (%s)", t.ID, itinerary(t.ReservationDetails)))
	}
	return fmt.Errorf("they have several reservations, %s: which is meant? Name its reservation_id, or ask",
		strings.Join(each, ", "))
}

// itinerary sums up the flights of a reservation.
func itinerary(d vocab.ReservationDetails) string {
	var each []string
	for _, s := range d.Flights {
		each = append(each, fmt.Sprintf("%s on %s from %s to %s", s.FlightNumber, s.Date, s.Origin,
			s.Destination))
	}
	return strings.Join(each, ", then ")
}

// reservationToMove returns the reservation that flights would change. Without an id it is the disrupted one
// on their route, or the only one.
func (d desk) reservationToMove(t live, id vocab.ReservationID,
	to []flight) (reservations.Reservation, error) {
	if id != "" || len(to) == 0 {
		return d.ownReservation(t, id)
	}

	all, err := d.openTrips(t)
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

	return d.ownReservation(t, "")
}
