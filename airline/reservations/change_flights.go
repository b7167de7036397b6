package reservations

import (
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A FlightChange is update_reservation_flights. Flights is the whole new list. A flight that is kept in the
// same cabin keeps its price and its seats. All others are sold at today's price, and the difference is paid
// or given back.
type FlightChange struct {
	ID        vocab.ReservationID `json:"reservation_id"`
	Cabin     vocab.Cabin         `json:"cabin"`
	Flights   []FlightInfo        `json:"flights"`
	PaymentID string              `json:"payment_id"`
	Waiver    bool                `json:"waiver"`             // free of charge: the airline has disrupted it
	Replaces  vocab.FlightID      `json:"replaces,omitempty"` // do nothing if this flight is no longer on the list
	seatWish
}

func (c FlightChange) isComplete() bool { return allDated(c.Flights) }

func (c FlightChange) check(r Reservation, w Work) *vocab.Refusal {
	if w.Order.Airline {
		return firstRefusal(checkNotCancelled(r), checkStillOn(r, c.Replaces), checkFlightsUnique(c.Flights))
	}
	return firstRefusal(
		checkNotCancelled(r),
		checkFlightsUnique(c.Flights),
		checkBasicEconomy(r, c.Flights, c.Waiver))
}

// requests has the new flights hold seats before the old ones get theirs back. Desks that only keep the books
// move no seats.
func (c FlightChange) requests(r Reservation, w Work) (seats []vocab.SeatRequest, needsUser bool) {
	if !c.Cabin.IsKnown() {
		return nil, false
	}

	if !w.Conduct.Unchecked && !w.Order.Airline {
		seats = lookAtAll(r)
	}

	for _, f := range c.Flights {
		_, isKept := c.keeps(r, f.id())
		switch {
		case !isKept:
			seats = append(seats, c.request(c.requestType(w), f.id(), c.Cabin))
		case !w.Conduct.BooksOnly && c.movesSeats(r, f.id()):
			seats = append(seats, c.request(vocab.MoveSeats, f.id(), c.Cabin))
		}
	}

	return seats, false
}

// keeps returns the index of a flight in the old list, and reports whether it keeps its price and seats.
func (c FlightChange) keeps(r Reservation, f vocab.FlightID) (i int, isKept bool) {
	i = slices.IndexFunc(r.Flights, func(s vocab.Segment) bool { return s.Flight() == f })
	return i, i >= 0 && c.Cabin == r.Cabin
}

// movesSeats reports whether a party gets other seats on a flight that it keeps. A preferred kind is for the
// new flights, if there are any.
func (c FlightChange) movesSeats(r Reservation, f vocab.FlightID) bool {
	isNew := func(n FlightInfo) bool {
		_, isKept := c.keeps(r, n.id())
		return !isKept
	}
	return len(c.Seats[f]) > 0 || c.Prefer != "" && !slices.ContainsFunc(c.Flights, isNew)
}

// isWaived reports whether the change is free of charge.
func (c FlightChange) isWaived(w Work) bool {
	return (c.Waiver || w.Order.Airline) && !w.Conduct.BooksOnly
}

func (c FlightChange) requestType(w Work) vocab.SeatRequestType {
	switch {
	case w.Conduct.BooksOnly:
		return vocab.QuoteSeats
	case c.isWaived(w):
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

		p.Flights = append(p.Flights, s)
		p.legs = append(p.legs, l)
	}

	if why := c.checkPlan(r, w, p); why != nil {
		return plan{}, why
	}

	if c.isWaived(w) {
		p.Flights = spreadFare(p.Flights, r, c.Cabin)
	}

	if !w.Conduct.BooksOnly {
		p.release = releasedLegs(r, p)
	}

	return c.withPayment(r, w, p)
}

// leg returns one flight of the new list, with what its desk has granted.
func (c FlightChange) leg(r Reservation, w Work,
	f vocab.FlightID) (vocab.Segment, vocab.Leg, *vocab.Refusal) {
	reply, wasAsked := w.replyFor(f)
	if why := refusalOf(reply); why != nil {
		return vocab.Segment{}, vocab.Leg{}, why
	}

	i, isKept := c.keeps(r, f)
	if !isKept {
		return segmentOf(reply), legOf(reply), nil
	}

	l := vocab.Leg{Flight: f}
	if i < len(r.Legs) { // a cancelled reservation has no legs, and unchecked desks change it
		l = r.Legs[i]
	}

	if wasAsked {
		l.Seats, l.Held = reply.Seats, true
	}

	return r.Flights[i], l, nil
}

// releasedLegs returns the legs that are given back.
func releasedLegs(r Reservation, p plan) (legs []vocab.Leg) {
	for _, l := range r.Legs {
		isKept := slices.ContainsFunc(p.legs, func(n vocab.Leg) bool { return n.Flight == l.Flight })
		if p.Cabin != r.Cabin || !isKept {
			legs = append(legs, l)
		}
	}
	return legs
}

// checkPlan returns which rule of the airline the change would break.
func (c FlightChange) checkPlan(r Reservation, w Work, p plan) *vocab.Refusal {
	if w.Conduct.Unchecked || w.Order.Airline {
		return nil
	}

	var waiver *vocab.Refusal
	if c.Waiver {
		waiver = checkWaiver(r, w, p)
	}

	return firstRefusal(
		checkFlownKept(r, w, p),
		waiver,
		checkRoute(p.ReservationDetails),
		checkOrder(w, p.Flights))
}

// withPayment adds the payment of the difference. A party pays nothing for what the airline has caused.
func (c FlightChange) withPayment(r Reservation, w Work, p plan) (plan, *vocab.Refusal) {
	due := (fareOf(p.ReservationDetails) - fareOf(r.ReservationDetails)).Times(r.Party())
	if why := checkAgreed(w.Order, due); why != nil {
		return plan{}, why
	}

	p.text = fmt.Sprintf("Reservation %s is changed: %s", r.ID, itinerary(p.ReservationDetails))
	if c.isWaived(w) {
		return p, nil
	}

	payment := vocab.Payment{ID: c.PaymentID, Amount: due}
	if due != 0 {
		p.PaymentHistory = append(slices.Clip(p.PaymentHistory), payment)
		p.text += paidText(due)
	}
	p.pay = &vocab.PaymentRequest{Type: vocab.PayChange, Payments: []vocab.Payment{payment}}

	return p, nil
}

// spreadFare prices the new flights so that the reservation costs what it did. Flights that are kept keep
// their price. The others share, in order, what is left of the fare.
func spreadFare(flights []vocab.Segment, r Reservation, c vocab.Cabin) []vocab.Segment {
	left := fareOf(r.ReservationDetails)
	var replaced []int
	for i, s := range flights {
		if c == r.Cabin && isOn(r.Flights, s.Flight()) {
			left -= s.Price
		} else {
			replaced = append(replaced, i)
		}
	}

	for k, i := range replaced {
		share := left / vocab.Amount(len(replaced)-k)
		flights[i].Price = share
		left -= share
	}

	return flights
}
