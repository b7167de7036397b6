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
	back := reversed(r.PaymentHistory)
	if !w.Tau2 {
		back = refunds(r.PaymentHistory)
	}
	p.PaymentHistory = append(slices.Clip(p.PaymentHistory), back...)
	if !w.Tau2 {
		p.text += difference(sumOf(back))
		p.release, p.pay = r.Legs, &PaymentRequest{Type: Refund, Payments: back}
		p.legs = nil
	}
	return p, nil
}

// reversed is the negative of each payment, as tau2-bench's tool refunds.
func reversed(history []Payment) (back []Payment) {
	for _, paid := range history {
		back = append(back, Payment{paid.ID, -paid.Amount})
	}
	return back
}

// refunds give back what each method has paid, net of what it got back before. What one has got that another had paid is
// taken off what the others get, the last ones first: a cancellation never takes money.
func refunds(history []Payment) (back []Payment) {
	surplus := Amount(0)
	for _, paid := range history {
		i := slices.IndexFunc(back, func(p Payment) bool { return p.ID == paid.ID })
		if i < 0 {
			i, back = len(back), append(back, Payment{ID: paid.ID})
		}
		back[i].Amount -= paid.Amount
	}
	for _, p := range back {
		surplus += max(0, p.Amount)
	}
	for i := len(back) - 1; i >= 0; i-- {
		less := min(surplus, -back[i].Amount)
		if less = max(0, less); back[i].Amount > 0 {
			back[i].Amount = 0
		}
		back[i].Amount, surplus = back[i].Amount+less, surplus-less
	}
	return slices.DeleteFunc(back, func(p Payment) bool { return p.Amount == 0 })
}

func sumOf(payments []Payment) (sum Amount) {
	for _, p := range payments {
		sum += p.Amount
	}
	return sum
}
