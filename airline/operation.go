package airline

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
)

// operation reads the arguments of a command for the reservation desk.
func (o Order) operation() (operation, *Refusal) {
	switch o.Tool {
	case BookReservation:
		return reads(o, booking{}, "user_id", "origin", "destination", "flight_type", "cabin", "flights", "passengers",
			"payment_methods", "total_baggages", "nonfree_baggages", "insurance")
	case UpdateFlights:
		if o.Airline {
			return reads(o, change{}, "reservation_id", "cabin", "flights")
		}
		return reads(o, change{}, "reservation_id", "cabin", "flights", "payment_id")
	case CancelReservation:
		return reads(o, cancelling{}, "reservation_id")
	case UpdateBaggages:
		return reads(o, baggages{}, "reservation_id", "total_baggages", "nonfree_baggages", "payment_id")
	case UpdatePassengers:
		return reads(o, passengers{}, "reservation_id", "passengers")
	case SendCertificate:
		return reads(o, compensation{}, "user_id", "amount")
	case enterReservation:
		return reads(o, entry{})
	}
	return nil, refuse(UnknownTool, "Tool '%s' not found.", o.Tool)
}

func reads[O operation](o Order, op O, required ...string) (operation, *Refusal) {
	if why := read(o.Tool, o.Arguments, &op, required...); why != nil {
		return nil, why
	}
	return op, nil
}

// about is the reservation that a command is for; of a new one, the id to be tried.
func (o Order) about() ReservationID {
	var a struct {
		ID  ReservationID   `json:"reservation_id"`
		IDs []ReservationID `json:"reservation_ids"`
	}
	_ = json.Unmarshal(o.Arguments, &a) // what can't be read has no reservation
	if o.Tool == BookReservation {
		ids := newIDs(o, a.IDs)
		return ids[min(o.Try, len(ids)-1)]
	}
	return a.ID
}

// staff says whether the command is from one of our people, who act for any customer.
func (o Order) staff() bool {
	return len(o.Caller) > len(staffPrefix) && o.Caller[:len(staffPrefix)] == staffPrefix
}

// staffPrefix begins the keys under which people of the airline send commands.
const staffPrefix = "staff/"

// tries is how many ids are tried for what is new, if the command names none.
const tries = 3

// newIDs are those that a command names, or else three made of its own id.
func newIDs(o Order, named []ReservationID) []ReservationID {
	if len(named) > 0 {
		return named
	}
	for try := range tries {
		named = append(named, ReservationID(locator(o.ID, try)))
	}
	return named
}

// newCertificates are likewise ids of certificates.
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
