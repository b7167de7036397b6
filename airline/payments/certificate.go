package payments

import (
	"encoding/json"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// maxDone bounds the results that a row remembers.
const maxDone = 16

// A certificate is send_certificate without a reservation.
type certificate struct {
	User   vocab.CustomerID `json:"user_id"`
	Amount vocab.Amount     `json:"amount"`
	IDs    []string         `json:"certificate_ids"`
}

// CertificateOwner returns the user that a certificate is for.
func CertificateOwner(o vocab.Order) vocab.CustomerID {
	var c certificate
	_ = json.Unmarshal(o.Arguments, &c) // the order was read before it came here
	return c.User
}

// OnOrder sends a certificate, once for each id of a command.
func (u User) OnOrder(e vocab.Ruled[vocab.Order]) (User, []vocab.Answer) {
	o := e.Event
	done := slices.IndexFunc(u.Done, func(r vocab.Result) bool { return r.Command == o.ID })
	if done >= 0 {
		return u, []vocab.Answer{{Result: u.Done[done], Caller: o.Caller}}
	}

	u, result := u.send(o, e.Conduct)
	if u.Exists() {
		u.Done = append(slices.Clip(u.Done), *result)
		u.Done = u.Done[max(0, len(u.Done)-maxDone):]
	}

	return u, []vocab.Answer{{Result: *result, Caller: o.Caller}}
}

func (u User) send(o vocab.Order, conduct vocab.Conduct) (User, *vocab.Result) {
	var c certificate
	why := vocab.ReadArguments(o.Tool, o.Arguments, &c, vocab.CertificateRequired, vocab.CertificateOptional)
	switch {
	case why != nil:
	case !u.Exists():
		why = UnknownUser(c.User)
	case !conduct.Unchecked && !o.IsStaff():
		why = vocab.Refuse(vocab.ReservationNeeded, "Which reservation is the certificate for, and why?")
	}

	if why != nil {
		return u, o.Refused(why, o.Time)
	}

	after, id, why := u.grant(vocab.CertificateIDs(o, c.IDs), c.Amount)
	if why != nil {
		return u, o.Refused(why, o.Time)
	}
	text := vocab.CertificateSent(id, c.User, o)

	return after, o.Done(text, text, o.Time)
}
