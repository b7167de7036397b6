package payments

import (
	"maps"
	"slices"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// withRequest is the payment desk. A request that is not newer than the last one of its reservation is repeated, and
// changes nothing.
func (u User) OnRequest(r vocab.PaymentRequest) (User, []vocab.PaymentReply) {
	if r.Seq <= u.Paid[r.Reservation] {
		return u, nil
	}
	n, reply := u.take(r)
	if reply.Refused != nil {
		n = u
	}
	n.Paid = cow.With(n.Paid, r.Reservation, r.Seq)
	reply.Membership = n.Membership
	return n, []vocab.PaymentReply{reply}
}

func (u User) take(r vocab.PaymentRequest) (User, vocab.PaymentReply) {
	reply := vocab.PaymentReply{PaymentRequest: r}
	if !u.Exists() && r.Type != vocab.EnrolReservation {
		reply.Refused = UnknownUser(r.User)
		return u, reply
	}
	switch r.Type {
	case vocab.PayBooking:
		u, reply.Refused = u.pay(r)
	case vocab.PayChange:
		u, reply.Refused = u.payChange(r.Payments[0])
	case vocab.RefundPayments:
		u = u.refund(r.Payments)
	case vocab.GrantCertificate:
		u, reply.Certificate, reply.Refused = u.grant(r.IDs, r.Payments[0].Amount)
	case vocab.EnrolReservation:
		u = u.enrolled(r.User, r.Reservation)
		u.Entered = append(slices.Clip(u.Entered), r.Reservation)
	}
	return u, reply
}

// pay takes the money for a booking, from several methods together.
func (u User) pay(r vocab.PaymentRequest) (User, *vocab.Refusal) {
	n, sum := u, vocab.Amount(0)
	for _, p := range r.Payments {
		m, ok := u.PaymentMethods[p.ID]
		switch {
		case !ok:
			return u, vocab.Refuse(vocab.PaymentMethodNotFound, "Payment method %s not found", p.ID)
		case m.Amount != nil && (m.Left() < p.Amount || !r.Unchecked && n.PaymentMethods[p.ID].Left() < p.Amount):
			return u, vocab.Refuse(vocab.BalanceShort, "Not enough balance in payment method %s", p.ID)
		}
		n, sum = n.spent(p), sum+p.Amount
	}
	if sum != r.Total {
		return u, vocab.Refuse(vocab.PaymentSumMismatch, "Payment amount does not add up, total price is %v, but paid %v", r.Total, sum)
	}
	if !r.Unchecked {
		if why := u.checkMethods(r.Payments); why != nil {
			return u, why
		}
	}
	return n.enrolled(u.ID, r.Reservation), nil
}

// mayCombine: at most one certificate, one credit card and three gift cards pay for a booking.
func (u User) checkMethods(payments []vocab.Payment) *vocab.Refusal {
	n := map[vocab.Source]int{}
	for _, p := range payments {
		if p.Amount <= 0 {
			return vocab.Refuse(vocab.BadSchema, "A payment of %v", p.Amount)
		}
		n[u.PaymentMethods[p.ID].Source]++
	}
	if n[vocab.Certificate] > 1 || n[vocab.CreditCard] > 1 || n[vocab.GiftCard] > 3 {
		return vocab.Refuse(vocab.TooManyMethods, "At most one certificate, one credit card and three gift cards can pay for a booking")
	}
	return nil
}

// spent takes money from a gift card, or a certificate as a whole. Credit cards are charged elsewhere.
func (u User) spent(p vocab.Payment) User {
	m := u.PaymentMethods[p.ID]
	switch m.Source {
	case vocab.GiftCard:
		return u.withBalance(p.ID, m.Left()-p.Amount)
	case vocab.Certificate:
		u.PaymentMethods = maps.Clone(u.PaymentMethods)
		delete(u.PaymentMethods, p.ID)
	}
	return u
}

func (u User) withBalance(id string, a vocab.Amount) User {
	m := u.PaymentMethods[id]
	m.Amount = &a
	u.PaymentMethods = cow.With(u.PaymentMethods, id, m)
	return u
}

// payChange takes the difference that a change costs, or gives it back.
func (u User) payChange(p vocab.Payment) (User, *vocab.Refusal) {
	m, ok := u.PaymentMethods[p.ID]
	switch {
	case !ok:
		return u, vocab.Refuse(vocab.PaymentMethodNotFound, "Payment method not found")
	case m.Source == vocab.Certificate:
		return u, vocab.Refuse(vocab.CertificateNotAllowed, "Certificate cannot be used to update reservation")
	case m.Source == vocab.GiftCard && m.Left() < p.Amount:
		return u, vocab.Refuse(vocab.GiftCardShort, "Gift card balance is not enough")
	}
	return u.spent(p), nil
}

// refund gives money back to what it was paid with. A certificate that was used up comes back, worth what was used of it;
// to credit cards, and to what is no method of theirs any more, the money goes outside of this row.
func (u User) refund(payments []vocab.Payment) User {
	for _, p := range payments {
		m, ok := u.PaymentMethods[p.ID]
		switch {
		case ok && m.Source == vocab.CreditCard:
		case ok:
			u = u.withBalance(p.ID, m.Left()-p.Amount)
		case sourceOf(p.ID) != vocab.CreditCard && sourceOf(p.ID) != "":
			u.PaymentMethods = cow.With(u.PaymentMethods, p.ID, vocab.PaymentMethod{Source: sourceOf(p.ID), ID: p.ID})
			u = u.withBalance(p.ID, -p.Amount)
		}
	}
	return u
}

// sourceOf tells the kind of a method by its id, as in certificate_4856383.
func sourceOf(id string) vocab.Source {
	for _, s := range []vocab.Source{vocab.CreditCard, vocab.GiftCard, vocab.Certificate} {
		if len(id) > len(s) && id[:len(s)] == string(s) {
			return s
		}
	}
	return ""
}

// grant makes a certificate, under the first of the ids that is free.
func (u User) grant(ids []string, a vocab.Amount) (User, string, *vocab.Refusal) {
	for _, id := range ids {
		if _, taken := u.PaymentMethods[id]; !taken {
			u.PaymentMethods = cow.With(u.PaymentMethods, id, vocab.PaymentMethod{Source: vocab.Certificate, ID: id, Amount: &a})
			return u, id, nil
		}
	}
	return u, "", vocab.Refuse(vocab.TooManyCertificates, "Too many certificates")
}

func (u User) enrolled(id vocab.CustomerID, r vocab.ReservationID) User {
	u.ID = id
	if !slices.Contains(u.Reservations, r) {
		u.Reservations = append(slices.Clip(u.Reservations), r)
	}
	return u
}
