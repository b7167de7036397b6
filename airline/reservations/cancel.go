package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// cancelling is cancel_reservation: seats go back to their flights, and money to what it was paid with.
type Cancellation struct {
	ID     vocab.ReservationID `json:"reservation_id"`
	Reason string              `json:"reason"` // change of plan, airline cancelled flight, health, weather, other
	Waiver bool                `json:"waiver"`
}

func (c Cancellation) check(r Reservation, _ Work) *vocab.Refusal { return checkNotCancelled(r) }

func (c Cancellation) requests(r Reservation, w Work) (seats []vocab.SeatRequest, who bool) {
	if w.Conduct.Unchecked || w.Order.Airline {
		return nil, false
	}
	return lookAtAll(r), false
}

func (c Cancellation) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	if !w.Conduct.Unchecked && !w.Order.Airline {
		if why := firstRefusal(checkNotFlown(w), checkCancellable(r, w, c.Reason)); why != nil {
			return plan{}, why
		}
	}
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs, text: fmt.Sprintf("Reservation %s is cancelled", r.ID)}
	p.Status = new(vocab.ReservationCancelled)
	back := reversed(r.PaymentHistory)
	if !w.Conduct.BooksOnly {
		back = refunds(r.PaymentHistory)
	}
	p.PaymentHistory = append(slices.Clip(p.PaymentHistory), back...)
	if !w.Conduct.BooksOnly {
		p.text += paidText(sumOf(back))
		p.release, p.pay = r.Legs, &vocab.PaymentRequest{Type: vocab.RefundPayments, Payments: back}
		p.legs = nil
	}
	return p, nil
}

// reversed is the negative of each payment, whatever was given back before.
func reversed(history []vocab.Payment) (back []vocab.Payment) {
	for _, paid := range history {
		back = append(back, vocab.Payment{ID: paid.ID, Amount: -paid.Amount})
	}
	return back
}

// refunds give back what each method has paid, net of what it got back before. What one has got that another had paid is
// taken off what the others get, the last ones first: a cancellation never takes money.
func refunds(history []vocab.Payment) (back []vocab.Payment) {
	surplus := vocab.Amount(0)
	for _, paid := range history {
		i := slices.IndexFunc(back, func(p vocab.Payment) bool { return p.ID == paid.ID })
		if i < 0 {
			i, back = len(back), append(back, vocab.Payment{ID: paid.ID})
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
	return slices.DeleteFunc(back, func(p vocab.Payment) bool { return p.Amount == 0 })
}

func sumOf(payments []vocab.Payment) (sum vocab.Amount) {
	for _, p := range payments {
		sum += p.Amount
	}
	return sum
}
