package airline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// compensation is send_certificate. Under the airline's policy it is for a reservation and a reason, and coordinated by
// the reservation; the tool of tau2-bench knows neither, and is the payment desk's alone.
type compensation struct {
	User        CustomerID    `json:"user_id"`
	Amount      Amount        `json:"amount"`
	Reservation ReservationID `json:"reservation_id"`
	Reason      string        `json:"reason"` // cancelled, delayed
	IDs         []string      `json:"certificate_ids"`
}

func (c compensation) forbids(r Reservation, _ Work) *Refusal {
	if c.User != r.User {
		return refuse(NotYours, "Reservation %s is not %s's", r.ID, c.User)
	}
	return compensatedOnce(r, c.Reason)
}

func (c compensation) asks(r Reservation, _ Work) (seats []SeatRequest, who bool) {
	seats = looks(r)
	for _, f := range r.Left {
		seats = append(seats, SeatRequest{Type: Look, Flight: f, Cabin: r.Cabin})
	}
	return seats, true
}

func (c compensation) judge(r Reservation, w Work) (plan, *Refusal) {
	if why := first(w.User.Refused, mayBeCompensated(r, w.User.Membership), disruptedSo(r, w, c.Reason), compensationOf(r, c.Reason, c.Amount)); why != nil && !w.Tau2 {
		return plan{}, why
	}
	p := plan{ReservationDetails: r.ReservationDetails, legs: r.Legs, reason: c.Reason}
	p.pay = &PaymentRequest{Type: Grant, Payments: []Payment{{Amount: c.Amount}}, IDs: newCertificates(w.Order, c.IDs)}
	if w.Paid != nil {
		p.result = sent(w.Paid.Certificate, c.User, w.Order)
		p.text = fmt.Sprintf("You have a certificate of $%v more, %s", c.Amount, w.Paid.Certificate)
	}
	return p, nil
}

func sent(id string, user CustomerID, o Order) string {
	return fmt.Sprintf("Certificate %s added to user %s with amount %s.", id, user, amountIn(o.Arguments))
}

// amountIn is the amount among the arguments as Python prints that number: 75.5, and 100 or 100.0 as it was given.
func amountIn(arguments json.RawMessage) string {
	var a struct{ Amount json.Number }
	if err := json.Unmarshal(arguments, &a); err != nil {
		return ""
	}
	if v, err := a.Amount.Float64(); err == nil && strings.ContainsAny(a.Amount.String(), ".eE") {
		return printed(v)
	}
	return a.Amount.String()
}

// onOrder is the payment desk alone: a certificate without a reservation.
func (u User) onOrder(e ruled[Order]) (User, []addressed) {
	o := e.Event
	if i := slices.IndexFunc(u.Done, func(r Result) bool { return r.Command == o.ID }); i >= 0 {
		return u, []addressed{{u.Done[i], o.Caller}}
	}
	u, r := u.certificate(o, e.Rules)
	if u.Exists() {
		u.Done = append(slices.Clip(u.Done), *r)
		u.Done = u.Done[max(0, len(u.Done)-maxDone):]
	}
	return u, []addressed{{*r, o.Caller}}
}

func (u User) certificate(o Order, rules Rules) (User, *Result) {
	op, why := o.operation()
	if why != nil {
		return u, o.refused(why, o.Time)
	}
	c := op.(compensation)
	switch {
	case !u.Exists():
		return u, o.refused(unknownUser(c.User), o.Time)
	case !rules.tau2() && !o.staff():
		return u, o.refused(refuse(ReservationNeeded, "Which reservation is the certificate for, and why?"), o.Time)
	}
	n, id, why := u.grant(newCertificates(o, c.IDs), c.Amount)
	if why != nil {
		return u, o.refused(why, o.Time)
	}
	text := sent(id, c.User, o)
	return n, o.result(text, text, o.Time)
}
