package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Cancellation is cancel_reservation. Seats go back to their flights, and money to what it was paid with.
type Cancellation struct {
	ID     vocab.ReservationID `json:"reservation_id"`
	Reason string              `json:"reason"` // change of plan, airline cancelled flight, health, weather, other
	Waiver bool                `json:"waiver"`
}

func (c Cancellation) check(r Reservation, _ Work) *vocab.Refusal { return checkNotCancelled(r) }

func (c Cancellation) requests(r Reservation, w Work) (seats []vocab.SeatRequest, needsUser bool) {
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

	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs}
	p.Status = new(vocab.ReservationCancelled)
	p.text = fmt.Sprintf("Reservation %s is cancelled", r.ID)
	if w.Conduct.BooksOnly {
		p.PaymentHistory = append(slices.Clip(p.PaymentHistory), reversed(r.PaymentHistory)...)
		return p, nil
	}

	back := refunds(r.PaymentHistory)
	p.PaymentHistory = append(slices.Clip(p.PaymentHistory), back...)
	p.pay = &vocab.PaymentRequest{Type: vocab.RefundPayments, Payments: back}
	p.release, p.legs = r.Legs, nil
	p.text += paidText(sumOf(back))

	return p, nil
}

// reversed returns the negative of each payment, whatever was given back before.
func reversed(history []vocab.Payment) (back []vocab.Payment) {
	for _, paid := range history {
		back = append(back, vocab.Payment{ID: paid.ID, Amount: -paid.Amount})
	}
	return back
}

// refunds returns what each method has paid, less what it got back before. A method may have got back more
// than it had paid. The others get so much less, the last ones first, because a cancellation never takes
// money.
func refunds(history []vocab.Payment) (back []vocab.Payment) {
	for _, paid := range history {
		i := slices.IndexFunc(back, func(p vocab.Payment) bool { return p.ID == paid.ID })
		if i < 0 {
			i = len(back)
			back = append(back, vocab.Payment{ID: paid.ID})
		}
		back[i].Amount -= paid.Amount
	}

	var surplus vocab.Amount
	for i := range back {
		if back[i].Amount > 0 {
			surplus += back[i].Amount
			back[i].Amount = 0
		}
	}

	for i := len(back) - 1; i >= 0; i-- {
		less := min(surplus, -back[i].Amount)
		back[i].Amount += less
		surplus -= less
	}

	return slices.DeleteFunc(back, func(p vocab.Payment) bool { return p.Amount == 0 })
}

func sumOf(payments []vocab.Payment) (sum vocab.Amount) {
	for _, p := range payments {
		sum += p.Amount
	}
	return sum
}
