package audit

import (
	"fmt"
	"strings"
)

// party is all that the topics say of one reservation.
type party struct {
	customer  string
	booked    *reservation
	disrupted bool
	decisions []decision // in order
	updates   []update
}

// customerEvent takes in the first booking of a reservation, and the first profile of a user.
func (a *Auditor) customerEvent(id string, e customerEvent) {
	switch {
	case e.Type == "booked" && e.Reservation != nil && e.Reservation.ID != "" &&
		a.party(e.Reservation.ID).booked == nil:
		a.party(e.Reservation.ID).booked, a.party(e.Reservation.ID).customer = e.Reservation, id
	case e.Type == "profile" && e.User != nil:
		u := entry(a.users, id)
		u.profiles = append(u.profiles, *e.User)
	}
}

func (a *Auditor) disruption(customer string, d disruption) {
	p := a.party(d.Reservation)
	p.disrupted, p.customer = true, customer
}

// update takes in how a reservation stands, as its customer hears it.
func (a *Auditor) update(customer string, u update) {
	p, c := a.party(u.Reservation), a.command(u.Command)
	p.updates = append(p.updates, u)
	c.updates++
	if u.Refused == nil {
		c.changed = append(c.changed, customer)
	}
}

func (c *party) last() decision {
	if len(c.decisions) == 0 {
		return decision{}
	}
	return c.decisions[len(c.decisions)-1]
}

// seating are the grants that each reservation holds in the end, on whatever flights.
func (a *Auditor) seating() map[string][]reply {
	out := map[string][]reply{}
	for _, id := range ids(a.flights) {
		for h, g := range a.flights[id].final().holds {
			out[h.reservation] = append(out[h.reservation], g)
		}
	}
	return out
}

// affectedEnd checks that each customer who was told of a disruption, or holds seats on a flight that is
// cancelled or late, has a decision.
func (a *Auditor) affectedEnd() Invariant {
	i := Invariant{Name: "every affected customer rebooked, kept, refunded or escalated"}
	holding := a.seating()
	for _, id := range ids(a.parties) {
		c := a.parties[id]
		why, affected := "", c.disrupted
		if c.disrupted && len(c.decisions) == 0 {
			why = "disrupted, but nothing decided"
		}

		for _, g := range holding[id] {
			if s := a.flight(g.Flight).severity(a.lenient()); s != "" {
				affected = true

				if !c.covers(g, s) {
					why = fmt.Sprintf("sits on %s, which is %s; last decision: %q", g.Flight, s,
						c.last().Outcome)
				}
			}
		}

		if affected {
			i.expect(why == "", "%s %s", a.who(id), why)
		}
	}

	return i
}

// who is the customer of a reservation, as far as it is known.
func (a *Auditor) who(reservation string) string {
	if p := a.party(reservation); p.customer != "" {
		return p.customer
	}
	return reservation
}

// own reports whether they have had something changed themselves: what the agents have decided is then not
// all of it.
func (a *Auditor) own(p *party) bool {
	for _, u := range p.updates {
		if u.Refused == nil && !a.command(u.Command).airline() {
			return true
		}
	}
	return false
}

// covers reports whether somebody has decided that the party sits where it does. On a flight that doesn't go
// it can't be left to itself.
func (c *party) covers(g reply, severity string) bool {
	last := c.last().Outcome
	switch {
	case last == "escalated":
		return true
	case severity != "late":
		return false
	case g.Type != "book" && g.Severity != "":
		return true // they were moved there although it was late
	}

	for _, d := range c.decisions {
		if d.Flight == g.Flight && d.Outcome == "kept" {
			return true
		}
	}

	return false
}

// refusalsAnswered: after each refusal there is a decision, and each decision accounts for no more refusals
// than it asked.
func (a *Auditor) refusalsAnswered() Invariant {
	i := Invariant{Name: "every refusal answered by a new decision or a person"}
	refused := map[string]int{}
	for _, id := range ids(a.flights) {
		for _, r := range a.flights[id].ordered() {
			c := a.party(r.Reservation)
			if r.Result != "refused" || r.Type != "book" && r.Type != "rebook" || a.own(c) {
				continue
			}

			refused[r.Reservation]++
			i.expect(!c.last().Time.Before(r.refusedAt()) && refused[r.Reservation] <= c.attempts(),
				"%s: refused on %s at %s (the %d. time), and no decision for it", r.Customer, id, r.refusedAt().Format("15:04"), refused[r.Reservation])
		}
	}

	return i
}

// attempts are the refusals that the decisions account for: all but the last attempt of a case, unless that
// went to a person.
func (c *party) attempts() (n int) {
	for _, d := range c.decisions {
		n += d.Attempt - 1
		if d.Outcome == "escalated" {
			n++
		}
	}
	return n
}

// move is a party that changed flights.
type move struct{ reservation, flight, cabin string }

// rebookingsGranted: each rebooking decided has its grant, and each grant its decision.
func (a *Auditor) rebookingsGranted() Invariant {
	i := Invariant{Name: "every rebooking granted by the flight, every grant a rebooking"}

	granted, moved, decided := map[move]int{}, map[move]int{}, map[move]int{}
	for _, f := range a.flights {
		for _, r := range f.replies {
			if r.granted("rebook") || r.granted("sell") {
				granted[move{r.Reservation, r.Flight, r.Cabin}]++
			}

			if r.granted("rebook") {
				moved[move{r.Reservation, r.Flight, r.Cabin}]++
			}
		}
	}

	seen := map[string]bool{} // a case that was decided twice is another invariant's
	for _, id := range ids(a.parties) {
		for _, d := range a.parties[id].decisions {
			if d.Outcome == "rebooked" && !seen[d.Case] {
				seen[d.Case] = true
				m := move{d.Reservation, d.Trip.Flight, d.Trip.Cabin}
				decided[m]++
				i.expect(decided[m] <= granted[m], "%s was never given seats on %s", d.Reservation,
					d.Trip.Flight)
			}
		}
	}

	for m, n := range moved {
		if n > decided[m] && !a.own(a.party(m.reservation)) {
			i.violate("%s was given seats on %s, and never told", m.reservation, m.flight)
		}
	}

	return i
}

// together: a party is granted as many seats as it has heads, and in the end sits on one flight, the one
// decided last; a party that has its money back, or never got its seats, on none.
func (a *Auditor) together() Invariant {
	i := Invariant{Name: "every party has all of its seats or none"}
	holding, unseated := a.seating(), a.unseated()
	for _, id := range ids(a.parties) {
		c := a.parties[id]
		if c.booked == nil || !a.flight(c.booked.Flight).known() || a.own(c) {
			continue
		}

		has := holding[id]
		want := c.seat(!unseated[id])
		ok := len(has) == 0 && want == ""
		if len(has) == 1 {
			ok = has[0].Party == c.booked.Party && has[0].Flight == want
		}
		i.expect(ok, "%s, a party of %d that should sit on %q, holds %s", c.customer, c.booked.Party, want,
			list(has))
	}

	return i
}

// unseated are the reservations that asked for their booked seats and weren't granted them. One that never
// even asked is not among them: it should have.
func (a *Auditor) unseated() map[string]bool {
	out := map[string]bool{}
	for _, q := range a.requests {
		if q.Type == "book" {
			out[q.Reservation] = true
		}
	}

	for _, f := range a.flights {
		for _, r := range f.replies {
			if r.Type == "book" {
				out[r.Reservation] = r.Result != "granted"
			}
		}
	}

	return out
}

// seat is the flight on which the party should sit: where it was booked, until a decision moved it.
func (c *party) seat(booked bool) (at string) {
	if booked {
		at = c.booked.Flight
	}

	for _, d := range c.decisions {
		switch d.Outcome {
		case "rebooked":
			at = d.Trip.Flight
		case "refunded":
			at = ""
		}
	}

	return at
}

func list(grants []reply) string {
	var out []string
	for _, g := range grants {
		out = append(out, fmt.Sprintf("%d on %s", g.Party, g.Flight))
	}

	if out == nil {
		return "nothing"
	}
	return strings.Join(out, ", ")
}
