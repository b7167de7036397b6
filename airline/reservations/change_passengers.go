package reservations

import (
	"fmt"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// passengers is update_reservation_passengers: other people, but as many.
type passengerChange struct {
	ID         vocab.ReservationID `json:"reservation_id"`
	Passengers []vocab.Passenger   `json:"passengers"`
}

func (c passengerChange) complete() bool { return allNamed(c.Passengers) }

func (c passengerChange) check(r Reservation, _ Work) *vocab.Refusal { return checkNotCancelled(r) }

func (c passengerChange) requests(r Reservation, w Work) (seats []vocab.SeatRequest, who bool) {
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
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs, text: fmt.Sprintf("Reservation %s has its new passengers", r.ID)}
	p.Passengers = c.Passengers
	return p, nil
}
