package flights

import (
	"maps"
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// OnEvent takes in what the operations centre says. An event that is older than the newest one changes
// nothing, except for a schedule that was missing.
func (f Flight) OnEvent(in Input[vocab.FlightEvent]) (Flight, []Effect) {
	event := in.Event
	switch event.Type {
	case vocab.FlightScheduled:
		return f.withSchedule(in)
	case vocab.FlightInventory:
		return f.withInventory(in)
	}

	if event.Time.Before(f.AsOf) {
		return f, nil
	}

	before := f.Severity
	f.AsOf = event.Time
	f = f.withNews(event, in.Rules)

	var effects []Effect
	if f.Severity.WorseThan(before) {
		effects = f.disruptions(in.Flight)
	}

	return f.withOffer(in.Flight, f.AsOf, effects)
}

func (f Flight) withNews(e vocab.FlightEvent, rules vocab.Rules) Flight {
	if f.ignores(e.Type) {
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

// ignores reports whether such an event comes too late in the flight's life to change anything.
func (f Flight) ignores(t vocab.FlightEventType) bool {
	switch f.Status {
	case vocab.StatusLanded, vocab.StatusCancelled:
		return true
	case vocab.StatusDiverted:
		return t != vocab.FlightArrived
	case vocab.StatusFlying:
		return t == vocab.FlightDelayed
	}

	return false
}

// withSchedule makes a flight known, and seats the bookings that came before it.
func (f Flight) withSchedule(in Input[vocab.FlightEvent]) (Flight, []Effect) {
	if f.IsKnown() {
		return f, nil
	}

	before, event := f, in.Event
	f.Schedule = *event.Schedule
	f.ScheduledDeparture, f.ScheduledArrival = event.Departure, event.Arrival
	if f.Departure.IsZero() {
		f.Departure, f.Arrival = event.Departure, event.Arrival
	}

	if f.Status == "" {
		f.Status = vocab.StatusAvailable
	}

	if f.Status == vocab.StatusDelayed || f.Status == vocab.StatusAvailable { // the delay may have come first
		f.Severity = in.Rules.Severity(f.Arrival.Sub(f.ScheduledArrival))
	}
	f.AsOf = vocab.Later(f.AsOf, event.Time)

	return f.seatWaiting(in, f.listing(before), false)
}

// seatWaiting seats the bookings that came before their flight, in the order of their reservations. If sold
// is set, their seats are among those sold.
func (f Flight) seatWaiting(in Input[vocab.FlightEvent], effects []Effect, sold bool) (Flight, []Effect) {
	for _, id := range slices.Sorted(maps.Keys(f.Holds)) {
		h := f.Holds[id]
		if h.State != Waiting {
			continue
		}

		request := vocab.SeatRequest{
			Type: vocab.BookSeats, Customer: h.Customer, Reservation: id.reservation(), Flight: in.Flight,
			Cabin: h.Cabin, Party: h.Party, Seq: h.Seq, Sold: sold || h.Sold, Time: in.Event.Time,
		}
		var more []Effect
		f, more = f.seat(Input[vocab.SeatRequest]{in.Flight, request, in.Rules, in.Conduct, true})
		effects = append(effects, more...)
	}

	return f.withOffer(in.Flight, f.AsOf, effects)
}

// disruptions tells everyone who holds seats, each reservation once.
func (f Flight) disruptions(id vocab.FlightID) (effects []Effect) {
	var last vocab.ReservationID
	for _, h := range slices.Sorted(maps.Keys(f.Holds)) {
		if r := h.reservation(); f.Holds[h].State == Held && r != last {
			effects = append(effects, f.disruption(id, r, f.Holds[h].Customer))
			last = r
		}
	}
	return effects
}

func (f Flight) disruption(id vocab.FlightID, r vocab.ReservationID, c vocab.CustomerID) Effect {
	news := vocab.News{
		Route: vocab.RouteKey(f.Origin, f.Destination), Severity: f.Severity,
		ScheduledDeparture: f.ScheduledDeparture, ScheduledArrival: f.ScheduledArrival,
		Departure: f.Departure, Arrival: f.Arrival, Time: f.AsOf,
	}
	return Effect{Disruption: &vocab.Disruption{Customer: c, Reservation: r, Flight: id, News: news}}
}

// listing tells the timetable of a flight that was not known before.
func (f Flight) listing(before Flight) []Effect {
	if before.IsKnown() || !f.IsKnown() {
		return nil
	}
	return []Effect{{Listing: &vocab.Timetable{
		FlightNumber: f.FlightNumber, Origin: f.Origin, Destination: f.Destination,
		Departs: f.departs(), Arrives: f.arrives(),
	}}}
}
