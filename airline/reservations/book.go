package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// booking is book_reservation: the flights hold seats, then the payment desk takes the money.
type booking struct {
	User            vocab.CustomerID      `json:"user_id"`
	Origin          string                `json:"origin"`
	Destination     string                `json:"destination"`
	FlightType      string                `json:"flight_type"`
	Cabin           vocab.Cabin           `json:"cabin"`
	Flights         []FlightInfo          `json:"flights"`
	Passengers      []vocab.Passenger     `json:"passengers"`
	PaymentMethods  []vocab.Payment       `json:"payment_methods"`
	TotalBaggages   int                   `json:"total_baggages"`
	NonfreeBaggages int                   `json:"nonfree_baggages"`
	Insurance       string                `json:"insurance"`
	IDs             []vocab.ReservationID `json:"reservation_ids"` // see Order.ids
	seatWish
}

// flightInfo names a flight.
type FlightInfo struct {
	FlightNumber string `json:"flight_number"`
	Date         string `json:"date"`
}

func (f FlightInfo) id() vocab.FlightID { return vocab.FlightKey(f.FlightNumber, f.Date) }

// seatWish is what a party wants of its seats: on each flight these, or one of a kind.
type seatWish struct {
	Seats  map[vocab.FlightID][]string `json:"seats"`
	Prefer vocab.SeatKind              `json:"seat_preference"`
}

func (w seatWish) on(f vocab.FlightID, t vocab.SeatRequestType, c vocab.Cabin) vocab.SeatRequest {
	r := vocab.SeatRequest{Type: t, Flight: f, Cabin: c, Seats: w.Seats[f]}
	if len(r.Seats) == 0 {
		r.Prefer = w.Prefer
	}
	return r
}

func (b booking) user() vocab.CustomerID { return b.User }

func (b booking) complete() bool {
	anonymous := func(p vocab.Payment) bool { return p.ID == "" }
	return allDated(b.Flights) && allNamed(b.Passengers) && !slices.ContainsFunc(b.PaymentMethods, anonymous)
}

func (b booking) open(id vocab.ReservationID, o vocab.Order) vocab.ReservationDetails {
	d := vocab.ReservationDetails{ID: id, User: b.User, Origin: b.Origin, Destination: b.Destination, FlightType: b.FlightType, Cabin: b.Cabin,
		Passengers: b.Passengers, PaymentHistory: b.PaymentMethods, CreatedAt: o.Time.Format(vocab.MomentLayout),
		TotalBaggages: b.TotalBaggages, NonfreeBaggages: b.NonfreeBaggages, Insurance: b.Insurance, Status: new(vocab.ReservationPending)}
	for _, f := range b.Flights {
		d.Flights = append(d.Flights, vocab.Segment{FlightNumber: f.FlightNumber, Date: f.Date})
	}
	return d
}

func (b booking) check(Reservation, Work) *vocab.Refusal {
	return firstRefusal(
		checkPartySize(len(b.Passengers)),
		checkFlightsUnique(b.Flights),
		checkBagCounts(b.TotalBaggages, b.NonfreeBaggages))
}

func (b booking) requests(r Reservation, _ Work) (seats []vocab.SeatRequest, who bool) {
	for _, f := range b.Flights {
		seats = append(seats, b.on(f.id(), vocab.SellSeats, b.Cabin))
	}
	return seats, true
}

func (b booking) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	if why := w.User.Refused; why != nil {
		return plan{}, why
	}
	if why := b.choosable(); why != nil {
		return plan{}, why
	}
	p := plan{ReservationDetails: r.ReservationDetails}
	p.Status, p.Flights = nil, []vocab.Segment{}
	for _, f := range b.Flights {
		reply, _ := w.to(f.id())
		if why := refusalOf(reply); why != nil {
			return plan{}, why
		}
		p.Flights, p.legs = append(p.Flights, segmentOf(reply)), append(p.legs, legOf(reply))
	}
	if !w.Conduct.Unchecked {
		if why := firstRefusal(checkRoute(p.ReservationDetails), checkOrder(w, p.Flights), checkBagsPaid(p.ReservationDetails, w.User.Membership)); why != nil {
			return plan{}, why
		}
	}
	due := priceOf(p.ReservationDetails)
	p.pay = &vocab.PaymentRequest{Type: vocab.PayBooking, Payments: b.PaymentMethods, Total: due}
	p.text = fmt.Sprintf("Reservation %s is booked: %s, for $%v", p.ID, itinerary(p.ReservationDetails), due)
	return p, agreedTo(w.Order, due)
}

// choosable checks what can only be one of a few.
func (b booking) choosable() *vocab.Refusal {
	switch {
	case !b.Cabin.IsKnown():
		return vocab.Refuse(vocab.BadSchema, "book_reservation: no such cabin: %q", b.Cabin)
	case b.FlightType != "one_way" && b.FlightType != "round_trip":
		return vocab.Refuse(vocab.BadSchema, "book_reservation: no such flight_type: %q", b.FlightType)
	case b.Insurance != "yes" && b.Insurance != "no":
		return vocab.Refuse(vocab.BadSchema, "book_reservation: insurance is yes or no, not %q", b.Insurance)
	}
	return nil
}

// itinerary is the flights in a few words.
func itinerary(d vocab.ReservationDetails) (text string) {
	for i, s := range d.Flights {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s on %s from %s to %s", s.FlightNumber, s.Date, s.Origin, s.Destination)
	}
	return text
}
