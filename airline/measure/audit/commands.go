package audit

import (
	"fmt"
	"slices"
	"strings"
)

// command is all that the topics say of one command.
type command struct {
	sent    bool
	orders  []order
	results []result
	updates int

	changed, notified []string // customers: whose reservations it has changed, and who was told of it
}

// airline reports whether it is of the airline's own agents.
func (c *command) airline() bool { return len(c.orders) > 0 && c.orders[0].Airline }

// commandsDone: each command of a customer has a result, and if it was sent again the same one; each of the
// airline's own agents has one update.
func (a *Auditor) commandsDone() Invariant {
	i := Invariant{Name: "every command done or refused, once"}
	for _, id := range ids(a.commands) {
		switch c := a.commands[id]; {
		case c.airline():
			i.expect(c.updates == 1, "%s: %d updates", id, c.updates)
		case c.sent || len(c.orders) > 0:
			i.expect(len(c.results) > 0 && c.alike(), "%s: %d results %v", id, len(c.results), c.codes())
		}
	}

	return i
}

// toldOfCommands: of each change by a command that is not the airline's own its customer, and nobody else,
// was told once.
func (a *Auditor) toldOfCommands() Invariant {
	i := Invariant{Name: "every change by a command told of exactly once"}
	for _, id := range ids(a.commands) {
		c, want := a.commands[id], []string{}
		if !c.airline() && len(c.orders) > 0 { // a restatement has no order
			want = c.changed
		}

		if len(want)+len(c.notified) > 0 {
			i.expect(slices.Equal(want, c.notified), "%s: changed a reservation of %v, told %v", id, want,
				c.notified)
		}
	}

	return i
}

// alike reports whether all results are the same; but a desk that was too busy may do it when asked again.
func (c *command) alike() bool {
	first := c.results[0]
	return !slices.ContainsFunc(c.results, func(r result) bool {
		return first.Code != "busy" && (r.OK != first.OK || r.Code != first.Code ||
			string(r.Result) != string(first.Result))
	})
}

func (c *command) codes() (out []string) {
	for _, r := range c.results {
		out = append(out, fmt.Sprintf("%v %s", r.OK, r.Code))
	}
	return out
}

// newest is how a reservation stands in the end; the zero one if nothing has been said of it.
func (p *party) newest() (last update) {
	for _, u := range p.updates {
		if u.N >= last.N {
			last = u
		}
	}
	return last
}

// seatsAsSaid: a reservation holds the seats that it says it does, on each of its flights, and no others.
func (a *Auditor) seatsAsSaid() Invariant {
	i := Invariant{Name: "every reservation holds the seats that it says, and no others"}

	holding := a.seating()
	for r := range holding {
		a.party(r)
	}

	for _, id := range ids(a.parties) {
		p := a.parties[id]
		said, has := p.seats(), []string{}
		for _, g := range holding[id] {
			has = append(has, fmt.Sprintf("%d in %s of %s", g.Party, g.Cabin, g.Flight))
		}
		slices.Sort(has)

		if len(p.updates)+len(has) > 0 {
			i.expect(slices.Equal(said, has), "%s says %q, and holds %q", id, strings.Join(said, ", "),
				strings.Join(has, ", "))
		}
	}

	return i
}

// seats are those that a reservation says it holds. Those that were never held by name are not among them.
func (p *party) seats() []string {
	u, out := p.newest(), []string{}
	for _, l := range u.Legs {
		if l.Held {
			out = append(out, fmt.Sprintf("%d in %s of %s", u.Party, u.Cabin, l.Flight))
		}
	}
	slices.Sort(out)
	return out
}
