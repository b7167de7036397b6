package airline

import "fmt"

// passengers is update_reservation_passengers: other people, but as many.
type passengers struct {
	ID         ReservationID `json:"reservation_id"`
	Passengers []Passenger   `json:"passengers"`
}

func (c passengers) complete() bool { return allNamed(c.Passengers) }

func (c passengers) forbids(r Reservation, _ Work) *Refusal { return notCancelled(r) }

func (c passengers) asks(r Reservation, w Work) (seats []SeatRequest, who bool) {
	if w.Tau2 || len(c.Passengers) != r.Party() {
		return nil, false
	}
	return looks(r), false
}

func (c passengers) judge(r Reservation, w Work) (plan, *Refusal) {
	if len(c.Passengers) != r.Party() {
		return plan{}, refuse(PassengerCountMismatch, "Number of passengers does not match")
	}
	if !w.Tau2 {
		if why := notFlown(w); why != nil {
			return plan{}, why
		}
	}
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs, text: fmt.Sprintf("Reservation %s has its new passengers", r.ID)}
	p.Passengers = c.Passengers
	return p, nil
}
