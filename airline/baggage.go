package airline

import (
	"fmt"
	"slices"
)

// baggages is update_reservation_baggages: each bag more that is not free is paid, fewer are not refunded.
type baggages struct {
	ID        ReservationID `json:"reservation_id"`
	Total     int           `json:"total_baggages"`
	Nonfree   int           `json:"nonfree_baggages"`
	PaymentID string        `json:"payment_id"`
}

func (b baggages) forbids(r Reservation, _ Work) *Refusal {
	return first(notCancelled(r), bagsAdded(r, b.Total, b.Nonfree), bagsCounted(b.Total, b.Nonfree))
}

func (b baggages) asks(r Reservation, w Work) (seats []SeatRequest, who bool) {
	if w.Tau2 {
		return nil, false
	}
	return looks(r), true
}

func (b baggages) judge(r Reservation, w Work) (plan, *Refusal) {
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs}
	p.TotalBaggages, p.NonfreeBaggages = b.Total, b.Nonfree
	if !w.Tau2 {
		if why := first(w.User.Refused, notFlown(w), bagsPaid(p.ReservationDetails, w.User.Membership)); why != nil {
			return plan{}, why
		}
	}
	due := bagFee.Times(max(0, b.Nonfree-r.NonfreeBaggages))
	if due != 0 {
		p.PaymentHistory = append(slices.Clip(p.PaymentHistory), Payment{b.PaymentID, due})
	}
	p.pay = &PaymentRequest{Type: PayChange, Payments: []Payment{{b.PaymentID, due}}}
	p.text = fmt.Sprintf("Reservation %s has %d checked bags", r.ID, b.Total) + difference(due)
	return p, w.Order.agreedTo(due)
}
