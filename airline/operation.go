package airline

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
)

// operation reads the arguments of a command for the reservation desk: those of tau2-bench, and then our own.
func (o Order) operation() (operation, *Refusal) {
	switch o.Tool {
	case BookReservation:
		return reads(o, booking{}, []string{"user_id", "origin", "destination", "flight_type", "cabin", "flights", "passengers",
			"payment_methods", "total_baggages", "nonfree_baggages", "insurance"}, "reservation_ids", "seats", "seat_preference")
	case UpdateFlights:
		required := []string{"reservation_id", "cabin", "flights", "payment_id"}
		if o.Airline { // it pays nothing
			required = required[:3]
		}
		return reads(o, change{}, required, "payment_id", "waiver", "replaces", "seats", "seat_preference")
	case CancelReservation:
		return reads(o, cancelling{}, []string{"reservation_id"}, "reason", "waiver")
	case UpdateBaggages:
		return reads(o, baggages{}, []string{"reservation_id", "total_baggages", "nonfree_baggages", "payment_id"})
	case UpdatePassengers:
		return reads(o, passengers{}, []string{"reservation_id", "passengers"})
	case SendCertificate:
		return reads(o, compensation{}, []string{"user_id", "amount"}, "reservation_id", "reason", "certificate_ids")
	case enterReservation:
		return reads(o, entry{}, []string{"reservation_id", "flight", "cabin", "party", "user_id"}, "fare", "payment_id", "passengers")
	}
	return nil, refuse(UnknownTool, "Tool '%s' not found.", o.Tool)
}

func reads[O operation](o Order, op O, required []string, optional ...string) (operation, *Refusal) {
	if why := read(o.Tool, o.Arguments, &op, required, optional); why != nil {
		return nil, why
	}
	if c, ok := any(op).(interface{ complete() bool }); ok && !c.complete() {
		return nil, refuse(BadSchema, "%s: a flight without number or date, a passenger without name or dob, or a payment without an id", o.Tool)
	}
	return op, nil
}

func allNamed(all []Passenger) bool {
	return !slices.ContainsFunc(all, func(p Passenger) bool { return p.FirstName == "" || p.LastName == "" || p.Born == "" })
}

func allDated(all []flightInfo) bool {
	return !slices.ContainsFunc(all, func(f flightInfo) bool { return f.FlightNumber == "" || f.Date == "" })
}

// about is the reservation that a command is for; of a new one, the id to be tried.
func (o Order) about() ReservationID {
	if ids := o.ids(); o.Tool == BookReservation {
		return ids[min(o.Try, len(ids)-1)]
	}
	var a struct {
		ID ReservationID `json:"reservation_id"`
	}
	_ = json.Unmarshal(o.Arguments, &a) // what can't be read has no reservation
	return a.ID
}

// ids are those to be tried for a new reservation: that the command names, or else three made of its own id.
func (o Order) ids() []ReservationID {
	var a struct {
		IDs []ReservationID `json:"reservation_ids"`
	}
	_ = json.Unmarshal(o.Arguments, &a)
	if len(a.IDs) > 0 {
		return a.IDs
	}
	for try := range tries {
		a.IDs = append(a.IDs, ReservationID(locator(o.ID, try)))
	}
	return a.IDs
}

// staff says whether the command is from one of our people, who act for any customer.
func (o Order) staff() bool {
	return len(o.Caller) > len(staffPrefix) && o.Caller[:len(staffPrefix)] == staffPrefix
}

// staffPrefix begins the keys under which people of the airline send commands.
const staffPrefix = "staff/"

// tries is how many ids are tried for what is new, if the command names none.
const tries = 3

// newCertificates are likewise ids of a certificate.
func newCertificates(o Order, named []string) []string {
	if len(named) > 0 {
		return named
	}
	for try := range tries {
		named = append(named, "certificate_"+fmt.Sprint(1_000_000+hash64(o.ID, try)%9_000_000))
	}
	return named
}

// locator is the id of a reservation as airlines make them: six letters and digits that are not mistaken.
func locator(id string, try int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	n, b := hash64(id, try), make([]byte, 6)
	for i := range b {
		b[i] = letters[n%32]
		n /= 32
	}
	return string(b)
}

func hash64(id string, try int) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s", try, id)
	return h.Sum64()
}
