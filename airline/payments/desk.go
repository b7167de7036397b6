package payments

import (
	"maps"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// OnRequest is the payment desk. A request that is no newer than the last one of its reservation is a
// repetition, and changes nothing.
func (u User) OnRequest(r vocab.PaymentRequest) (User, []vocab.PaymentReply) {
	if r.Seq <= u.Paid[r.Reservation] {
		return u, nil
	}

	after, reply := u.serve(r)
	if reply.Refused != nil {
		after = u
	}
	after.Paid = cow.With(after.Paid, r.Reservation, r.Seq)
	reply.Membership = after.Membership

	return after, []vocab.PaymentReply{reply}
}

func (u User) serve(r vocab.PaymentRequest) (User, vocab.PaymentReply) {
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
		u = u.withReservation(r.User, r.Reservation)
		u.Entered = append(slices.Clip(u.Entered), r.Reservation)
	}

	return u, reply
}

// pay takes the money for a booking, from several methods together.
func (u User) pay(r vocab.PaymentRequest) (User, *vocab.Refusal) {
	after := u
	var sum vocab.Amount
	for _, p := range r.Payments {
		m, ok := u.PaymentMethods[p.ID]
		if !ok {
			return u, vocab.Refuse(vocab.PaymentMethodNotFound, "Payment method %s not found", p.ID)
		}

		left := m.Left()
		if !r.Unchecked { // what earlier payments have left of it
			left = min(left, after.PaymentMethods[p.ID].Left())
		}

		if m.Amount != nil && left < p.Amount {
			return u, vocab.Refuse(vocab.BalanceShort, "Not enough balance in payment method %s", p.ID)
		}
		after = after.spend(p)
		sum += p.Amount
	}

	if sum != r.Total {
		return u, vocab.Refuse(vocab.PaymentSumMismatch,
			"Payment amount does not add up, total price is %v, but paid %v", r.Total, sum)
	}

	if !r.Unchecked {
		if why := u.checkMethods(r.Payments); why != nil {
			return u, why
		}
	}

	return after.withReservation(u.ID, r.Reservation), nil
}

// checkMethods allows at most one certificate, one credit card and three gift cards for a booking.
func (u User) checkMethods(payments []vocab.Payment) *vocab.Refusal {
	n := map[vocab.Source]int{}
	for _, p := range payments {
		if p.Amount <= 0 {
			return vocab.Refuse(vocab.BadSchema, "A payment of %v", p.Amount)
		}

		n[u.PaymentMethods[p.ID].Source]++
	}

	if n[vocab.Certificate] > 1 || n[vocab.CreditCard] > 1 || n[vocab.GiftCard] > 3 {
		return vocab.Refuse(vocab.TooManyMethods,
			"At most one certificate, one credit card and three gift cards can pay for a booking")
	}

	return nil
}

// spend takes money from a gift card, or a certificate as a whole. Credit cards are charged elsewhere.
func (u User) spend(p vocab.Payment) User {
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

// payChange takes the difference that a change costs, or gives a negative one back.
func (u User) payChange(p vocab.Payment) (User, *vocab.Refusal) {
	m, ok := u.PaymentMethods[p.ID]
	switch {
	case !ok:
		return u, vocab.Refuse(vocab.PaymentMethodNotFound, "Payment method not found")
	case m.Source == vocab.Certificate:
		return u, vocab.Refuse(vocab.CertificateNotAllowed,
			"Certificate cannot be used to update reservation")
	case m.Source == vocab.GiftCard && m.Left() < p.Amount:
		return u, vocab.Refuse(vocab.GiftCardShort, "Gift card balance is not enough")
	}

	return u.spend(p), nil
}

// refund gives money back to what it was paid with. A certificate that was used up comes back, worth what was
// used of it. Credit cards, and methods that the user no longer has, get their money outside of this row.
func (u User) refund(payments []vocab.Payment) User {
	for _, p := range payments {
		m, ok := u.PaymentMethods[p.ID]
		source := sourceOf(p.ID)
		switch {
		case ok && m.Source == vocab.CreditCard:
		case ok:
			u = u.withBalance(p.ID, m.Left()-p.Amount)
		case source == vocab.GiftCard || source == vocab.Certificate:
			u.PaymentMethods = cow.With(u.PaymentMethods, p.ID, vocab.PaymentMethod{Source: source, ID: p.ID})
			u = u.withBalance(p.ID, -p.Amount)
		}
	}

	return u
}

// sourceOf returns the kind of a method by its id, such as certificate_4856383, or nothing.
func sourceOf(id string) vocab.Source {
	for _, s := range []vocab.Source{vocab.CreditCard, vocab.GiftCard, vocab.Certificate} {
		if strings.HasPrefix(id, string(s)) && id != string(s) {
			return s
		}
	}
	return ""
}

// grant makes a certificate under the first id that is free, and returns the id.
func (u User) grant(ids []string, a vocab.Amount) (User, string, *vocab.Refusal) {
	for _, id := range ids {
		if _, isTaken := u.PaymentMethods[id]; isTaken {
			continue
		}
		certificate := vocab.PaymentMethod{Source: vocab.Certificate, ID: id, Amount: &a}
		u.PaymentMethods = cow.With(u.PaymentMethods, id, certificate)
		return u, id, nil
	}

	return u, "", vocab.Refuse(vocab.TooManyCertificates, "Too many certificates")
}

// withReservation adds a reservation to the user's list, once.
func (u User) withReservation(id vocab.CustomerID, r vocab.ReservationID) User {
	u.ID = id
	if !slices.Contains(u.Reservations, r) {
		u.Reservations = append(slices.Clip(u.Reservations), r)
	}
	return u
}
