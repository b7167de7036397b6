package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A booking is book_reservation. The flights hold seats, and then the payment desk takes the money.
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
	IDs             []vocab.ReservationID `json:"reservation_ids"` // see candidateIDs
	seatWish
}

func (b booking) isComplete() bool {
	isUnnamed := func(p vocab.Payment) bool { return p.ID == "" }
	return allDated(b.Flights) && allNamed(b.Passengers) && !slices.ContainsFunc(b.PaymentMethods, isUnnamed)
}

func (b booking) user() vocab.CustomerID { return b.User }

func (b booking) open(id vocab.ReservationID, o vocab.Order) vocab.ReservationDetails {
	d := vocab.ReservationDetails{
		ID: id, User: b.User, Origin: b.Origin, Destination: b.Destination, FlightType: b.FlightType,
		Cabin: b.Cabin, Passengers: b.Passengers, PaymentHistory: b.PaymentMethods,
		TotalBaggages: b.TotalBaggages, NonfreeBaggages: b.NonfreeBaggages, Insurance: b.Insurance,
		CreatedAt: o.Time.Format(vocab.MomentLayout), Status: new(vocab.ReservationPending),
	}
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

func (b booking) requests(Reservation, Work) (seats []vocab.SeatRequest, needsUser bool) {
	for _, f := range b.Flights {
		seats = append(seats, b.request(vocab.SellSeats, f.id(), b.Cabin))
	}
	return seats, true
}

func (b booking) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	if why := firstRefusal(w.User.Refused, b.checkChoices()); why != nil {
		return plan{}, why
	}

	p := plan{ReservationDetails: r.ReservationDetails}
	p.Status, p.Flights = nil, []vocab.Segment{}
	for _, f := range b.Flights {
		reply, _ := w.replyFor(f.id())
		if why := refusalOf(reply); why != nil {
			return plan{}, why
		}
		p.Flights = append(p.Flights, segmentOf(reply))
		p.legs = append(p.legs, legOf(reply))
	}

	if !w.Conduct.Unchecked {
		why := firstRefusal(
			checkRoute(p.ReservationDetails),
			checkOrder(w, p.Flights),
			checkBagsPaid(p.ReservationDetails, w.User.Membership))
		if why != nil {
			return plan{}, why
		}
	}

	due := priceOf(p.ReservationDetails)
	p.pay = &vocab.PaymentRequest{Type: vocab.PayBooking, Payments: b.PaymentMethods, Total: due}
	p.text = fmt.Sprintf("Reservation %s is booked: %s, for $%v", p.ID, itinerary(p.ReservationDetails), due)

	return p, checkAgreed(w.Order, due)
}

// checkChoices refuses values that are none of the few to choose from.
func (b booking) checkChoices() *vocab.Refusal {
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
