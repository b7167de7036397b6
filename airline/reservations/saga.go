package reservations

import (
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// An Effect is what a change of a reservation's row causes elsewhere. It has one of these.
type Effect struct {
	Seats   *vocab.SeatRequest
	Payment *vocab.PaymentRequest
	Result  *vocab.Answer
	Update  *vocab.ReservationUpdate
	Forward *vocab.Order // to the next id for a new reservation
}

// OnOrder takes in a command.
func (r Reservation) OnOrder(o vocab.Ruled[vocab.Order]) (Reservation, []Effect) {
	return r.step(o.Conduct, func(s *saga) { s.order(o.Event) })
}

// OnSeats takes in a flight's reply.
func (r Reservation) OnSeats(e vocab.Ruled[vocab.SeatReply]) (Reservation, []Effect) {
	return r.step(e.Conduct, func(s *saga) { s.seats(e.Event) })
}

// OnPayment takes in a reply of the payment desk.
func (r Reservation) OnPayment(e vocab.Ruled[vocab.PaymentReply]) (Reservation, []Effect) {
	return r.step(e.Conduct, func(s *saga) { s.payment(e.Event) })
}

// A saga is one step of a reservation's row: an event goes in, the changed row and its effects come out.
type saga struct {
	Reservation
	conduct vocab.Conduct
	effects []Effect
}

func (r Reservation) step(conduct vocab.Conduct, do func(*saga)) (Reservation, []Effect) {
	s := &saga{Reservation: r, conduct: conduct}
	if r.Work != nil { // the row that a step is given must not change
		w := *r.Work
		w.Asked = slices.Clone(w.Asked)
		s.Work = &w
	}
	do(s)
	return s.Reservation, s.effects
}

func (s *saga) emit(e Effect) { s.effects = append(s.effects, e) }

// order takes in a command, once for each id. One that was done before has the same result again. The
// airline's own agents wait without a result, so that their commands are never too many.
func (s *saga) order(o vocab.Order) {
	hasID := func(q vocab.Order) bool { return q.ID == o.ID }
	done := s.done(o.ID)
	switch {
	case done != nil && done.Code == string(passedOn) && hasMoreIDs(o):
		s.passOn(o)
	case done != nil && done.Code == string(passedOn):
		s.tell(o, *o.Refused(noIDLeft, o.Time))
	case done != nil:
		s.tell(o, *done)
	case s.Work != nil && hasID(s.Work.Order) || slices.ContainsFunc(s.Queue, hasID): // it is under way, or waits
	case s.Work != nil && len(s.Queue) >= maxQueue && !o.Airline:
		why := vocab.Refuse(vocab.Busy, "Too many changes of reservation %s are under way", s.ID)
		s.tell(o, *o.Refused(why, o.Time))
	case s.Work != nil:
		s.Queue = append(slices.Clip(s.Queue), o)
	default:
		s.start(o)
	}
}

// noIDLeft is the refusal if all ids for a new reservation are taken.
var noIDLeft = vocab.Refuse(vocab.TooManyReservations, "Too many reservations")

// passedOn marks a command for a new reservation whose id was taken here. It goes on to the next id.
const passedOn vocab.Code = "passed_on"

func (s *saga) passOn(o vocab.Order) {
	o.Try++
	s.emit(Effect{Forward: &o})
}

func (s *saga) start(o vocab.Order) {
	op, why := operationOf(o)
	if why == nil {
		why = s.admit(o, op)
	}

	switch {
	case why == nil:
		s.begin(o, op)
	case why.Code == passedOn:
		s.remember(vocab.Result{Command: o.ID, Code: string(passedOn)})
		s.passOn(o)
	default:
		s.fail(o, why, "")
	}
}

// admit returns why a command can't even begin.
func (s *saga) admit(o vocab.Order, op operation) *vocab.Refusal {
	opens, isNew := op.(opener)
	switch {
	case isNew && s.Exists() && hasMoreIDs(o):
		return &vocab.Refusal{Code: passedOn}
	case isNew && s.Exists():
		return noIDLeft
	case !isNew && !s.Exists():
		return vocab.Refuse(vocab.ReservationNotFound, "Reservation %s not found", KeyOf(o))
	case s.conduct.Unchecked:
		return nil
	}

	owner := s.User
	if isNew {
		owner = opens.user()
	}

	if owner != o.Caller && !o.Airline && !o.IsStaff() {
		return vocab.Refuse(vocab.NotYours, "Reservation %s is not %s's", KeyOf(o), o.Caller)
	}

	return op.check(s.Reservation, Work{Order: o})
}

func (s *saga) begin(o vocab.Order, op operation) {
	s.Work = &Work{Order: o, Conduct: s.conduct, Phase: Asking}
	if opens, isNew := op.(opener); isNew {
		s.ReservationDetails = opens.open(KeyOf(o), o)
	}

	seats, needsUser := op.requests(s.Reservation, *s.Work)
	for _, r := range seats {
		s.ask(r)
	}

	if needsUser {
		s.Work.WhoIs = s.pay(vocab.PaymentRequest{Type: vocab.WhoIsUser})
	}
	s.advance()
}

// ask sends a request to a flight, and waits for its reply.
func (s *saga) ask(r vocab.SeatRequest) {
	r = s.address(r, s.Work.Order.Time)
	s.Work.Asked = append(s.Work.Asked, Asked{Request: r})
	s.emit(Effect{Seats: &r})
}

// address fills in what is the same in all requests to flights.
func (s *saga) address(r vocab.SeatRequest, now time.Time) vocab.SeatRequest {
	s.Seq++
	r.Seq = s.Seq
	r.Customer, r.Reservation, r.Party = s.User, s.ID, s.Party()
	r.Time = now
	if s.Work != nil {
		r.Command = s.Work.Order.ID
	}
	return r
}

// pay sends a request to the payment desk, and returns its number.
func (s *saga) pay(p vocab.PaymentRequest) int {
	s.Seq++
	p.Seq = s.Seq
	p.User, p.Reservation = s.User, s.ID
	p.Command, p.Time = s.Work.Order.ID, s.Work.Order.Time
	p.Unchecked = s.Work.Conduct.Unchecked
	s.emit(Effect{Payment: &p})
	return s.Seq
}

// seats takes in a flight's reply. A reply that nothing waits for changes nothing.
func (s *saga) seats(r vocab.SeatReply) {
	asked := -1
	if s.Work != nil {
		asked = slices.IndexFunc(s.Work.Asked, func(a Asked) bool {
			return a.Request.Seq == r.Seq && a.Reply == nil
		})
	}

	switch {
	case asked >= 0:
		s.Work.Asked[asked].Reply = &r
		s.advance()
	case r.Type == vocab.BookSeats && r.Sold:
		s.claimed(r)
	}
}

// payment takes in a reply of the payment desk. A reply that nothing waits for changes nothing.
func (s *saga) payment(r vocab.PaymentReply) {
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

// advance goes on to the next phase, once this one has all of its replies.
func (s *saga) advance() {
	w := s.Work
	if !w.isComplete() {
		return
	}

	if w.Phase == Undoing {
		s.fail(w.Order, w.Refusal, w.why())
		return
	}

	p, why := s.decide()
	if w.Phase == Paying && why == nil {
		why = w.Paid.Refused
	}

	switch {
	case why != nil:
		s.undo(why)
	case w.Phase == Asking && p.pay != nil:
		w.Phase = Paying
		w.Pay = s.pay(*p.pay)
	default:
		s.complete(p)
	}
}

func (s *saga) decide() (plan, *vocab.Refusal) {
	op, why := operationOf(s.Work.Order)
	if why != nil {
		return plan{}, why
	}
	return op.decide(s.Reservation, *s.Work)
}

// undo gives back what the flights have granted.
func (s *saga) undo(why *vocab.Refusal) {
	w := s.Work
	w.Phase, w.Refusal = Undoing, why
	for _, a := range w.Asked {
		if a.isGranted() {
			s.ask(s.reverse(a.Request))
		}
	}
	s.advance()
}

// reverse returns the request that undoes one. A party that has moved asks for the seats that it had before.
func (s *saga) reverse(r vocab.SeatRequest) vocab.SeatRequest {
	r.Seats, r.Prefer = nil, ""
	if r.Type != vocab.MoveSeats {
		r.Type = vocab.ReleaseSeats
		return r
	}

	i := slices.IndexFunc(s.Legs, func(l vocab.Leg) bool { return l.Flight == r.Flight })
	if i >= 0 {
		r.Seats = s.Legs[i].Seats
	}

	return r
}
