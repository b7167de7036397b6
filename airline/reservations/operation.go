package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// An operation is what a command does. Its fields are the command's arguments.
type operation interface {
	// check returns which rule of the airline forbids the operation, as far as the row and the arguments
	// tell.
	check(Reservation, Work) *vocab.Refusal

	// requests returns the requests to flights whose replies the operation needs, and whether it needs to
	// know the user.
	requests(Reservation, Work) (seats []vocab.SeatRequest, needsUser bool)

	// decide returns what becomes of the reservation, or why nothing does. All requests have their replies.
	decide(Reservation, Work) (plan, *vocab.Refusal)
}

// An opener is an operation that makes a reservation. The reservation is pending until the operation is done.
type opener interface {
	user() vocab.CustomerID
	open(vocab.ReservationID, vocab.Order) vocab.ReservationDetails
}

// A plan is what becomes of a reservation, once the payment desk has granted what it needs.
type plan struct {
	vocab.ReservationDetails
	legs    []vocab.Leg
	pay     *vocab.PaymentRequest // nil if there is nothing to ask
	release []vocab.Leg           // given back to their flights
	reason  string                // that the reservation is compensated for
	result  any                   // of the command. Defaults to the reservation
	text    string                // for the customer
}

// operationOf reads the arguments of a command.
func operationOf(o vocab.Order) (operation, *vocab.Refusal) {
	switch o.Tool {
	case vocab.BookReservation:
		required := []string{
			"user_id", "origin", "destination", "flight_type", "cabin", "flights", "passengers",
			"payment_methods", "total_baggages", "nonfree_baggages", "insurance",
		}
		return readOperation(o, booking{}, required, "reservation_ids", "seats", "seat_preference")
	case vocab.UpdateFlights:
		required := []string{"reservation_id", "cabin", "flights"}
		if !o.Airline { // which pays nothing
			required = append(required, "payment_id")
		}
		optional := []string{"payment_id", "waiver", "replaces", "seats", "seat_preference"}
		return readOperation(o, FlightChange{}, required, optional...)
	case vocab.CancelReservation:
		return readOperation(o, Cancellation{}, []string{"reservation_id"}, "reason", "waiver")
	case vocab.UpdateBaggages:
		required := []string{"reservation_id", "total_baggages", "nonfree_baggages", "payment_id"}
		return readOperation(o, bagChange{}, required)
	case vocab.UpdatePassengers:
		return readOperation(o, passengerChange{}, []string{"reservation_id", "passengers"})
	case vocab.SendCertificate:
		return readOperation(o, compensation{}, vocab.CertificateRequired, vocab.CertificateOptional...)
	case vocab.EnterReservation:
		required := []string{"reservation_id", "flight", "cabin", "party", "user_id"}
		return readOperation(o, SoldElsewhere{}, required, "fare", "payment_id", "passengers")
	}

	return nil, vocab.Refuse(vocab.UnknownTool, "Tool '%s' not found.", o.Tool)
}

func readOperation[O operation](
	o vocab.Order, op O, required []string, optional ...string,
) (operation, *vocab.Refusal) {
	why := vocab.ReadArguments(o.Tool, o.Arguments, &op, required, optional)
	if why != nil {
		return nil, why
	}

	c, ok := any(op).(interface{ isComplete() bool })
	if ok && !c.isComplete() {
		const missing = "a flight without number or date, a passenger without name or dob, " +
			"or a payment without an id"
		return nil, vocab.Refuse(vocab.BadSchema, "%s: %s", o.Tool, missing)
	}

	return op, nil
}

// A FlightInfo names a flight.
type FlightInfo struct {
	FlightNumber string `json:"flight_number"`
	Date         string `json:"date"`
}

func (f FlightInfo) id() vocab.FlightID { return vocab.FlightKey(f.FlightNumber, f.Date) }

func allDated(all []FlightInfo) bool {
	return !slices.ContainsFunc(all, func(f FlightInfo) bool { return f.FlightNumber == "" || f.Date == "" })
}

func allNamed(all []vocab.Passenger) bool {
	return !slices.ContainsFunc(all, func(p vocab.Passenger) bool {
		return p.FirstName == "" || p.LastName == "" || p.Born == ""
	})
}

// A seatWish is which seats a party wants: on each flight the named ones, or else one of a kind.
type seatWish struct {
	Seats  map[vocab.FlightID][]string `json:"seats"`
	Prefer vocab.SeatKind              `json:"seat_preference"`
}

// request makes the request for a flight.
func (w seatWish) request(t vocab.SeatRequestType, f vocab.FlightID, c vocab.Cabin) vocab.SeatRequest {
	r := vocab.SeatRequest{Type: t, Flight: f, Cabin: c, Seats: w.Seats[f]}
	if len(r.Seats) == 0 {
		r.Prefer = w.Prefer
	}
	return r
}

// lookAtAll asks all flights of a reservation how they stand.
func lookAtAll(r Reservation) (seats []vocab.SeatRequest) {
	for _, s := range r.Flights {
		seats = append(seats, vocab.SeatRequest{Type: vocab.LookAtFlight, Flight: s.Flight(), Cabin: r.Cabin})
	}
	return seats
}

// itinerary returns the flights in a few words.
func itinerary(d vocab.ReservationDetails) (text string) {
	for i, s := range d.Flights {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s on %s from %s to %s", s.FlightNumber, s.Date, s.Origin, s.Destination)
	}
	return text
}

// paidText returns what was paid, or given back, in a few words.
func paidText(due vocab.Amount) string {
	switch {
	case due > 0:
		return fmt.Sprintf(": $%v paid", due)
	case due < 0:
		return fmt.Sprintf(": $%v given back", -due)
	}
	return ""
}
