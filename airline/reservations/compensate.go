package reservations

import (
	"fmt"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A compensation is send_certificate for a reservation and a reason. Without a reservation, the payment desk
// alone sends the certificate.
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

// requests also looks at the flights that the reservation was changed from, because one of them may be the
// disrupted one.
func (c compensation) requests(r Reservation, _ Work) (seats []vocab.SeatRequest, needsUser bool) {
	seats = lookAtAll(r)
	for _, f := range r.Left {
		seats = append(seats, vocab.SeatRequest{Type: vocab.LookAtFlight, Flight: f, Cabin: r.Cabin})
	}
	return seats, true
}

func (c compensation) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	why := firstRefusal(
		w.User.Refused,
		checkEligible(r, w.User.Membership),
		checkDisrupted(r, w, c.Reason),
		checkCompensation(r, c.Reason, c.Amount))
	if why != nil && !w.Conduct.Unchecked {
		return plan{}, why
	}

	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs, reason: c.Reason}
	p.pay = &vocab.PaymentRequest{
		Type: vocab.GrantCertificate, Payments: []vocab.Payment{{Amount: c.Amount}},
		IDs: vocab.CertificateIDs(w.Order, c.IDs),
	}
	if w.Paid != nil {
		p.result = vocab.CertificateSent(w.Paid.Certificate, c.User, w.Order)
		p.text = fmt.Sprintf("You have a certificate of $%v more, %s", c.Amount, w.Paid.Certificate)
	}

	return p, nil
}
