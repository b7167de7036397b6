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

// A brief is what code knows of the customer, as of now, in the lines of the prompt.
type brief struct {
	ctx    context.Context
	tables live
	desk   desk
	lines  []string
}

func (b *brief) add(format string, args ...any) {
	b.lines = append(b.lines, fmt.Sprintf(format, args...))
}

// maxReservations bounds what a model is shown at once; the others it can look up.
const maxReservations = 3

func (b *brief) text() (string, error) {
	now, err := b.desk.here(b.tables)
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

// theCustomer begins the line with their name.
const theCustomer = "The customer: "

func (b *brief) customer(u payments.User) {
	name := strings.TrimSpace(u.Name.First + " " + u.Name.Last)
	if name == "" {
		name = string(b.desk.Key)
	}
	line := theCustomer + quoted(name)
	if m := u.Membership; m != "" {
		line += ", " + m + " member"
	}
	if s := liked(b.desk.Row); s != "" {
		line += map[vocab.SeatKind]string{vocab.Window: ". They always want a window seat", vocab.Aisle: ". They always want an aisle seat"}[s]
	}
	b.add("%s.", line)
}

// trips tells of those that are not over, the nearest first.
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
		b.add("And %s more: see get_user_details.", counted(more, "reservation"))
	}
	return nil
}

// trip tells how a reservation stands; of the first, also what else there is if it is disrupted.
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
	b.add("Reservation %s%s: %s, party of %d, %s, %s.", r.ID, what, cabinName(r.Cabin), r.Party(), bags(r.ReservationDetails), insured(r.ReservationDetails))
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
	case moved(f):
		line += fmt.Sprintf("%s: leaves %s instead of %s, arrives %s instead of %s%s", f.Status, clock(f.Departure, f.Date), was,
			clock(f.Arrival, f.Date), due, late(f))
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

// instead tells which other flights there are for a disrupted one, on the first day that has any.
func (b *brief) instead(r trip) error {
	f := r.flights[r.concern]
	until := f.Date
	for _, day := range from(f.Date) {
		q := query{from: f.Origin, to: f.Destination, date: day, now: b.desk.Turn.Time}.of(r)
		found, err := q.find(b.tables)
		if err != nil {
			return err
		}
		told, err := b.options(r, first(found))
		if told || err != nil {
			return err
		}
		until = day
	}
	b.add("  Instead of %s there is nothing: up to %s no other flight has seats for them and may be taken.", f.FlightNumber, until)
	return nil
}

// options are flights that they can take, each with what it would cost them: that is rehearsed, as a proposal is.
func (b *brief) options(r trip, found []option) (told bool, err error) {
	for _, o := range found {
		cost, ok, err := b.cost(r, o)
		if err != nil {
			return false, err
		}
		if ok {
			told = true
			b.add("  Instead: %s on %s, %s to %s, leaves %s, arrives %s, %s free in their cabin, %d at a window, %d at the aisle: %s.",
				o.Number, o.Date, o.Origin, o.Destination, o.Departure, o.Arrival, counted(o.Seats, "seat"), o.Window, o.Aisle, cost)
		}
	}
	return told, nil
}

// cost is what a change to an option would cost, in words; ok is false if the desks would refuse it.
func (b *brief) cost(r trip, o option) (text string, ok bool, err error) {
	terms, err := b.desk.change(b.ctx, changeArgs{Reservation: r.ID, Flights: []flight{{Number: o.Number, Date: o.Date}}})
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

// seatNames are seats with their kinds: seat 12A (window).
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

// quoted is a name that somebody gave: data, in a prompt.
func quoted(name string) string { return llm.Quote(name) }
