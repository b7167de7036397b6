package vocab

import "time"

// A PaymentRequest asks the payment desk, in the row of a user. Seq rises by one with each request of a
// reservation, so that the row can tell a repeated request. Everything that a request asks for happens, or
// nothing does.
type PaymentRequest struct {
	Type        PaymentRequestType `json:"type"`
	User        CustomerID         `json:"user_id"`
	Reservation ReservationID      `json:"reservation_id"`
	Seq         int                `json:"seq"`
	Command     string             `json:"command,omitempty"` // the id of the command that needs the payment
	Payments    []Payment          `json:"payments,omitempty"`
	Total       Amount             `json:"total,omitempty"`     // what the payments for a booking must add up to
	Unchecked   bool               `json:"unchecked,omitempty"` // see Conduct
	IDs         []string           `json:"ids,omitempty"`       // to try for a new certificate
	Time        time.Time          `json:"time"`
}

// A PaymentRequestType says what a request wants.
type PaymentRequestType string

// What a request can want. WhoIsUser asks who the user is. PayBooking pays for a booking. PayChange pays the
// difference of a change, or gives a negative one back. RefundPayments gives money back to what it was paid
// with. GrantCertificate makes a certificate. EnrolReservation adds a reservation that was paid elsewhere.
const (
	WhoIsUser        PaymentRequestType = "who-is"
	PayBooking       PaymentRequestType = "pay"
	PayChange        PaymentRequestType = "pay-change"
	RefundPayments   PaymentRequestType = "refund"
	GrantCertificate PaymentRequestType = "grant"
	EnrolReservation PaymentRequestType = "enrol"
)

// A PaymentReply is the payment desk's answer, which is final.
type PaymentReply struct {
	PaymentRequest
	Refused     *Refusal `json:"refused,omitempty"`
	Membership  string   `json:"membership,omitempty"`
	Certificate string   `json:"certificate,omitempty"` // the id of the one that was granted
}
