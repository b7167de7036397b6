package reservations

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// Work is a command under way: the state of the saga. It asks first, then has the money taken, and then
// changes the reservation. If something is refused, it undoes what was granted. Each phase ends when all of
// its requests are answered.
type Work struct {
	Order   vocab.Order         `json:"order"`
	Conduct vocab.Conduct       `json:"conduct,omitzero"` // of the desks, when the work began
	Phase   Phase               `json:"phase"`
	Asked   []Asked             `json:"asked,omitempty"`
	WhoIs   int                 `json:"who_is,omitempty"` // the number of the request
	User    *vocab.PaymentReply `json:"user,omitempty"`
	Pay     int                 `json:"pay,omitempty"` // the number of the request
	Paid    *vocab.PaymentReply `json:"paid,omitempty"`
	Refusal *vocab.Refusal      `json:"refusal,omitempty"` // why the work is undone
}

// A Phase is how far the work has come.
type Phase string

// The phases.
const (
	Asking  Phase = "asking"
	Paying  Phase = "paying"
	Undoing Phase = "undoing"
)

// Asked is a request to a flight, and the flight's reply, once there is one.
type Asked struct {
	Request vocab.SeatRequest `json:"request"`
	Reply   *vocab.SeatReply  `json:"reply,omitempty"`
}

func (a Asked) isGranted() bool { return a.Reply != nil && a.Reply.Result == vocab.SeatsGranted }

// isComplete reports whether the phase has all of its replies.
func (w Work) isComplete() bool {
	waits := slices.ContainsFunc(w.Asked, func(a Asked) bool { return a.Reply == nil })
	knowsUser := w.WhoIs == 0 || w.User != nil
	hasPaid := w.Phase != Paying || w.Paid != nil
	return !waits && knowsUser && hasPaid
}

// replies returns the replies to requests of some types, in the order of the requests.
func (w Work) replies(types ...vocab.SeatRequestType) (all []vocab.SeatReply) {
	for _, a := range w.Asked {
		if slices.Contains(types, a.Request.Type) && a.Reply != nil {
			all = append(all, *a.Reply)
		}
	}
	return all
}

// replyFor returns a flight's reply to a request for seats, or for their price.
func (w Work) replyFor(f vocab.FlightID) (vocab.SeatReply, bool) {
	replies := w.replies(vocab.BookSeats, vocab.SellSeats, vocab.RebookSeats, vocab.MoveSeats,
		vocab.QuoteSeats)
	for _, r := range replies {
		if r.Flight == f {
			return r, true
		}
	}
	return vocab.SeatReply{}, false
}

// standing returns how a flight stood when it was asked. It is zero for a flight that was not asked.
func (w Work) standing(f vocab.FlightID) vocab.Standing {
	for _, a := range w.Asked {
		if a.Reply != nil && a.Reply.Flight == f {
			return a.Reply.Standing
		}
	}
	return vocab.Standing{}
}

// why names the first flight that refused, and its reason.
func (w Work) why() string {
	for _, a := range w.Asked {
		if a.Reply != nil && a.Reply.Result == vocab.SeatsRefused {
			return string(a.Reply.Flight) + ": " + a.Reply.Why
		}
	}
	return ""
}
