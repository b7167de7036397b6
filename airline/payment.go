package airline

import (
	"maps"
	"slices"
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
	Total       Amount             `json:"total,omitempty"` // what payments for a booking must add up to
	Tau2        bool               `json:"tau2,omitempty"`  // no policy is enforced
	IDs         []string           `json:"ids,omitempty"`   // to be tried for a certificate
	Time        time.Time          `json:"time"`
}

// A PaymentRequestType says what is asked of the payment desk.
type PaymentRequestType string

// WhoIs asks who the user is. Pay pays for a booking, PayChange for a change or gives a negative amount back, Refund gives
// back to whatever was paid with, Grant makes a certificate, and Enrol adds a reservation that was paid elsewhere.
const (
	WhoIs     PaymentRequestType = "who-is"
	Pay       PaymentRequestType = "pay"
	PayChange PaymentRequestType = "pay-change"
	Refund    PaymentRequestType = "refund"
	Grant     PaymentRequestType = "grant"
	Enrol     PaymentRequestType = "enrol"
)

// A PaymentReply is the payment desk's word, which is final.
type PaymentReply struct {
	PaymentRequest
	Refused     *Refusal `json:"refused,omitempty"`
	Membership  string   `json:"membership,omitempty"`
	Certificate string   `json:"certificate,omitempty"` // the id of the one that was granted
}

// withRequest is the payment desk. A request that is not newer than the last one of its reservation is repeated, and
// changes nothing.
func (u User) withRequest(r PaymentRequest) (User, []PaymentReply) {
	if r.Seq <= u.Paid[r.Reservation] {
		return u, nil
	}
	n, reply := u.take(r)
	if reply.Refused != nil {
		n = u
	}
	n.Paid = with(n.Paid, r.Reservation, r.Seq)
	reply.Membership = n.Membership
	return n, []PaymentReply{reply}
}

func (u User) take(r PaymentRequest) (User, PaymentReply) {
	reply := PaymentReply{PaymentRequest: r}
	if !u.Exists() && r.Type != Enrol {
		reply.Refused = unknownUser(r.User)
		return u, reply
	}
	switch r.Type {
	case Pay:
		u, reply.Refused = u.pay(r)
	case PayChange:
		u, reply.Refused = u.payChange(r.Payments[0])
	case Refund:
		u = u.refund(r.Payments)
	case Grant:
		u, reply.Certificate, reply.Refused = u.grant(r.IDs, r.Payments[0].Amount)
	case Enrol:
		u = u.enrolled(r.User, r.Reservation)
		u.Entered = append(slices.Clip(u.Entered), r.Reservation)
	}
	return u, reply
}

func unknownUser(id CustomerID) *Refusal { return refuse(UserNotFound, "User %s not found", id) }

// pay takes the money for a booking, from several methods together.
func (u User) pay(r PaymentRequest) (User, *Refusal) {
	n, sum := u, Amount(0)
	for _, p := range r.Payments {
		m, ok := u.PaymentMethods[p.ID]
		switch {
		case !ok:
			return u, refuse(PaymentMethodNotFound, "Payment method %s not found", p.ID)
		case m.Amount != nil && (m.left() < p.Amount || !r.Tau2 && n.PaymentMethods[p.ID].left() < p.Amount):
			return u, refuse(BalanceShort, "Not enough balance in payment method %s", p.ID)
		}
		n, sum = n.spent(p), sum+p.Amount
	}
	if sum != r.Total {
		return u, refuse(PaymentSumMismatch, "Payment amount does not add up, total price is %v, but paid %v", r.Total, sum)
	}
	if !r.Tau2 {
		if why := u.mayCombine(r.Payments); why != nil {
			return u, why
		}
	}
	return n.enrolled(u.ID, r.Reservation), nil
}

// spent takes money from a gift card, or a certificate as a whole. Credit cards are charged elsewhere.
func (u User) spent(p Payment) User {
	m := u.PaymentMethods[p.ID]
	switch m.Source {
	case GiftCard:
		return u.withBalance(p.ID, m.left()-p.Amount)
	case Certificate:
		u.PaymentMethods = maps.Clone(u.PaymentMethods)
		delete(u.PaymentMethods, p.ID)
	}
	return u
}

func (u User) withBalance(id string, a Amount) User {
	m := u.PaymentMethods[id]
	m.Amount = &a
	u.PaymentMethods = with(u.PaymentMethods, id, m)
	return u
}

func (m PaymentMethod) left() Amount {
	if m.Amount == nil {
		return 0
	}
	return *m.Amount
}

// payChange takes the difference that a change costs, or gives it back.
func (u User) payChange(p Payment) (User, *Refusal) {
	m, ok := u.PaymentMethods[p.ID]
	switch {
	case !ok:
		return u, refuse(PaymentMethodNotFound, "Payment method not found")
	case m.Source == Certificate:
		return u, refuse(CertificateNotAllowed, "Certificate cannot be used to update reservation")
	case m.Source == GiftCard && m.left() < p.Amount:
		return u, refuse(GiftCardShort, "Gift card balance is not enough")
	}
	return u.spent(p), nil
}

// refund gives money back to what it was paid with. A certificate that was used up comes back, worth what was used of it;
// to credit cards, and to what is no method of theirs any more, the money goes outside of this row.
func (u User) refund(payments []Payment) User {
	for _, p := range payments {
		m, ok := u.PaymentMethods[p.ID]
		switch {
		case ok && m.Source == CreditCard:
		case ok:
			u = u.withBalance(p.ID, m.left()-p.Amount)
		case sourceOf(p.ID) != CreditCard && sourceOf(p.ID) != "":
			u.PaymentMethods = with(u.PaymentMethods, p.ID, PaymentMethod{Source: sourceOf(p.ID), ID: p.ID})
			u = u.withBalance(p.ID, -p.Amount)
		}
	}
	return u
}

// sourceOf tells the kind of a method by its id, as in certificate_4856383.
func sourceOf(id string) Source {
	for _, s := range []Source{CreditCard, GiftCard, Certificate} {
		if len(id) > len(s) && id[:len(s)] == string(s) {
			return s
		}
	}
	return ""
}

// grant makes a certificate, under the first of the ids that is free.
func (u User) grant(ids []string, a Amount) (User, string, *Refusal) {
	for _, id := range ids {
		if _, taken := u.PaymentMethods[id]; !taken {
			u.PaymentMethods = with(u.PaymentMethods, id, PaymentMethod{Source: Certificate, ID: id, Amount: &a})
			return u, id, nil
		}
	}
	return u, "", refuse(TooManyCertificates, "Too many certificates")
}

func (u User) enrolled(id CustomerID, r ReservationID) User {
	u.ID = id
	if !slices.Contains(u.Reservations, r) {
		u.Reservations = append(slices.Clip(u.Reservations), r)
	}
	return u
}
