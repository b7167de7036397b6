package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// baggages is update_reservation_baggages: each bag more that is not free is paid, fewer are not refunded.
type bagChange struct {
	ID        vocab.ReservationID `json:"reservation_id"`
	Total     int                 `json:"total_baggages"`
	Nonfree   int                 `json:"nonfree_baggages"`
	PaymentID string              `json:"payment_id"`
}

func (b bagChange) forbids(r Reservation, _ Work) *vocab.Refusal {
	return first(notCancelled(r), bagsAdded(r, b.Total, b.Nonfree), bagsCounted(b.Total, b.Nonfree))
}

func (b bagChange) asks(r Reservation, w Work) (seats []vocab.SeatRequest, who bool) {
	if w.Conduct.Unchecked {
		return nil, false
	}
	return looks(r), true
}

func (b bagChange) judge(r Reservation, w Work) (plan, *vocab.Refusal) {
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs}
	p.TotalBaggages, p.NonfreeBaggages = b.Total, b.Nonfree
	if !w.Conduct.Unchecked {
		if why := first(w.User.Refused, notFlown(w), bagsPaid(p.ReservationDetails, w.User.Membership)); why != nil {
			return plan{}, why
		}
	}
	due := bagFee.Times(max(0, b.Nonfree-r.NonfreeBaggages))
	if due != 0 {
		p.PaymentHistory = append(slices.Clip(p.PaymentHistory), vocab.Payment{ID: b.PaymentID, Amount: due})
	}
	p.pay = &vocab.PaymentRequest{Type: vocab.PayChange, Payments: []vocab.Payment{{ID: b.PaymentID, Amount: due}}}
	p.text = fmt.Sprintf("Reservation %s has %d checked bags", r.ID, b.Total) + difference(due)
	return p, agreedTo(w.Order, due)
}
