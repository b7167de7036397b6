package reservations

import (
	"fmt"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// compensation is send_certificate. Under the airline's policy it is for a reservation and a reason, and coordinated by
// the reservation. Without a reservation, it is the payment desk's alone.
type compensation struct {
	User        vocab.CustomerID    `json:"user_id"`
	Amount      vocab.Amount        `json:"amount"`
	Reservation vocab.ReservationID `json:"reservation_id"`
	Reason      string              `json:"reason"` // cancelled, delayed
	IDs         []string            `json:"certificate_ids"`
}

func (c compensation) check(r Reservation, _ Work) *vocab.Refusal {
	if c.User != r.User {
		return vocab.Refuse(vocab.NotYours, "Reservation %s is not %s's", r.ID, c.User)
	}
	return checkNotCompensated(r, c.Reason)
}

func (c compensation) requests(r Reservation, _ Work) (seats []vocab.SeatRequest, who bool) {
	seats = lookAtAll(r)
	for _, f := range r.Left {
		seats = append(seats, vocab.SeatRequest{Type: vocab.LookAtFlight, Flight: f, Cabin: r.Cabin})
	}
	return seats, true
}

func (c compensation) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	if why := firstRefusal(w.User.Refused, checkEligible(r, w.User.Membership), checkDisrupted(r, w, c.Reason), checkCompensation(r, c.Reason, c.Amount)); why != nil && !w.Conduct.Unchecked {
		return plan{}, why
	}
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs, reason: c.Reason}
	p.pay = &vocab.PaymentRequest{Type: vocab.GrantCertificate, Payments: []vocab.Payment{{Amount: c.Amount}}, IDs: vocab.CertificateIDs(w.Order, c.IDs)}
	if w.Paid != nil {
		p.result = vocab.CertificateSent(w.Paid.Certificate, c.User, w.Order)
		p.text = fmt.Sprintf("You have a certificate of $%v more, %s", c.Amount, w.Paid.Certificate)
	}
	return p, nil
}
