package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// change is update_reservation_flights: flights is the whole new list. A segment that is kept in the same cabin keeps its
// price and its seats, any other is sold anew, and the difference is paid or given back.
type FlightChange struct {
	ID        vocab.ReservationID `json:"reservation_id"`
	Cabin     vocab.Cabin         `json:"cabin"`
	Flights   []FlightInfo        `json:"flights"`
	PaymentID string              `json:"payment_id"`
	Waiver    bool                `json:"waiver"`             // because of the airline's own delay or cancellation
	Replaces  vocab.FlightID      `json:"replaces,omitempty"` // only if it is still among the flights
	seatWish
}

func (c FlightChange) complete() bool { return allDated(c.Flights) }

func (c FlightChange) keeps(r Reservation, f vocab.FlightID) (int, bool) {
	i := slices.IndexFunc(r.Flights, func(s vocab.Segment) bool { return s.Flight() == f })
	return i, i >= 0 && c.Cabin == r.Cabin
}

func (c FlightChange) waived(w Work) bool {
	return (c.Waiver || w.Order.Airline) && !w.Conduct.BooksOnly
}

func (c FlightChange) check(r Reservation, w Work) *vocab.Refusal {
	if w.Order.Airline {
		return firstRefusal(checkNotCancelled(r), checkStillOn(r, c.Replaces), checkFlightsUnique(c.Flights))
	}
	return firstRefusal(checkNotCancelled(r), checkFlightsUnique(c.Flights), checkBasicEconomy(r, c.Flights, c.Waiver))
}

// asks holds new seats before the old ones are given back. Desks that only keep the books move no seats.
func (c FlightChange) requests(r Reservation, w Work) (seats []vocab.SeatRequest, who bool) {
	if !c.Cabin.IsKnown() {
		return nil, false
	}
	if !w.Conduct.Unchecked && !w.Order.Airline {
		seats = append(seats, lookAtAll(r)...)
	}
	for _, f := range c.Flights {
		_, kept := c.keeps(r, f.id())
		switch {
		case kept && (w.Conduct.BooksOnly || !c.movesSeats(r, f.id())):
		case kept:
			seats = append(seats, c.on(f.id(), vocab.MoveSeats, c.Cabin))
		default:
			seats = append(seats, c.on(f.id(), c.requestType(w), c.Cabin))
		}
	}
	return seats, false
}

// moves says whether a party gets other seats on a flight that it keeps: these, or one of a kind, which is a wish for the
// new flights if there are any.
func (c FlightChange) movesSeats(r Reservation, f vocab.FlightID) bool {
	anew := func(n FlightInfo) bool { _, kept := c.keeps(r, n.id()); return !kept }
	return len(c.Seats[f]) > 0 || c.Prefer != "" && !slices.ContainsFunc(c.Flights, anew)
}

func (c FlightChange) requestType(w Work) vocab.SeatRequestType {
	switch {
	case w.Conduct.BooksOnly:
		return vocab.QuoteSeats
	case c.waived(w):
		return vocab.RebookSeats
	}
	return vocab.SellSeats
}

func (c FlightChange) decide(r Reservation, w Work) (plan, *vocab.Refusal) {
	if !c.Cabin.IsKnown() {
		return plan{}, vocab.Refuse(vocab.BadSchema, "update_reservation_flights: no such cabin: %q", c.Cabin)
	}
	p := plan{ReservationDetails: r.ReservationDetails}
	p.Cabin, p.Flights = c.Cabin, []vocab.Segment{}
	for _, f := range c.Flights {
		s, l, why := c.leg(r, w, f.id())
		if why != nil {
			return plan{}, why
		}
		p.Flights, p.legs = append(p.Flights, s), append(p.legs, l)
	}
	if why := c.checkPlan(r, w, p); why != nil {
		return plan{}, why
	}
	if c.waived(w) {
		p.Flights = spreadFare(p.Flights, r, c.Cabin)
	}
	if !w.Conduct.BooksOnly {
		p.release = releasedLegs(r, p)
	}
	return c.withPayment(r, w, p)
}

// leg is one flight of the new list, with what its desk has granted.
func (c FlightChange) leg(r Reservation, w Work, f vocab.FlightID) (vocab.Segment, vocab.Leg, *vocab.Refusal) {
	reply, asked := w.to(f)
	if why := refusalOf(reply); why != nil {
		return vocab.Segment{}, vocab.Leg{}, why
	}
	i, kept := c.keeps(r, f)
	if !kept {
		return segmentOf(reply), legOf(reply), nil
	}
	l := vocab.Leg{Flight: f}
	if i < len(r.Legs) { // a cancelled reservation, which unchecked desks change, has none
		l = r.Legs[i]
	}
	if asked {
		l.Seats, l.Held = reply.Seats, true
	}
	return r.Flights[i], l, nil
}

// given are the legs that are given back.
func releasedLegs(r Reservation, p plan) (legs []vocab.Leg) {
	for _, l := range r.Legs {
		if p.Cabin != r.Cabin || !slices.ContainsFunc(p.legs, func(n vocab.Leg) bool { return n.Flight == l.Flight }) {
			legs = append(legs, l)
		}
	}
	return legs
}

// violates says which of the airline's rules the change would break.
func (c FlightChange) checkPlan(r Reservation, w Work, p plan) *vocab.Refusal {
	switch {
	case w.Conduct.Unchecked || w.Order.Airline:
		return nil
	case c.Waiver:
		return firstRefusal(checkFlownKept(r, w, p), checkWaiver(r, w, p), checkRoute(p.ReservationDetails), checkOrder(w, p.Flights))
	}
	return firstRefusal(checkFlownKept(r, w, p), checkRoute(p.ReservationDetails), checkOrder(w, p.Flights))
}

// paid adds the payment of the difference. Nothing is paid for what the airline has caused.
func (c FlightChange) withPayment(r Reservation, w Work, p plan) (plan, *vocab.Refusal) {
	due := (fareOf(p.ReservationDetails) - fareOf(r.ReservationDetails)).Times(r.Party())
	if why := agreedTo(w.Order, due); why != nil {
		return plan{}, why
	}
	p.text = fmt.Sprintf("Reservation %s is changed: %s", r.ID, itinerary(p.ReservationDetails))
	if c.waived(w) {
		return p, nil
	}
	if due != 0 {
		p.PaymentHistory = append(slices.Clip(p.PaymentHistory), vocab.Payment{ID: c.PaymentID, Amount: due})
		p.text += paidText(due)
	}
	p.pay = &vocab.PaymentRequest{Type: vocab.PayChange, Payments: []vocab.Payment{{ID: c.PaymentID, Amount: due}}}
	return p, nil
}

// difference is what was paid, or given back, in words.
func paidText(due vocab.Amount) string {
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
func spreadFare(flights []vocab.Segment, r Reservation, c vocab.Cabin) []vocab.Segment {
	left := fareOf(r.ReservationDetails)
	var anew []int
	for i, s := range flights {
		if c == r.Cabin && slices.ContainsFunc(r.Flights, func(o vocab.Segment) bool { return o.Flight() == s.Flight() }) {
			left -= s.Price
		} else {
			anew = append(anew, i)
		}
	}
	for k, i := range anew {
		share := left / vocab.Amount(len(anew)-k)
		flights[i].Price, left = share, left-share
	}
	return flights
}

// looks asks all flights of a reservation how they stand.
func lookAtAll(r Reservation) (seats []vocab.SeatRequest) {
	for _, s := range r.Flights {
		seats = append(seats, vocab.SeatRequest{Type: vocab.LookAtFlight, Flight: s.Flight(), Cabin: r.Cabin})
	}
	return seats
}
