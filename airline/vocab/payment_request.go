package vocab

import (
	"time"
)

// A PaymentRequest asks the payment desk, in the row of a user. Seq rises by one with each request of a reservation: a
// repeated one is known by it. All that it asks for happens, or nothing.
type PaymentRequest struct {
	Type        PaymentRequestType `json:"type"`
	User        CustomerID         `json:"user_id"`
	Reservation ReservationID      `json:"reservation_id"`
	Seq         int                `json:"seq"`
	Command     string             `json:"command,omitempty"` // that it is for
	Payments    []Payment          `json:"payments,omitempty"`
	Total       Amount             `json:"total,omitempty"`     // what payments for a booking must add up to
	Unchecked   bool               `json:"unchecked,omitempty"` // the policy is left to whoever sends commands
	IDs         []string           `json:"ids,omitempty"`       // to be tried for a certificate
	Time        time.Time          `json:"time"`
}

// A PaymentRequestType says what is asked of the payment desk.
type PaymentRequestType string

// WhoIs asks who the user is. Pay pays for a booking, PayChange for a change or gives a negative amount back, Refund gives
// back to whatever was paid with, Grant makes a certificate, and Enrol adds a reservation that was paid elsewhere.
const (
	WhoIsUser        PaymentRequestType = "who-is"
	PayBooking       PaymentRequestType = "pay"
	PayChange        PaymentRequestType = "pay-change"
	RefundPayments   PaymentRequestType = "refund"
	GrantCertificate PaymentRequestType = "grant"
	EnrolReservation PaymentRequestType = "enrol"
)

// A PaymentReply is the payment desk's word, which is final.
type PaymentReply struct {
	PaymentRequest
	Refused     *Refusal `json:"refused,omitempty"`
	Membership  string   `json:"membership,omitempty"`
	Certificate string   `json:"certificate,omitempty"` // the id of the one that was granted
}
