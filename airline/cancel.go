package airline

import (
	"fmt"
	"slices"
)

// cancelling is cancel_reservation: seats go back to their flights, and money to what it was paid with.
type cancelling struct {
	ID     ReservationID `json:"reservation_id"`
	Reason string        `json:"reason"` // change of plan, airline cancelled flight, health, weather, other
	Waiver bool          `json:"waiver"`
}

func (c cancelling) forbids(r Reservation, _ Work) *Refusal { return notCancelled(r) }

func (c cancelling) asks(r Reservation, w Work) (seats []SeatRequest, who bool) {
	if w.Tau2 || w.Order.Airline {
		return nil, false
	}
	return looks(r), false
}

func (c cancelling) judge(r Reservation, w Work) (plan, *Refusal) {
	if !w.Tau2 && !w.Order.Airline {
		if why := first(notFlown(w), cancellable(r, w, c.Reason)); why != nil {
			return plan{}, why
		}
	}
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs, text: fmt.Sprintf("Reservation %s is cancelled", r.ID)}
	p.Status = &cancelled
	var back []Payment
	for _, paid := range r.PaymentHistory {
		back = append(back, Payment{paid.ID, -paid.Amount})
	}
	p.PaymentHistory = append(slices.Clip(p.PaymentHistory), back...)
	if !w.Tau2 {
		p.release, p.pay = r.Legs, &PaymentRequest{Type: Refund, Payments: back}
		p.legs = nil
	}
	return p, nil
}
