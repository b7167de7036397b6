package reservations

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// Work is a command under way in the row of its reservation: a saga. It asks flights for seats and users who they are,
// judges what they say, has the payment desk take the money, and only then changes the reservation. Whatever is refused
// on the way undoes what was granted. Each phase waits until all that it asked is answered.
type Work struct {
	Order   vocab.Order         `json:"order"`
	Conduct vocab.Conduct       `json:"conduct,omitzero"` // as it was when it began
	Phase   Phase               `json:"phase"`
	Asked   []Asked             `json:"asked,omitempty"`
	WhoIs   int                 `json:"who_is,omitempty"` // the number of the request
	User    *vocab.PaymentReply `json:"user,omitempty"`
	Pay     int                 `json:"pay,omitempty"` // the number of the request
	Paid    *vocab.PaymentReply `json:"paid,omitempty"`
	Refusal *vocab.Refusal      `json:"refusal,omitempty"` // why it is being undone
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
	Request vocab.SeatRequest `json:"request"`
	Reply   *vocab.SeatReply  `json:"reply,omitempty"`
}

func (a Asked) isGranted() bool { return a.Reply != nil && a.Reply.Result == vocab.SeatsGranted }

// done says whether the phase has all its answers.
func (w Work) isComplete() bool {
	answered := !slices.ContainsFunc(w.Asked, func(a Asked) bool { return a.Reply == nil })
	return answered && (w.WhoIs == 0 || w.User != nil) && (w.Phase != Paying || w.Paid != nil)
}

// replies are those to requests of some types, in the order asked.
func (w Work) replies(types ...vocab.SeatRequestType) (out []vocab.SeatReply) {
	for _, a := range w.Asked {
		if slices.Contains(types, a.Request.Type) && a.Reply != nil {
			out = append(out, *a.Reply)
		}
	}
	return out
}

// to is the reply of one flight to a request that would give seats there.
func (w Work) to(f vocab.FlightID) (vocab.SeatReply, bool) {
	for _, r := range w.replies(vocab.BookSeats, vocab.SellSeats, vocab.RebookSeats, vocab.MoveSeats, vocab.QuoteSeats) {
		if r.Flight == f {
			return r, true
		}
	}
	return vocab.SeatReply{}, false
}

// standing is how a flight stood when it was asked, if it was.
func (w Work) standing(f vocab.FlightID) vocab.Standing {
	for _, a := range w.Asked {
		if a.Reply != nil && a.Reply.Flight == f {
			return a.Reply.Standing
		}
	}
	return vocab.Standing{}
}

// why is the word of the flight that refused first, if one did.
func (w Work) why() string {
	for _, a := range w.Asked {
		if a.Reply != nil && a.Reply.Result == vocab.SeatsRefused {
			return string(a.Reply.Flight) + ": " + a.Reply.Why
		}
	}
	return ""
}
