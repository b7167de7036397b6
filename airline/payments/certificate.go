package payments

import (
	"encoding/json"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// maxDone bounds the results that a row remembers.
const maxDone = 16

// onOrder is the payment desk alone: a certificate without a reservation.
func (u User) OnOrder(e vocab.Ruled[vocab.Order]) (User, []vocab.Answer) {
	o := e.Event
	if i := slices.IndexFunc(u.Done, func(r vocab.Result) bool { return r.Command == o.ID }); i >= 0 {
		return u, []vocab.Answer{{Result: u.Done[i], Caller: o.Caller}}
	}
	u, r := u.certificate(o, e.Conduct)
	if u.Exists() {
		u.Done = append(slices.Clip(u.Done), *r)
		u.Done = u.Done[max(0, len(u.Done)-maxDone):]
	}
	return u, []vocab.Answer{{Result: *r, Caller: o.Caller}}
}

// A certificate is send_certificate, as far as the payment desk needs it.
type certificate struct {
	User   vocab.CustomerID `json:"user_id"`
	Amount vocab.Amount     `json:"amount"`
	IDs    []string         `json:"certificate_ids"`
}

func readCertificate(o vocab.Order) (c certificate, why *vocab.Refusal) {
	why = vocab.ReadArguments(o.Tool, o.Arguments, &c, vocab.CertificateRequired, vocab.CertificateOptional)
	return c, why
}

func (u User) certificate(o vocab.Order, conduct vocab.Conduct) (User, *vocab.Result) {
	c, why := readCertificate(o)
	if why != nil {
		return u, o.Refused(why, o.Time)
	}
	switch {
	case !u.Exists():
		return u, o.Refused(UnknownUser(c.User), o.Time)
	case !conduct.Unchecked && !o.IsStaff():
		return u, o.Refused(vocab.Refuse(vocab.ReservationNeeded, "Which reservation is the certificate for, and why?"), o.Time)
	}
	n, id, why := u.grant(vocab.CertificateIDs(o, c.IDs), c.Amount)
	if why != nil {
		return u, o.Refused(why, o.Time)
	}
	text := vocab.CertificateSent(id, c.User, o)
	return n, o.Done(text, text, o.Time)
}

// certificateOwner is the user that a certificate is for.
func CertificateOwner(o vocab.Order) vocab.CustomerID {
	var c certificate
	_ = json.Unmarshal(o.Arguments, &c) // the router has read it
	return c.User
}
