package concierge

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm"
)

// A brief collects the lines of the facts: what the rows say now about a customer.
type brief struct {
	ctx    context.Context
	tables live
	desk   desk
	lines  []string
}

func (b *brief) add(format string, args ...any) {
	b.lines = append(b.lines, fmt.Sprintf(format, args...))
}

// maxReservations bounds how many the facts show; the model can look up the others.
const maxReservations = 3

func (b *brief) text() (string, error) {
	now, err := b.desk.now(b.tables)
	if err != nil {
		return "", err
	}

	b.add("It is %s.", now.Format("Monday 2006-01-02, 15:04"))

	u, err := b.tables.User(b.desk.Key)
	if err != nil {
		return "", err
	}

	b.customer(u)

	all, err := trips(b.tables, b.desk.Key, b.desk.Turn.Time)
	if err != nil {
		return "", err
	}

	err = b.trips(all)

	return strings.Join(b.lines, "\n"), err
}

// theCustomer begins the line that has the customer's name.
const theCustomer = "The customer: "

func (b *brief) customer(u payments.User) {
	name := strings.TrimSpace(u.Name.First + " " + u.Name.Last)
	if name == "" {
		name = string(b.desk.Key)
	}

	line := theCustomer + quote(name)
	if m := u.Membership; m != "" {
		line += ", " + m + " member"
	}

	switch preferredSeat(b.desk.Row) {
	case vocab.Window:
		line += ". They always want a window seat"
	case vocab.Aisle:
		line += ". They always want an aisle seat"
	}
	b.add("%s.", line)
}

// trips adds those that are not over, the next one first.
func (b *brief) trips(all []trip) error {
	shown, more := 0, 0
	for _, one := range all {
		switch {
		case one.over:
		case shown == maxReservations:
			more++
		default:
			shown++
			if err := b.trip(one, shown == 1); err != nil {
				return err
			}
		}
	}

	if shown == 0 {
		b.add("They have no reservation for a flight that is yet to leave.")
	}

	if more > 0 {
		b.add("And %s more: see get_user_details.", plural(more, "reservation"))
	}

	return nil
}

// trip adds how a reservation stands, and for the first one, if it is disrupted, the alternatives.
func (b *brief) trip(r trip, first bool) error {
	what := ""
	switch {
	case r.IsCancelled():
		b.add("Reservation %s (%s) was cancelled, and paid back.", r.ID, itinerary(r.ReservationDetails))
		return nil
	case r.IsPending():
		what = ", still pending"
	case r.Work != nil:
		what = ", which is being changed just now"
	}

	b.add("Reservation %s%s: %s, party of %d, %s, %s.", r.ID, what, cabinName(r.Cabin), r.Party(),
		bags(r.ReservationDetails), insuranceText(r.ReservationDetails))

	for i, f := range r.flights {
		b.flight(f, r, i)
	}

	for _, f := range r.Left {
		b.add("  It was moved from %s on %s.", f.Number(), f.Date())
	}

	if first && r.disrupted {
		return b.instead(r)
	}

	return nil
}

func (b *brief) flight(f flights.Flight, r trip, i int) {
	if !f.IsKnown() {
		b.add("  %s on %s: nothing is known of it now.", r.Flights[i].FlightNumber, r.Flights[i].Date)
		return
	}

	line := fmt.Sprintf("  %s on %s, %s to %s, ", f.FlightNumber, f.Date, f.Origin, f.Destination)
	was, due := clock(f.ScheduledDeparture, f.Date), clock(f.ScheduledArrival, f.Date)
	switch {
	case f.Status == vocab.StatusCancelled:
		line += "is CANCELLED (it was to leave " + was + ")"
	case f.Status == vocab.StatusFlying || f.Status == vocab.StatusLanded:
		line += fmt.Sprintf("has left: it is %s", f.Status)
	case isMoved(f):
		line += fmt.Sprintf("%s: leaves %s instead of %s, arrives %s instead of %s%s", f.Status,
			clock(f.Departure, f.Date), was, clock(f.Arrival, f.Date), due, late(f))
	default:
		line += fmt.Sprintf("as scheduled: leaves %s, arrives %s", was, due)
	}

	if i < len(r.Legs) && len(r.Legs[i].Seats) > 0 {
		line += ", " + seatNames(f, r.Legs[i].Seats)
	}
	b.add("%s.", line)
}

func late(f flights.Flight) string {
	if d := f.Arrival.Sub(f.ScheduledArrival); d > 0 {
		return " (" + duration(d) + " late)"
	}
	return ""
}

// instead adds the alternatives to a disrupted flight, of the first day that has any.
func (b *brief) instead(r trip) error {
	f := r.flights[r.concern]
	until := f.Date
	for _, day := range daysFrom(f.Date) {
		q := query{from: f.Origin, to: f.Destination, date: day, now: b.desk.Turn.Time}.of(r)

		found, err := q.find(b.tables)
		if err != nil {
			return err
		}

		added, err := b.options(r, first(found))
		if added || err != nil {
			return err
		}
		until = day
	}

	b.add("  Instead of %s there is nothing: up to %s no other flight has seats for them and may be taken.",
		f.FlightNumber, until)

	return nil
}

// options adds the flights that the customer can take, with what each would cost them. The cost is found by
// rehearsing the change, as for a proposal. It reports whether there were any.
func (b *brief) options(r trip, found []option) (added bool, err error) {
	for _, o := range found {
		cost, ok, err := b.cost(r, o)
		if err != nil {
			return false, err
		}

		if ok {
			added = true
			b.add("  Instead: %s on %s, %s to %s, leaves %s, arrives %s, "+
				"%s free in their cabin, %d at a window, %d at the aisle: %s.",
				o.Number, o.Date, o.Origin, o.Destination, o.Departure, o.Arrival,
				plural(o.Seats, "seat"), o.Window, o.Aisle, cost)
		}
	}

	return added, nil
}

// cost returns in words what a change to an option would cost. ok is false if the desks would refuse it.
func (b *brief) cost(r trip, o option) (text string, ok bool, err error) {
	terms, err := b.desk.change(b.ctx,
		changeArgs{Reservation: r.ID, Flights: []flight{{Number: o.Number, Date: o.Date}}})
	if why := new(vocab.Refusal); errors.As(err, &why) {
		return "", false, nil
	}

	if err != nil {
		return "", false, err
	}

	switch total := terms.Agreed.(vocab.Agreement).Total; {
	case total > 0:
		return fmt.Sprintf("costs you $%v", total), true, nil
	case total < 0:
		return fmt.Sprintf("gives you $%v back", -total), true, nil
	}

	return "costs you nothing", true, nil
}

func cabinName(c vocab.Cabin) string { return strings.ReplaceAll(string(c), "_", " ") }

// seatNames lists seats with their kinds: seat 12A (window).
func seatNames(f flights.Flight, names []string) string {
	kinds := map[string]vocab.SeatKind{}
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

	word := "seats "
	if len(out) == 1 {
		word = "seat "
	}

	return word + strings.Join(out, ", ")
}

// quote marks a name, which somebody has made up, as data in a prompt.
func quote(name string) string { return llm.Quote(name) }
