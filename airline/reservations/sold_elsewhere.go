package reservations

import (
	"fmt"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// entry enters a reservation that was sold elsewhere: it is seated, and its user gets to know it.
type SoldElsewhere struct {
	vocab.Booking
	User vocab.CustomerID `json:"user_id"`
}

func (e SoldElsewhere) user() vocab.CustomerID { return e.User }

func (e SoldElsewhere) open(id vocab.ReservationID, o vocab.Order) vocab.ReservationDetails {
	d := vocab.ReservationDetails{ID: id, User: e.User, FlightType: "one_way", Cabin: e.Cabin, Passengers: e.Passengers, Insurance: "no",
		CreatedAt: o.Time.Format(vocab.MomentLayout), Status: new(vocab.ReservationPending)}
	d.Flights = []vocab.Segment{{FlightNumber: e.Flight.Number(), Date: e.Flight.Date(), Price: vocab.Dollars(e.Fare) / vocab.Amount(e.Party)}}
	for len(d.Passengers) < e.Party {
		d.Passengers = append(d.Passengers, vocab.Passenger{})
	}
	if e.Fare != 0 {
		d.PaymentHistory = []vocab.Payment{{ID: e.PaymentID, Amount: vocab.Dollars(e.Fare)}}
	}
	return d
}

func (e SoldElsewhere) check(Reservation, Work) *vocab.Refusal { return nil }

func (e SoldElsewhere) requests(Reservation, Work) ([]vocab.SeatRequest, bool) {
	return []vocab.SeatRequest{{Type: vocab.BookSeats, Flight: e.Flight, Cabin: e.Cabin}}, false
}

func (e SoldElsewhere) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	reply, _ := w.to(e.Flight)
	if why := refusalOf(reply); why != nil {
		return plan{}, why
	}
	p := plan{ReservationDetails: r.ReservationDetails, legs: []vocab.Leg{legOf(reply)}, pay: &vocab.PaymentRequest{Type: vocab.EnrolReservation}}
	price := r.Flights[0].Price
	p.Flights = []vocab.Segment{segmentOf(reply)}
	p.Flights[0].Price, p.Status = price, nil
	p.Origin, p.Destination = p.Flights[0].Origin, p.Flights[0].Destination
	p.text = fmt.Sprintf("Reservation %s is seated: %s", p.ID, itinerary(p.ReservationDetails))
	return p, nil
}
