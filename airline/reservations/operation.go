package reservations

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// An operation is what a command does, once its arguments have been read.
type operation interface {
	// forbids says by which of the airline's rules not, as far as row and arguments tell.
	check(Reservation, Work) *vocab.Refusal
	// asks says what must be known or held before it can be judged. who: who the user is.
	requests(Reservation, Work) (seats []vocab.SeatRequest, who bool)
	// judge says what becomes of the reservation, or why nothing does.
	decide(Reservation, Work) (plan, *vocab.Refusal)
}

// A plan is what becomes of a reservation once the payment desk has granted.
type plan struct {
	vocab.ReservationDetails
	legs    []vocab.Leg
	pay     *vocab.PaymentRequest
	release []vocab.Leg
	reason  string // compensated for
	result  any    // defaults to the reservation
	text    string // for the customer
}

// An opener is an operation that makes a reservation, which is pending until it is done.
type opener interface {
	user() vocab.CustomerID
	open(vocab.ReservationID, vocab.Order) vocab.ReservationDetails
}

// operation reads the arguments of a command for the reservation desk.
func operationOf(o vocab.Order) (operation, *vocab.Refusal) {
	switch o.Tool {
	case vocab.BookReservation:
		return reads(o, booking{}, []string{"user_id", "origin", "destination", "flight_type", "cabin", "flights", "passengers",
			"payment_methods", "total_baggages", "nonfree_baggages", "insurance"}, "reservation_ids", "seats", "seat_preference")
	case vocab.UpdateFlights:
		required := []string{"reservation_id", "cabin", "flights", "payment_id"}
		if o.Airline { // it pays nothing
			required = required[:3]
		}
		return reads(o, FlightChange{}, required, "payment_id", "waiver", "replaces", "seats", "seat_preference")
	case vocab.CancelReservation:
		return reads(o, Cancellation{}, []string{"reservation_id"}, "reason", "waiver")
	case vocab.UpdateBaggages:
		return reads(o, bagChange{}, []string{"reservation_id", "total_baggages", "nonfree_baggages", "payment_id"})
	case vocab.UpdatePassengers:
		return reads(o, passengerChange{}, []string{"reservation_id", "passengers"})
	case vocab.SendCertificate:
		return reads(o, compensation{}, vocab.CertificateRequired, vocab.CertificateOptional...)
	case vocab.EnterReservation:
		return reads(o, SoldElsewhere{}, []string{"reservation_id", "flight", "cabin", "party", "user_id"}, "fare", "payment_id", "passengers")
	}
	return nil, vocab.Refuse(vocab.UnknownTool, "Tool '%s' not found.", o.Tool)
}

func reads[O operation](o vocab.Order, op O, required []string, optional ...string) (operation, *vocab.Refusal) {
	if why := vocab.ReadArguments(o.Tool, o.Arguments, &op, required, optional); why != nil {
		return nil, why
	}
	if c, ok := any(op).(interface{ complete() bool }); ok && !c.complete() {
		return nil, vocab.Refuse(vocab.BadSchema, "%s: a flight without number or date, a passenger without name or dob, or a payment without an id", o.Tool)
	}
	return op, nil
}

func allNamed(all []vocab.Passenger) bool {
	return !slices.ContainsFunc(all, func(p vocab.Passenger) bool { return p.FirstName == "" || p.LastName == "" || p.Born == "" })
}

func allDated(all []FlightInfo) bool {
	return !slices.ContainsFunc(all, func(f FlightInfo) bool { return f.FlightNumber == "" || f.Date == "" })
}
