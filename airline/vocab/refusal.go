package vocab

import "fmt"

// A Refusal is why a desk or a tool does not do what it was asked for. Nothing has changed then.
type Refusal struct {
	Code Code   `json:"code"`
	Text string `json:"text"` // for people
}

// Refuse makes a refusal.
func Refuse(code Code, format string, args ...any) *Refusal {
	return &Refusal{code, fmt.Sprintf(format, args...)}
}

// Error implements error. It returns the text.
func (r *Refusal) Error() string { return r.Text }

// A Code names a reason. Codes are short, and they last.
type Code string

// What every desk and every tool can refuse.
const (
	UserNotFound           Code = "user_not_found"
	ReservationNotFound    Code = "reservation_not_found"
	FlightNotFound         Code = "flight_not_found"
	FlightDateNotFound     Code = "flight_date_not_found"
	FlightNotAvailable     Code = "flight_not_available"
	NotEnoughSeats         Code = "not_enough_seats"
	PaymentMethodNotFound  Code = "payment_method_not_found"
	CertificateNotAllowed  Code = "certificate_not_allowed"
	GiftCardShort          Code = "gift_card_short"
	BalanceShort           Code = "balance_short"
	PaymentSumMismatch     Code = "payment_sum_mismatch"
	PassengerCountMismatch Code = "passenger_count_mismatch"
	BadExpression          Code = "bad_expression"
	TooManyReservations    Code = "too_many_reservations"
	TooManyCertificates    Code = "too_many_certificates"

	BadArguments Code = "arguments" // an argument is missing, or the tool does not take it
	BadSchema    Code = "schema"    // an argument has the wrong type, or is not one of the values to choose from
	UnknownTool  Code = "unknown_tool"
	BadFormula   Code = "python" // a formula that can't be computed

	PriceChanged Code = "price_changed" // more is due than the customer agreed to
	SeatTaken    Code = "seat_taken"    // or no seat of the kind is left
	Busy         Code = "busy"          // too many commands wait for this reservation
)

// What desks refuse that enforce the airline's policy.
const (
	NotYours           Code = "not_yours"
	AlreadyCancelled   Code = "already_cancelled"
	AlreadyFlown       Code = "already_flown"
	NotCancellable     Code = "not_cancellable"
	BasicEconomyFixed  Code = "basic_economy_fixed"
	RouteChanged       Code = "route_changed"
	TooManyPassengers  Code = "too_many_passengers"
	TooManyMethods     Code = "too_many_payment_methods"
	BagAllowance       Code = "bag_allowance"
	BagsRemoved        Code = "bags_removed"
	NoWaiver           Code = "no_waiver"
	NoCompensation     Code = "no_compensation"
	WrongCompensation  Code = "wrong_compensation"
	AlreadyCompensated Code = "already_compensated"
	ReservationNeeded  Code = "reservation_needed"
)
