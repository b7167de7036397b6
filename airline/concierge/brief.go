package concierge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline"
)

// A brief is what code knows of the customer, as of now, in the lines of the prompt.
type brief struct {
	ctx    context.Context
	tables live
	c      kase
	lines  []string
}

func (b *brief) add(format string, args ...any) {
	b.lines = append(b.lines, fmt.Sprintf(format, args...))
}

// maxReservations bounds what a model is shown at once; the others it can look up.
const maxReservations = 3

func (b *brief) text() (string, error) {
	b.add("It is %s.", b.c.Turn.Time.Format("Monday 2 January 2006, 15:04"))
	u, err := b.tables.User(b.c.Key)
	if err != nil {
		return "", err
	}
	b.customer(u)
	all, err := current(b.tables, b.c.Key)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		b.add("They have no reservation.")
	}
	for i, r := range all[:min(maxReservations, len(all))] {
		if err := b.reservation(r, i == 0); err != nil {
			return "", err
		}
	}
	if more := len(all) - maxReservations; more > 0 {
		b.add("And %d more reservations: see get_user_details.", more)
	}
	return strings.Join(b.lines, "\n"), nil
}

func (b *brief) customer(u airline.User) {
	name := strings.TrimSpace(u.Name.First + " " + u.Name.Last)
	if name == "" {
		name = string(b.c.Key)
	}
	line := "The customer: " + quoted(name)
	if m := u.Membership; m != "" {
		line += ", " + m + " member"
	}
	if s := liked(b.c.Row); s != "" {
		line += map[airline.SeatKind]string{airline.Window: ". They always want a window seat", airline.Aisle: ". They always want an aisle seat"}[s]
	}
	b.add("%s.", line)
}

// reservation tells how one stands; of the first, also what else there is if it is disrupted.
func (b *brief) reservation(r airline.Reservation, first bool) error {
	what := ""
	if r.Pending() {
		what = ", still pending"
	}
	b.add("Reservation %s%s: %s, party of %d, %d bags, insurance %s.", r.ID, what, cabinName(r.Cabin), r.Party(), r.TotalBaggages, r.Insurance)
	for i, s := range r.Flights {
		f, err := b.tables.Flight(s.Flight())
		if err != nil {
			return err
		}
		b.flight(f, r, i)
		if first && f.Severity != "" {
			if err := b.instead(r, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *brief) flight(f airline.Flight, r airline.Reservation, i int) {
	line := fmt.Sprintf("  %s on %s, %s to %s, ", f.FlightNumber, f.Date, f.Origin, f.Destination)
	switch {
	case f.Status == airline.IsCanceled:
		line += "is CANCELLED (it was to leave " + clock(f.ScheduledDeparture) + ")"
	case !f.Departure.Equal(f.ScheduledDeparture) || !f.Arrival.Equal(f.ScheduledArrival):
		line += fmt.Sprintf("%s: leaves %s instead of %s, arrives %s instead of %s (%s late)", f.Status, clock(f.Departure), clock(f.ScheduledDeparture),
			clock(f.Arrival), clock(f.ScheduledArrival), span(f.Arrival.Sub(f.ScheduledArrival)))
	default:
		line += fmt.Sprintf("%s: leaves %s, arrives %s", f.Status, clock(f.Departure), clock(f.Arrival))
	}
	if i < len(r.Legs) && len(r.Legs[i].Seats) > 0 {
		line += ", seats " + seatNames(f, r.Legs[i].Seats)
	}
	b.add("%s.", line)
}

// instead tells which other flights there are for a disrupted one.
func (b *brief) instead(r airline.Reservation, f airline.Flight) error {
	q := query{from: f.Origin, to: f.Destination, now: b.c.Turn.Time}.of(r)
	found, err := q.find(b.tables)
	if err != nil {
		return err
	}
	b.add("  This is the airline's fault: another flight instead costs nothing.")
	if len(found) == 0 {
		b.add("  No other flight of that day has seats for them.")
	}
	for _, o := range found {
		b.add("  Instead: %s %s to %s, leaves %s, arrives %s, %d seats free in their cabin, %d at a window, %d at the aisle.",
			o.Number, o.Origin, o.Destination, o.Departure, o.Arrival, o.Seats, o.Window, o.Aisle)
	}
	return nil
}

func cabinName(c airline.Cabin) string { return strings.ReplaceAll(string(c), "_", " ") }

func span(d time.Duration) string {
	return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
}

// seatNames are seats with their kinds: 12A (window).
func seatNames(f airline.Flight, names []string) string {
	kinds := map[string]airline.SeatKind{}
	for _, s := range f.SeatMap() {
		kinds[s.Name] = s.Kind
	}
	var out []string
	for _, n := range names {
		if k := kinds[n]; k != "" {
			n += " (" + string(k) + ")"
		}
		out = append(out, n)
	}
	return strings.Join(out, ", ")
}
