package airline

import "fmt"

// entry enters a reservation that was sold elsewhere: it is seated, and its user gets to know it.
type entry struct {
	Booking
	User CustomerID `json:"user_id"`
}

func (e entry) user() CustomerID { return e.User }

func (e entry) open(id ReservationID, o Order) ReservationDetails {
	d := ReservationDetails{ID: id, User: e.User, FlightType: "one_way", Cabin: e.Cabin, Passengers: e.Passengers, Insurance: "no",
		CreatedAt: o.Time.Format(momentEST), Status: &pending}
	d.Flights = []Segment{{FlightNumber: e.Flight.Number(), Date: e.Flight.Date(), Price: Dollars(e.Fare) / Amount(e.Party)}}
	for len(d.Passengers) < e.Party {
		d.Passengers = append(d.Passengers, Passenger{})
	}
	if e.Fare != 0 {
		d.PaymentHistory = []Payment{{ID: e.PaymentID, Amount: Dollars(e.Fare)}}
	}
	return d
}

func (e entry) forbids(Reservation, Work) *Refusal { return nil }

func (e entry) asks(Reservation, Work) ([]SeatRequest, bool) {
	return []SeatRequest{{Type: Book, Flight: e.Flight, Cabin: e.Cabin}}, false
}

func (e entry) judge(r Reservation, w Work) (plan, *Refusal) {
	reply, _ := w.to(e.Flight)
	if why := reply.refusal(); why != nil {
		return plan{}, why
	}
	p := plan{ReservationDetails: r.ReservationDetails, legs: []Leg{reply.leg()}, pay: &PaymentRequest{Type: Enrol}}
	price := r.Flights[0].Price
	p.Flights = []Segment{reply.segment()}
	p.Flights[0].Price, p.Status = price, nil
	p.Origin, p.Destination = p.Flights[0].Origin, p.Flights[0].Destination
	p.text = fmt.Sprintf("Reservation %s is seated: %s", p.ID, p.itinerary())
	return p, nil
}
