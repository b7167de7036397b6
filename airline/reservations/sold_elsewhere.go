package reservations

import (
	"fmt"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// SoldElsewhere is enter_reservation. It seats a reservation that was sold elsewhere, and adds it to its
// user's.
type SoldElsewhere struct {
	vocab.Booking
	User vocab.CustomerID `json:"user_id"`
}

func (e SoldElsewhere) user() vocab.CustomerID { return e.User }

func (e SoldElsewhere) open(id vocab.ReservationID, o vocab.Order) vocab.ReservationDetails {
	fare := vocab.Dollars(e.Fare)
	d := vocab.ReservationDetails{
		ID: id, User: e.User, FlightType: "one_way", Cabin: e.Cabin, Passengers: e.Passengers, Insurance: "no",
		CreatedAt: o.Time.Format(vocab.MomentLayout), Status: new(vocab.ReservationPending),
		Flights: []vocab.Segment{{
			FlightNumber: e.Flight.Number(), Date: e.Flight.Date(), Price: fare / vocab.Amount(e.Party),
		}},
	}
	for len(d.Passengers) < e.Party {
		d.Passengers = append(d.Passengers, vocab.Passenger{})
	}

	if fare != 0 {
		d.PaymentHistory = []vocab.Payment{{ID: e.PaymentID, Amount: fare}}
	}

	return d
}

func (e SoldElsewhere) check(Reservation, Work) *vocab.Refusal { return nil }

func (e SoldElsewhere) requests(Reservation, Work) (seats []vocab.SeatRequest, needsUser bool) {
	return []vocab.SeatRequest{{Type: vocab.BookSeats, Flight: e.Flight, Cabin: e.Cabin}}, false
}

func (e SoldElsewhere) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	reply, _ := w.replyFor(e.Flight)
	if why := refusalOf(reply); why != nil {
		return plan{}, why
	}

	s := segmentOf(reply)
	s.Price = r.Flights[0].Price

	p := plan{ReservationDetails: r.ReservationDetails, legs: []vocab.Leg{legOf(reply)}}
	p.Status = nil
	p.Flights = []vocab.Segment{s}
	p.Origin, p.Destination = s.Origin, s.Destination
	p.pay = &vocab.PaymentRequest{Type: vocab.EnrolReservation}
	p.text = fmt.Sprintf("Reservation %s is seated: %s", p.ID, itinerary(p.ReservationDetails))

	return p, nil
}
