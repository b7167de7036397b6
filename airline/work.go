package airline

import (
	"slices"
	"time"
)

// Work is a command under way in the row of its reservation: a saga. It asks flights for seats and users who they are,
// judges what they say, has the payment desk take the money, and only then changes the reservation. Whatever is refused
// on the way undoes what was granted. Each phase waits until all that it asked is answered.
type Work struct {
	Order   Order         `json:"order"`
	Tau2    bool          `json:"tau2,omitempty"` // the mode when it began
	Phase   Phase         `json:"phase"`
	Asked   []Asked       `json:"asked,omitempty"`
	WhoIs   int           `json:"who_is,omitempty"` // the number of the request
	User    *PaymentReply `json:"user,omitempty"`
	Pay     int           `json:"pay,omitempty"` // the number of the request
	Paid    *PaymentReply `json:"paid,omitempty"`
	Refusal *Refusal      `json:"refusal,omitempty"` // why it is being undone
}

// A Phase is how far work has come.
type Phase string

// The phases of work.
const (
	Asking  Phase = "asking"
	Paying  Phase = "paying"
	Undoing Phase = "undoing"
)

// Asked is a request to a flight, and its reply once that is there.
type Asked struct {
	Request SeatRequest `json:"request"`
	Reply   *SeatReply  `json:"reply,omitempty"`
}

func (a Asked) granted() bool { return a.Reply != nil && a.Reply.Result == Granted }

// done says whether the phase has all its answers.
func (w Work) done() bool {
	answered := !slices.ContainsFunc(w.Asked, func(a Asked) bool { return a.Reply == nil })
	return answered && (w.WhoIs == 0 || w.User != nil) && (w.Phase != Paying || w.Paid != nil)
}

// replies are those to requests of some types, in the order asked.
func (w Work) replies(types ...SeatRequestType) (out []SeatReply) {
	for _, a := range w.Asked {
		if slices.Contains(types, a.Request.Type) && a.Reply != nil {
			out = append(out, *a.Reply)
		}
	}
	return out
}

// to is the reply of one flight to a request that would give seats there.
func (w Work) to(f FlightID) (SeatReply, bool) {
	for _, r := range w.replies(Book, Sell, Rebook, Move, Quote) {
		if r.Flight == f {
			return r, true
		}
	}
	return SeatReply{}, false
}

// An operation is what a command does, once its arguments have been read.
type operation interface {
	// forbids says by which of the airline's rules not, as far as row and arguments tell.
	forbids(Reservation, Work) *Refusal
	// asks says what must be known or held before it can be judged. who: who the user is.
	asks(Reservation, Work) (seats []SeatRequest, who bool)
	// judge says what becomes of the reservation, or why nothing does.
	judge(Reservation, Work) (plan, *Refusal)
}

// A plan is what becomes of a reservation once the payment desk has granted.
type plan struct {
	ReservationDetails
	legs    []Leg
	pay     *PaymentRequest
	release []Leg
	reason  string // compensated for
	result  any    // defaults to the reservation
	text    string // for the customer
}

// reservationEffect is what a change of a reservation's row causes elsewhere.
type reservationEffect struct {
	Seats   *SeatRequest
	Payment *PaymentRequest
	Result  *addressed
	Update  *ReservationUpdate
	Forward *Order // to the next id for a new reservation
}

// addressed is a result, and to whom it goes.
type addressed struct {
	Result
	Caller CustomerID
}

// A ReservationUpdate tells the customer's row how a reservation stands, after each command, done or refused.
type ReservationUpdate struct {
	Reservation ReservationID `json:"reservation_id"`
	Customer    CustomerID    `json:"customer"`
	Command     string        `json:"command"`
	Tool        string        `json:"tool"`
	Refused     *Refusal      `json:"refused,omitempty"`
	Why         string        `json:"why,omitempty"` // the flight that refused, and its word
	Status      string        `json:"status,omitempty"`
	Cabin       Cabin         `json:"cabin,omitempty"`
	Party       int           `json:"party,omitempty"`
	Legs        []Leg         `json:"legs,omitempty"`
	Text        string        `json:"text,omitempty"` // of what was done, for the customer; none: the airline's own agents did it
	N           int           `json:"n"`
	Time        time.Time     `json:"time"`
}
