package airline

import (
	"slices"
	"time"
)

// ruled is an event with the rules in force.
type ruled[E any] struct {
	Event E
	Rules Rules
}

// A saga is one step of a reservation's row: an event in, the changed row and its effects out.
type saga struct {
	Reservation
	rules   Rules
	effects []reservationEffect
}

func (r Reservation) step(rules Rules, do func(*saga)) (Reservation, []reservationEffect) {
	s := &saga{Reservation: r, rules: rules}
	if r.Work != nil {
		w := *r.Work
		w.Asked = slices.Clone(w.Asked)
		s.Work = &w
	}
	do(s)
	return s.Reservation, s.effects
}

func (r Reservation) onOrder(o ruled[Order]) (Reservation, []reservationEffect) {
	return r.step(o.Rules, func(s *saga) { s.order(o.Event) })
}

func (r Reservation) onSeats(e ruled[SeatReply]) (Reservation, []reservationEffect) {
	return r.step(e.Rules, func(s *saga) { s.seats(e.Event) })
}

func (r Reservation) onPayment(e ruled[PaymentReply]) (Reservation, []reservationEffect) {
	return r.step(e.Rules, func(s *saga) { s.payment(e.Event) })
}

// order takes in a command: once for each id. One that was done has the same result again.
func (s *saga) order(o Order) {
	sameID := func(q Order) bool { return q.ID == o.ID }
	done := s.done(o.ID)
	switch {
	case done != nil && done.Code == string(passedOn) && o.hasMore():
		s.passOn(o)
	case done != nil && done.Code == string(passedOn):
		s.tell(o, *o.refused(noneFree, o.Time))
	case done != nil:
		s.tell(o, *done)
	case s.Work != nil && sameID(s.Work.Order) || slices.ContainsFunc(s.Queue, sameID):
	case s.Work != nil && len(s.Queue) >= maxQueue && !o.Airline: // whose agents wait without a result
		s.tell(o, *o.refused(refuse(Busy, "Too many changes of reservation %s are under way", s.ID), o.Time))
	case s.Work != nil:
		s.Queue = append(slices.Clip(s.Queue), o)
	default:
		s.start(o)
	}
}

func (s *saga) start(o Order) {
	op, why := o.operation()
	if why == nil {
		why = s.admits(o, op)
	}
	switch {
	case why == nil:
		s.begin(o, op)
	case why.Code == passedOn:
		s.remember(Result{Command: o.ID, Code: string(passedOn)})
		s.passOn(o)
	default:
		s.over(o, why, "")
	}
}

// noneFree is the refusal when all ids are taken.
var noneFree = refuse(TooManyReservations, "Too many reservations")

// passedOn marks a command for a new reservation whose id was taken here: it goes on to the next id.
const passedOn Code = "passed_on"

// hasMore says whether there are more ids to be tried.
func (o Order) hasMore() bool { return o.Tool == BookReservation && o.Try+1 < len(o.ids()) }

func (s *saga) passOn(o Order) {
	o.Try++
	s.effects = append(s.effects, reservationEffect{Forward: &o})
}

// admits says why a command can't even begin.
func (s *saga) admits(o Order, op operation) *Refusal {
	opens, isNew := op.(opener)
	switch {
	case isNew && s.Exists() && o.hasMore():
		return &Refusal{Code: passedOn}
	case isNew && s.Exists():
		return noneFree
	case !isNew && !s.Exists():
		return refuse(ReservationNotFound, "Reservation %s not found", o.about())
	case s.rules.tau2():
		return nil
	case !o.Airline && !o.staff() && isNew && opens.user() != o.Caller,
		!o.Airline && !o.staff() && !isNew && s.User != o.Caller:
		return refuse(NotYours, "Reservation %s is not %s's", o.about(), o.Caller)
	}
	return op.forbids(s.Reservation, Work{Order: o})
}

// An opener is an operation that makes a reservation, which is pending until it is done.
type opener interface {
	user() CustomerID
	open(ReservationID, Order) ReservationDetails
}

func (s *saga) begin(o Order, op operation) {
	s.Work = &Work{Order: o, Tau2: s.rules.tau2(), Phase: Asking}
	if opens, ok := op.(opener); ok {
		s.ReservationDetails = opens.open(o.about(), o)
	}
	seats, who := op.asks(s.Reservation, *s.Work)
	for _, r := range seats {
		s.ask(r)
	}
	if who {
		s.Work.WhoIs = s.pay(PaymentRequest{Type: WhoIs})
	}
	s.advance()
}

// ask sends a request to a flight.
func (s *saga) ask(r SeatRequest) {
	r = s.address(r, s.Work.Order.Time)
	s.Work.Asked = append(s.Work.Asked, Asked{Request: r})
	s.effects = append(s.effects, reservationEffect{Seats: &r})
}

func (s *saga) address(r SeatRequest, now time.Time) SeatRequest {
	s.Seq++
	r.Seq, r.Customer, r.Reservation, r.Party, r.Time = s.Seq, s.User, s.ID, s.Party(), now
	if s.Work != nil {
		r.Command = s.Work.Order.ID
	}
	return r
}

// pay sends a request to the payment desk, and returns its number.
func (s *saga) pay(p PaymentRequest) int {
	s.Seq++
	p.Seq, p.User, p.Reservation = s.Seq, s.User, s.ID
	p.Command, p.Tau2, p.Time = s.Work.Order.ID, s.Work.Tau2, s.Work.Order.Time
	s.effects = append(s.effects, reservationEffect{Payment: &p})
	return s.Seq
}

func (s *saga) seats(r SeatReply) {
	asked := -1
	if s.Work != nil {
		asked = slices.IndexFunc(s.Work.Asked, func(a Asked) bool { return a.Request.Seq == r.Seq && a.Reply == nil })
	}
	switch {
	case asked >= 0:
		s.Work.Asked[asked].Reply = &r
		s.advance()
	case r.Type == Book && r.Sold:
		s.claimed(r)
	}
}

func (s *saga) payment(r PaymentReply) {
	switch w := s.Work; {
	case w == nil:
		return
	case r.Seq == w.WhoIs:
		w.User = &r
	case r.Seq == w.Pay:
		w.Paid = &r
	default:
		return
	}
	s.advance()
}

// advance goes on to the next phase, once this one has all its answers.
func (s *saga) advance() {
	w := s.Work
	if !w.done() {
		return
	}
	if w.Phase == Undoing {
		s.over(w.Order, w.Refusal, w.why())
		return
	}
	p, why := s.judge()
	if w.Phase == Paying && why == nil {
		why = w.Paid.Refused
	}
	switch {
	case why != nil:
		s.undo(why)
	case w.Phase == Asking && p.pay != nil:
		w.Phase, w.Pay = Paying, s.pay(*p.pay)
	default:
		s.finish(p)
	}
}

func (s *saga) judge() (plan, *Refusal) {
	op, why := s.Work.Order.operation()
	if why != nil {
		return plan{}, why
	}
	return op.judge(s.Reservation, *s.Work)
}

// undo gives back what flights have granted.
func (s *saga) undo(why *Refusal) {
	w := s.Work
	w.Phase, w.Refusal = Undoing, why
	for _, a := range w.Asked {
		if a.granted() {
			s.ask(s.undoing(a.Request))
		}
	}
	s.advance()
}

// undoing is the request that undoes one: seats that a party moved from are asked for again.
func (s *saga) undoing(r SeatRequest) SeatRequest {
	r.Seats, r.Prefer = nil, ""
	if r.Type != Move {
		r.Type = Release
		return r
	}
	if i := slices.IndexFunc(s.Legs, func(l Leg) bool { return l.Flight == r.Flight }); i >= 0 {
		r.Seats = s.Legs[i].Seats
	}
	return r
}

// why is the word of the flight that refused first, if one did.
func (w Work) why() string {
	for _, a := range w.Asked {
		if a.Reply != nil && a.Reply.Result == Refused {
			return string(a.Reply.Flight) + ": " + a.Reply.Why
		}
	}
	return ""
}
