package airline

import (
	"fmt"
	"slices"
)

// booking is book_reservation: the flights hold seats, then the payment desk takes the money.
type booking struct {
	User            CustomerID      `json:"user_id"`
	Origin          string          `json:"origin"`
	Destination     string          `json:"destination"`
	FlightType      string          `json:"flight_type"`
	Cabin           Cabin           `json:"cabin"`
	Flights         []flightInfo    `json:"flights"`
	Passengers      []Passenger     `json:"passengers"`
	PaymentMethods  []Payment       `json:"payment_methods"`
	TotalBaggages   int             `json:"total_baggages"`
	NonfreeBaggages int             `json:"nonfree_baggages"`
	Insurance       string          `json:"insurance"`
	IDs             []ReservationID `json:"reservation_ids"` // see Order.ids
	seatWish
}

// flightInfo names a flight.
type flightInfo struct {
	FlightNumber string `json:"flight_number"`
	Date         string `json:"date"`
}

func (f flightInfo) id() FlightID { return FlightKey(f.FlightNumber, f.Date) }

// seatWish is what a party wants of its seats: on each flight these, or one of a kind.
type seatWish struct {
	Seats  map[FlightID][]string `json:"seats"`
	Prefer SeatKind              `json:"seat_preference"`
}

func (w seatWish) on(f FlightID, t SeatRequestType, c Cabin) SeatRequest {
	r := SeatRequest{Type: t, Flight: f, Cabin: c, Seats: w.Seats[f]}
	if len(r.Seats) == 0 {
		r.Prefer = w.Prefer
	}
	return r
}

func (b booking) user() CustomerID { return b.User }

func (b booking) complete() bool {
	anonymous := func(p Payment) bool { return p.ID == "" }
	return allDated(b.Flights) && allNamed(b.Passengers) && !slices.ContainsFunc(b.PaymentMethods, anonymous)
}

func (b booking) open(id ReservationID, o Order) ReservationDetails {
	d := ReservationDetails{ID: id, User: b.User, Origin: b.Origin, Destination: b.Destination, FlightType: b.FlightType, Cabin: b.Cabin,
		Passengers: b.Passengers, PaymentHistory: b.PaymentMethods, CreatedAt: o.Time.Format(momentEST),
		TotalBaggages: b.TotalBaggages, NonfreeBaggages: b.NonfreeBaggages, Insurance: b.Insurance, Status: &pending}
	for _, f := range b.Flights {
		d.Flights = append(d.Flights, Segment{FlightNumber: f.FlightNumber, Date: f.Date})
	}
	return d
}

func (b booking) forbids(Reservation, Work) *Refusal {
	return first(
		partyAllowed(len(b.Passengers)),
		flightsOnce(b.Flights),
		bagsCounted(b.TotalBaggages, b.NonfreeBaggages))
}

func (b booking) asks(r Reservation, _ Work) (seats []SeatRequest, who bool) {
	for _, f := range b.Flights {
		seats = append(seats, b.on(f.id(), Sell, b.Cabin))
	}
	return seats, true
}

func (b booking) judge(r Reservation, w Work) (plan, *Refusal) {
	if why := w.User.Refused; why != nil {
		return plan{}, why
	}
	if why := b.choosable(); why != nil {
		return plan{}, why
	}
	p := plan{ReservationDetails: r.ReservationDetails}
	p.Status, p.Flights = nil, []Segment{}
	for _, f := range b.Flights {
		reply, _ := w.to(f.id())
		if why := reply.refusal(); why != nil {
			return plan{}, why
		}
		p.Flights, p.legs = append(p.Flights, reply.segment()), append(p.legs, reply.leg())
	}
	if !w.Tau2 {
		if why := first(routeKept(p.ReservationDetails), inOrder(w, p.Flights), bagsPaid(p.ReservationDetails, w.User.Membership)); why != nil {
			return plan{}, why
		}
	}
	due := priceOf(p.ReservationDetails)
	p.pay = &PaymentRequest{Type: Pay, Payments: b.PaymentMethods, Total: due}
	p.text = fmt.Sprintf("Reservation %s is booked: %s, for $%v", p.ID, p.itinerary(), due)
	return p, w.Order.agreedTo(due)
}

// choosable checks what can only be one of a few.
func (b booking) choosable() *Refusal {
	switch {
	case (&Seats{}).in(b.Cabin) == nil:
		return refuse(BadSchema, "book_reservation: no such cabin: %q", b.Cabin)
	case b.FlightType != "one_way" && b.FlightType != "round_trip":
		return refuse(BadSchema, "book_reservation: no such flight_type: %q", b.FlightType)
	case b.Insurance != "yes" && b.Insurance != "no":
		return refuse(BadSchema, "book_reservation: insurance is yes or no, not %q", b.Insurance)
	}
	return nil
}

// first is the first refusal, if there is any.
func first(all ...*Refusal) *Refusal {
	if i := slices.IndexFunc(all, func(r *Refusal) bool { return r != nil }); i >= 0 {
		return all[i]
	}
	return nil
}

// refusal is the desk's word in the words of the tools.
func (r SeatReply) refusal() *Refusal {
	number := r.Flight.Number()
	switch r.Why {
	case "":
		return nil
	case "unknown flight":
		return refuse(FlightNotFound, "Flight %s not found", number)
	case "unknown date":
		return refuse(FlightDateNotFound, "Flight %s not found on date %s", number, r.Flight.Date())
	case "full":
		return refuse(NotEnoughSeats, "Not enough seats on flight %s", number)
	case "seat taken":
		return refuse(SeatTaken, "Flight %s has no such seats free", number)
	case "no seats to change":
		return refuse(SeatTaken, "The seats on flight %s can't be changed", number)
	}
	return refuse(FlightNotAvailable, "Flight %s not available on date %s", number, r.Flight.Date())
}

func (r SeatReply) segment() Segment {
	return Segment{r.Flight.Number(), r.Standing.Origin, r.Standing.Destination, r.Flight.Date(), r.Standing.Price}
}

func (r SeatReply) leg() Leg {
	return Leg{Flight: r.Flight, Route: RouteKey(r.Standing.Origin, r.Standing.Destination), Held: r.Result == Granted,
		Seats: r.Seats, Departure: r.Standing.Departure, Arrival: r.Standing.Arrival, Severity: r.Severity, AsOf: r.AsOf}
}

// itinerary is the flights in a few words.
func (d ReservationDetails) itinerary() (text string) {
	for i, s := range d.Flights {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s on %s from %s to %s", s.FlightNumber, s.Date, s.Origin, s.Destination)
	}
	return text
}
