package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A bagChange is update_reservation_baggages. Each additional bag that is not free is paid. Fewer bags are
// not refunded.
type bagChange struct {
	ID        vocab.ReservationID `json:"reservation_id"`
	Total     int                 `json:"total_baggages"`
	Nonfree   int                 `json:"nonfree_baggages"`
	PaymentID string              `json:"payment_id"`
}

func (b bagChange) check(r Reservation, _ Work) *vocab.Refusal {
	return firstRefusal(
		checkNotCancelled(r),
		checkNoBagsRemoved(r, b.Total, b.Nonfree),
		checkBagCounts(b.Total, b.Nonfree))
}

func (b bagChange) requests(r Reservation, w Work) (seats []vocab.SeatRequest, needsUser bool) {
	if w.Conduct.Unchecked {
		return nil, false
	}
	return lookAtAll(r), true
}

func (b bagChange) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs}
	p.TotalBaggages, p.NonfreeBaggages = b.Total, b.Nonfree
	if !w.Conduct.Unchecked {
		why := firstRefusal(
			w.User.Refused,
			checkNotFlown(w),
			checkBagsPaid(p.ReservationDetails, w.User.Membership))
		if why != nil {
			return plan{}, why
		}
	}

	due := bagFee.Times(max(0, b.Nonfree-r.NonfreeBaggages))
	payment := vocab.Payment{ID: b.PaymentID, Amount: due}
	if due != 0 {
		p.PaymentHistory = append(slices.Clip(p.PaymentHistory), payment)
	}
	p.pay = &vocab.PaymentRequest{Type: vocab.PayChange, Payments: []vocab.Payment{payment}}
	p.text = fmt.Sprintf("Reservation %s has %d checked bags", r.ID, b.Total) + paidText(due)

	return p, checkAgreed(w.Order, due)
}
