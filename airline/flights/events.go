package flights

import (
	"maps"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// flightEffect is what a change of a flight's row causes elsewhere.
type Effect struct {
	Disruption *vocab.Disruption
	Reply      *vocab.SeatReply
	Update     *vocab.RouteUpdate
	Listing    *vocab.Timetable
	Occasion   *vocab.Occasion
}

// flightCase is an event for a flight's row, with the rules in force.
type Input[E any] struct {
	Flight      vocab.FlightID
	Event       E
	Rules       vocab.Rules
	Conduct     vocab.Conduct
	NumberKnown bool // whether the flight number is in the timetable, on whatever days; of a seat request
}

// underRules adds the key of an event for a flight, and the rules in force.
func UnderRules[E any](s topology.Stream[vocab.FlightID, E], modes vocab.DeskModes) topology.Stream[vocab.FlightID, Input[E]] {
	return topology.Lookup(topology.Events(s), vocab.RuleBook, func(topology.Event[vocab.FlightID, E]) vocab.RulesID { return vocab.RulesKey },
		func(e topology.Event[vocab.FlightID, E], r vocab.Rules) Input[E] {
			r = r.OrDefault()
			return Input[E]{Flight: e.Key, Event: e.Value, Rules: r, Conduct: modes[r.Desks]}
		})
}

func (c Input[E]) FlightNumber() vocab.FlightNumber { return vocab.FlightNumber(c.Flight.Number()) }

func (c Input[E]) WithTimetable(t vocab.Timetable) Input[E] {
	c.NumberKnown = t.Exists()
	return c
}

// withEvent takes in what the operations centre says. An event older than the newest known is late, and changes nothing
// but a schedule that was still missing.
func (f Flight) OnEvent(c Input[vocab.FlightEvent]) (Flight, []Effect) {
	e := c.Event
	switch e.Type {
	case vocab.FlightScheduled:
		return f.withSchedule(c)
	case vocab.FlightInventory:
		return f.withInventory(c)
	}
	if e.Time.Before(f.AsOf) {
		return f, nil
	}
	before := f.Severity
	f.AsOf = e.Time
	f = f.withNews(e, c.Rules)
	var out []Effect
	if f.Severity.WorseThan(before) {
		out = f.disruptions(c.Flight)
	}
	return f.withOffer(c.Flight, f.AsOf, out)
}

func (f Flight) withNews(e vocab.FlightEvent, rules vocab.Rules) Flight {
	if f.Status == vocab.StatusLanded || f.Status == vocab.StatusCancelled || f.Status == vocab.StatusDiverted && e.Type != vocab.FlightArrived ||
		f.Status == vocab.StatusFlying && e.Type == vocab.FlightDelayed {
		return f
	}
	if !e.Departure.IsZero() {
		f.Departure = e.Departure
	}
	if !e.Arrival.IsZero() {
		f.Arrival = e.Arrival
	}
	switch e.Type {
	case vocab.FlightDelayed:
		f.Severity = rules.Severity(f.Arrival.Sub(f.ScheduledArrival))
		f.Status = vocab.StatusAvailable
		if f.Severity != "" {
			f.Status = vocab.StatusDelayed
		}
	case vocab.FlightCancelled:
		f.Status, f.Severity = vocab.StatusCancelled, vocab.SeverityCancelled
	case vocab.FlightDiverted:
		f.Status, f.Severity = vocab.StatusDiverted, vocab.SeverityDiverted
	case vocab.FlightDeparted:
		f.Status = vocab.StatusFlying
	case vocab.FlightArrived:
		f.Status = vocab.StatusLanded
	}
	return f
}

// withSchedule makes a flight known. Bookings that came first are seated now, in the order of their reservations.
func (f Flight) withSchedule(c Input[vocab.FlightEvent]) (Flight, []Effect) {
	if f.IsKnown() {
		return f, nil
	}
	before, e := f, c.Event
	f.Schedule, f.ScheduledDeparture, f.ScheduledArrival = *e.Schedule, e.Departure, e.Arrival
	if f.Departure.IsZero() {
		f.Departure, f.Arrival = e.Departure, e.Arrival
	}
	if f.Status == "" {
		f.Status = vocab.StatusAvailable
	}
	if f.Status == vocab.StatusDelayed || f.Status == vocab.StatusAvailable { // a delay that was known before the schedule
		f.Severity = c.Rules.Severity(f.Arrival.Sub(f.ScheduledArrival))
	}
	f.AsOf = vocab.Later(f.AsOf, e.Time)
	return f.seatWaiting(c, before.listing(f), false)
}

// seatWaiting seats bookings that came before their flight, in the order of their reservations.
func (f Flight) seatWaiting(c Input[vocab.FlightEvent], out []Effect, sold bool) (Flight, []Effect) {
	for _, id := range slices.Sorted(maps.Keys(f.Holds)) {
		h := f.Holds[id]
		if h.State != Waiting {
			continue
		}
		var effects []Effect
		r := vocab.SeatRequest{Type: vocab.BookSeats, Customer: h.Customer, Reservation: id.reservation(), Flight: c.Flight,
			Cabin: h.Cabin, Party: h.Party, Seq: h.Seq, Sold: sold || h.Sold, Time: c.Event.Time}
		f, effects = f.seat(Input[vocab.SeatRequest]{c.Flight, r, c.Rules, c.Conduct, true})
		out = append(out, effects...)
	}
	return f.withOffer(c.Flight, f.AsOf, out)
}

// disruptions tells everyone who holds seats.
func (f Flight) disruptions(id vocab.FlightID) (out []Effect) {
	var told vocab.ReservationID
	for _, h := range slices.Sorted(maps.Keys(f.Holds)) {
		if r := h.reservation(); f.Holds[h].State == Held && r != told {
			out = append(out, f.disruption(id, r, f.Holds[h].Customer))
			told = r
		}
	}
	return out
}

func (f Flight) disruption(id vocab.FlightID, r vocab.ReservationID, c vocab.CustomerID) Effect {
	return Effect{Disruption: &vocab.Disruption{Customer: c, Reservation: r, Flight: id,
		News: vocab.News{Route: vocab.RouteKey(f.Origin, f.Destination), Severity: f.Severity,
			ScheduledDeparture: f.ScheduledDeparture, ScheduledArrival: f.ScheduledArrival,
			Departure: f.Departure, Arrival: f.Arrival, Time: f.AsOf}}}
}

// listed tells the timetable, once, of a flight that was not known before.
func (f Flight) listing(now Flight) []Effect {
	if f.IsKnown() || !now.IsKnown() {
		return nil
	}
	return []Effect{{Listing: &vocab.Timetable{FlightNumber: now.FlightNumber, Origin: now.Origin, Destination: now.Destination, Departs: now.departs(), Arrives: now.arrives()}}}
}

// shown adds what the route must be told, if that has changed: counts beyond nine are all the same, as in any
// reservation system, so most sales change nothing.
func (f Flight) withOffer(id vocab.FlightID, now time.Time, out []Effect) (Flight, []Effect) {
	offer := vocab.Offer{}
	if f.IsKnown() && f.isOpen() {
		offer = vocab.Offer{Departure: f.Departure, Arrival: f.Arrival, Free: vocab.Seats{
			BasicEconomy: min(9, f.free(vocab.BasicEconomy)), Economy: min(9, f.free(vocab.Economy)), Business: min(9, f.free(vocab.Business))}}
	}
	if offer.IsSame(f.Shown) || !f.IsKnown() {
		return f, out
	}
	offer.N = f.Shown.N + 1
	before := f.Shown
	f.Shown = offer
	return f, append(out, Effect{Update: &vocab.RouteUpdate{Route: vocab.RouteKey(f.Origin, f.Destination), Flight: id, Offer: offer, Before: before, Time: now}})
}
