package airline

import (
	"fmt"
	"slices"
)

// change is update_reservation_flights: flights is the whole new list. A segment that is kept in the same cabin keeps its
// price and its seats, any other is sold anew, and the difference is paid or given back.
type change struct {
	ID        ReservationID `json:"reservation_id"`
	Cabin     Cabin         `json:"cabin"`
	Flights   []flightInfo  `json:"flights"`
	PaymentID string        `json:"payment_id"`
	Waiver    bool          `json:"waiver"`             // because of the airline's own delay or cancellation
	Replaces  FlightID      `json:"replaces,omitempty"` // only if it is still among the flights
	seatWish
}

func (c change) complete() bool { return allDated(c.Flights) }

func (c change) keeps(r Reservation, f FlightID) (int, bool) {
	i := slices.IndexFunc(r.Flights, func(s Segment) bool { return s.Flight() == f })
	return i, i >= 0 && c.Cabin == r.Cabin
}

func (c change) waived(w Work) bool { return (c.Waiver || w.Order.Airline) && !w.Tau2 }

func (c change) forbids(r Reservation, w Work) *Refusal {
	if w.Order.Airline {
		return first(notCancelled(r), stillOn(r, c.Replaces), flightsOnce(c.Flights))
	}
	return first(notCancelled(r), flightsOnce(c.Flights), basicEconomyKept(r, c.Flights, c.Waiver))
}

// asks holds new seats before the old ones are given back. In the mode of tau2's tools no seats move at all.
func (c change) asks(r Reservation, w Work) (seats []SeatRequest, who bool) {
	if (&Seats{}).in(c.Cabin) == nil {
		return nil, false
	}
	if !w.Tau2 && !w.Order.Airline {
		seats = append(seats, looks(r)...)
	}
	for _, f := range c.Flights {
		_, kept := c.keeps(r, f.id())
		switch {
		case kept && (w.Tau2 || !c.moves(r, f.id())):
		case kept:
			seats = append(seats, c.on(f.id(), Move, c.Cabin))
		default:
			seats = append(seats, c.on(f.id(), c.sale(w), c.Cabin))
		}
	}
	return seats, false
}

// moves says whether a party gets other seats on a flight that it keeps: these, or one of a kind, which is a wish for the
// new flights if there are any.
func (c change) moves(r Reservation, f FlightID) bool {
	anew := func(n flightInfo) bool { _, kept := c.keeps(r, n.id()); return !kept }
	return len(c.Seats[f]) > 0 || c.Prefer != "" && !slices.ContainsFunc(c.Flights, anew)
}

func (c change) sale(w Work) SeatRequestType {
	switch {
	case w.Tau2:
		return Quote
	case c.waived(w):
		return Rebook
	}
	return Sell
}

func (c change) judge(r Reservation, w Work) (plan, *Refusal) {
	if (&Seats{}).in(c.Cabin) == nil {
		return plan{}, refuse(BadSchema, "update_reservation_flights: no such cabin: %q", c.Cabin)
	}
	p := plan{ReservationDetails: r.ReservationDetails}
	p.Cabin, p.Flights = c.Cabin, []Segment{}
	for _, f := range c.Flights {
		s, l, why := c.leg(r, w, f.id())
		if why != nil {
			return plan{}, why
		}
		p.Flights, p.legs = append(p.Flights, s), append(p.legs, l)
	}
	if why := c.violates(r, w, p); why != nil {
		return plan{}, why
	}
	if c.waived(w) {
		p.Flights = sameFare(p.Flights, r, c.Cabin)
	}
	if !w.Tau2 {
		p.release = given(r, p)
	}
	return c.paid(r, w, p)
}

// leg is one flight of the new list, with what its desk has granted.
func (c change) leg(r Reservation, w Work, f FlightID) (Segment, Leg, *Refusal) {
	reply, asked := w.to(f)
	if why := reply.refusal(); why != nil {
		return Segment{}, Leg{}, why
	}
	i, kept := c.keeps(r, f)
	if !kept {
		return reply.segment(), reply.leg(), nil
	}
	l := Leg{Flight: f}
	if i < len(r.Legs) { // a cancelled reservation, which tau2's tools change, has none
		l = r.Legs[i]
	}
	if asked {
		l.Seats, l.Held = reply.Seats, true
	}
	return r.Flights[i], l, nil
}

// given are the legs that are given back.
func given(r Reservation, p plan) (legs []Leg) {
	for _, l := range r.Legs {
		if p.Cabin != r.Cabin || !slices.ContainsFunc(p.legs, func(n Leg) bool { return n.Flight == l.Flight }) {
			legs = append(legs, l)
		}
	}
	return legs
}

// violates says which of the airline's rules the change would break.
func (c change) violates(r Reservation, w Work, p plan) *Refusal {
	switch {
	case w.Tau2 || w.Order.Airline:
		return nil
	case c.Waiver:
		return first(flownKept(r, w, p), waiverDue(r, w, p), routeKept(p.ReservationDetails), inOrder(w, p.Flights))
	}
	return first(flownKept(r, w, p), routeKept(p.ReservationDetails), inOrder(w, p.Flights))
}

// paid adds the payment of the difference. Nothing is paid for what the airline has caused.
func (c change) paid(r Reservation, w Work, p plan) (plan, *Refusal) {
	due := (p.fare() - r.fare()).Times(r.Party())
	if why := w.Order.agreedTo(due); why != nil {
		return plan{}, why
	}
	p.text = fmt.Sprintf("Reservation %s is changed: %s", r.ID, p.itinerary())
	if c.waived(w) {
		return p, nil
	}
	if due != 0 {
		p.PaymentHistory = append(slices.Clip(p.PaymentHistory), Payment{c.PaymentID, due})
		p.text += difference(due)
	}
	p.pay = &PaymentRequest{Type: PayChange, Payments: []Payment{{c.PaymentID, due}}}
	return p, nil
}

// difference is what was paid, or given back, in words.
func difference(due Amount) string {
	switch {
	case due > 0:
		return fmt.Sprintf(": $%v paid", due)
	case due < 0:
		return fmt.Sprintf(": $%v given back", -due)
	}
	return ""
}

// sameFare prices new segments so that the reservation costs what it did: those kept keep their price, and the others
// share, in order, that of those left.
func sameFare(flights []Segment, r Reservation, c Cabin) []Segment {
	left := r.fare()
	var anew []int
	for i, s := range flights {
		if c == r.Cabin && slices.ContainsFunc(r.Flights, func(o Segment) bool { return o.Flight() == s.Flight() }) {
			left -= s.Price
		} else {
			anew = append(anew, i)
		}
	}
	for k, i := range anew {
		share := left / Amount(len(anew)-k)
		flights[i].Price, left = share, left-share
	}
	return flights
}

// looks asks all flights of a reservation how they stand.
func looks(r Reservation) (seats []SeatRequest) {
	for _, s := range r.Flights {
		seats = append(seats, SeatRequest{Type: Look, Flight: s.Flight(), Cabin: r.Cabin})
	}
	return seats
}
