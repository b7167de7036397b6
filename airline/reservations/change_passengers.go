package reservations

import (
	"fmt"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A passengerChange is update_reservation_passengers. Other people travel, but as many as before.
type passengerChange struct {
	ID         vocab.ReservationID `json:"reservation_id"`
	Passengers []vocab.Passenger   `json:"passengers"`
}

func (c passengerChange) isComplete() bool { return allNamed(c.Passengers) }

func (c passengerChange) check(r Reservation, _ Work) *vocab.Refusal { return checkNotCancelled(r) }

func (c passengerChange) requests(r Reservation, w Work) (seats []vocab.SeatRequest, needsUser bool) {
	if w.Conduct.Unchecked || len(c.Passengers) != r.Party() {
		return nil, false
	}
	return lookAtAll(r), false
}

func (c passengerChange) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	if len(c.Passengers) != r.Party() {
		return plan{}, vocab.Refuse(vocab.PassengerCountMismatch, "Number of passengers does not match")
	}

	if !w.Conduct.Unchecked {
		if why := checkNotFlown(w); why != nil {
			return plan{}, why
		}
	}

	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs}
	p.Passengers = c.Passengers
	p.text = fmt.Sprintf("Reservation %s has its new passengers", r.ID)

	return p, nil
}
