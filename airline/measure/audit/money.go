package audit

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// payment is all that the topics say of one request to the payment desk.
type payment struct {
	requests int
	replies  []payReply
}

// user is all that the topics say of one user's money.
type user struct {
	profiles []userRow
	row      *userRow // the newest
}

// paymentsAnswered: one reply to each request.
func (a *Auditor) paymentsAnswered() Invariant {
	i := Invariant{Name: "every payment request answered exactly once"}
	for id, p := range a.payments {
		i.expect(p.requests == 1 && len(p.replies) == 1, "%s, request %d: asked %d times, %d replies",
			id.reservation, id.seq, p.requests, len(p.replies))
	}
	return i
}

// paid is a kind of payment for a reservation.
type paid struct{ reservation, kind string }

// pays is the kind of payment that a command needs to be done.
var pays = map[string]string{"book_reservation": "pay", "enter_reservation": "enrol",
	"cancel_reservation": "refund", "send_certificate": "grant"}

// paidForSomething: what is done was paid as it must be, and nothing was paid for what was not done.
func (a *Auditor) paidForSomething() Invariant {
	i := Invariant{Name: "everything done is paid, and everything paid is done"}

	granted := map[paid]int{}
	for id, p := range a.payments {
		for _, r := range p.replies {
			if r.Refused == nil {
				granted[paid{id.reservation, r.Type}]++
				a.party(id.reservation)
			}
		}
	}

	for _, id := range ids(a.parties) {
		done, changed := map[string]int{}, 0
		for _, u := range a.parties[id].updates {
			switch kind := pays[u.Tool]; {
			case u.Refused != nil:
			case kind != "":
				done[kind]++
			default:
				changed++
			}
		}

		for _, kind := range slices.Sorted(maps.Values(pays)) {
			if n := done[kind] + granted[paid{id, kind}]; n > 0 {
				i.expect(done[kind] == granted[paid{id, kind}], "%s: %d done that need a %s, %d granted", id,
					done[kind], kind, granted[paid{id, kind}])
			}
		}

		if n := granted[paid{id, "pay-change"}]; n > 0 { // a change that the airline has caused needs none
			i.expect(n <= changed, "%s: %d changes paid, %d made", id, n, changed)
		}
	}

	return i
}

// balances: what is on a user's gift cards and certificates is what was on them, less what was paid, and what
// was given back.
func (a *Auditor) balances() Invariant {
	i := Invariant{Name: "every balance is what was paid with it and given back"}

	replies := map[string][]payReply{}
	for _, p := range a.payments {
		for _, r := range p.replies {
			if r.Refused == nil {
				replies[r.User] = append(replies[r.User], r)
			}
		}
	}

	for _, id := range ids(a.users) {
		u := a.users[id]
		if u.row == nil || len(u.profiles) != 1 { // a profile that was sent again states the balances anew
			continue
		}

		want, has := u.profiles[0].balances(), u.row.balances()
		for _, r := range ordered(replies[id]) {
			want.take(r)
		}
		i.expect(maps.Equal(want, has), "%s has %v, and should have %v", id, has, want)
	}

	return i
}

// A wallet is what is left on each gift card and certificate.
type wallet map[string]float64

func (u userRow) balances() wallet {
	w := wallet{}
	for id, m := range u.Methods {
		if m.Amount != nil {
			w[id] = *m.Amount
		}
	}
	return w
}

// ordered puts replies into an order that is good enough: a certificate is used up by its first payment, and
// what comes back to it comes by a later request of the same reservation.
func ordered(replies []payReply) []payReply {
	slices.SortStableFunc(replies, func(a, b payReply) int { return cmp.Compare(a.Seq, b.Seq) })
	return replies
}

func (w wallet) take(r payReply) {
	for _, p := range r.Payments {
		certificate := strings.HasPrefix(p.ID, "certificate")
		_, there := w[p.ID]
		switch {
		case r.Type == "grant":
			w[r.Certificate] = p.Amount
		case r.Type == "pay" && certificate:
			delete(w, p.ID)
		case there || certificate || strings.HasPrefix(p.ID, "gift_card"):
			w[p.ID] -= p.Amount
		}
	}
}
