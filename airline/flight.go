package airline

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// A Flight is the row of one flight: what is known of it, and who holds seats. It alone grants them.
type Flight struct {
	Schedule
	ScheduledDeparture time.Time       `json:"scheduled_departure,omitzero"`
	ScheduledArrival   time.Time       `json:"scheduled_arrival,omitzero"`
	Departure          time.Time       `json:"departure,omitzero"` // as now estimated, in the end actual
	Arrival            time.Time       `json:"arrival,omitzero"`
	Departs            string          `json:"departs,omitempty"` // the scheduled times as texts, where the airline has them so
	Arrives            string          `json:"arrives,omitempty"`
	Status             Status          `json:"status,omitempty"`
	Severity           Severity        `json:"severity,omitempty"` // as of now: a delay can shrink again
	Holds              map[HoldID]Hold `json:"holds,omitempty"`
	Shown              Offer           `json:"shown,omitzero"` // what its route was last told
	N                  int             `json:"n,omitempty"`    // replies so far
	AsOf               time.Time       `json:"as_of,omitzero"` // the newest event
}

// A Status is where a flight is in its life, in the words of the field.
type Status string

// The statuses. A flight never heard of has none. Seats are sold while it is available; whoever is disrupted can be moved to
// one that is on time or delayed, too.
const (
	Available  Status = "available"
	OnTime     Status = "on time"
	IsLate     Status = "delayed"
	Flying     Status = "flying"
	Landed     Status = "landed"
	IsCanceled Status = "cancelled"
	IsDiverted Status = "diverted"
)

// A HoldID is reservation/cabin: while a party changes cabins, it has seats in both.
type HoldID string

func (r SeatRequest) hold() HoldID { return HoldID(string(r.Reservation) + "/" + string(r.Cabin)) }

func (h HoldID) reservation() ReservationID {
	return ReservationID(h[:strings.LastIndexByte(string(h), '/')])
}

// A Hold is what one reservation has, or had, on a flight. Seq is that of its last request.
type Hold struct {
	Customer CustomerID `json:"customer"`
	Cabin    Cabin      `json:"cabin"`
	Party    int        `json:"party"`
	Seq      int        `json:"seq"`
	State    HoldState  `json:"state"`
	Seats    []string   `json:"seats,omitempty"` // 12A
	Sold     bool       `json:"sold,omitempty"`  // of one that waits: as its request says
	Wish     SeatKind   `json:"wish,omitempty"`  // a kind of seat that they always want, and do not have
	Told     bool       `json:"told,omitempty"`  // that one has become free
}

// A HoldState says whether a hold is worth a seat.
type HoldState string

// Only Held takes seats. Waiting is a booking that was heard of before its flight.
const (
	Held    HoldState = "held"
	Waiting HoldState = "waiting"
	Gone    HoldState = "gone"
)

// flightEffect is what a change of a flight's row causes elsewhere.
type flightEffect struct {
	Disruption *Disruption
	Reply      *SeatReply
	Update     *RouteUpdate
	Listing    *Timetable
	Occasion   *occasion
}

// flightCase is an event for a flight's row, with the rules in force.
type flightCase[E any] struct {
	Flight FlightID
	Event  E
	Rules  Rules
	Number bool // whether the flight number is in the timetable, on whatever days; of a seat request
}

// withEvent takes in what the operations centre says. An event older than the newest known is late, and changes nothing
// but a schedule that was still missing.
func (f Flight) withEvent(c flightCase[FlightEvent]) (Flight, []flightEffect) {
	e := c.Event
	switch e.Type {
	case FlightScheduled:
		return f.withSchedule(c)
	case FlightInventory:
		return f.withInventory(c)
	}
	if e.Time.Before(f.AsOf) {
		return f, nil
	}
	before := f.Severity
	f.AsOf = e.Time
	f = f.withNews(e, c.Rules)
	var out []flightEffect
	if f.Severity.WorseThan(before) {
		out = f.disruptions(c.Flight)
	}
	return f.shown(c.Flight, f.AsOf, out)
}

func (f Flight) withNews(e FlightEvent, rules Rules) Flight {
	if f.Status == Landed || f.Status == IsCanceled || f.Status == IsDiverted && e.Type != FlightArrived ||
		f.Status == Flying && e.Type == FlightDelayed {
		return f
	}
	if !e.Departure.IsZero() {
		f.Departure = e.Departure
	}
	if !e.Arrival.IsZero() {
		f.Arrival = e.Arrival
	}
	switch e.Type {
	case FlightDelayed:
		f.Severity = rules.severity(f.Arrival.Sub(f.ScheduledArrival))
		f.Status = Available
		if f.Severity != "" {
			f.Status = IsLate
		}
	case FlightCancelled:
		f.Status, f.Severity = IsCanceled, Cancelled
	case FlightDiverted:
		f.Status, f.Severity = IsDiverted, Diverted
	case FlightDeparted:
		f.Status = Flying
	case FlightArrived:
		f.Status = Landed
	}
	return f
}

// withSchedule makes a flight known. Bookings that came first are seated now, in the order of their reservations.
func (f Flight) withSchedule(c flightCase[FlightEvent]) (Flight, []flightEffect) {
	if f.Known() {
		return f, nil
	}
	before, e := f, c.Event
	f.Schedule, f.ScheduledDeparture, f.ScheduledArrival = *e.Schedule, e.Departure, e.Arrival
	if f.Departure.IsZero() {
		f.Departure, f.Arrival = e.Departure, e.Arrival
	}
	if f.Status == "" {
		f.Status = Available
	}
	if f.Status == IsLate || f.Status == Available { // a delay that was known before the schedule
		f.Severity = c.Rules.severity(f.Arrival.Sub(f.ScheduledArrival))
	}
	f.AsOf = later(f.AsOf, e.Time)
	return f.seatWaiting(c, before.listed(f), false)
}

// seatWaiting seats bookings that came before their flight, in the order of their reservations.
func (f Flight) seatWaiting(c flightCase[FlightEvent], out []flightEffect, sold bool) (Flight, []flightEffect) {
	for _, id := range slices.Sorted(maps.Keys(f.Holds)) {
		h := f.Holds[id]
		if h.State != Waiting {
			continue
		}
		var effects []flightEffect
		f, effects = f.seat(c.Rules, true, SeatRequest{Type: Book, Customer: h.Customer, Reservation: id.reservation(), Flight: c.Flight,
			Cabin: h.Cabin, Party: h.Party, Seq: h.Seq, Sold: sold || h.Sold, Time: c.Event.Time})
		out = append(out, effects...)
	}
	return f.shown(c.Flight, f.AsOf, out)
}

// Known says whether the flight was ever scheduled or stated.
func (f Flight) Known() bool { return f.FlightNumber != "" }

// free counts the seats of a cabin that nobody has.
func (f Flight) free(c Cabin) int {
	n := f.Seats.In(c) - f.Sold.In(c)
	for _, h := range f.Holds {
		if h.State == Held && h.Cabin == c {
			n -= h.Party
		}
	}
	return n
}

// disruptions tells everyone who holds seats.
func (f Flight) disruptions(id FlightID) (out []flightEffect) {
	var told ReservationID
	for _, h := range slices.Sorted(maps.Keys(f.Holds)) {
		if r := h.reservation(); f.Holds[h].State == Held && r != told {
			out = append(out, f.disruption(id, r, f.Holds[h].Customer))
			told = r
		}
	}
	return out
}

func (f Flight) disruption(id FlightID, r ReservationID, c CustomerID) flightEffect {
	return flightEffect{Disruption: &Disruption{Customer: c, Reservation: r, Flight: id,
		News: News{Route: RouteKey(f.Origin, f.Destination), Severity: f.Severity,
			ScheduledDeparture: f.ScheduledDeparture, ScheduledArrival: f.ScheduledArrival,
			Departure: f.Departure, Arrival: f.Arrival, Time: f.AsOf}}}
}

// listed tells the timetable, once, of a flight that was not known before.
func (f Flight) listed(now Flight) []flightEffect {
	if f.Known() || !now.Known() {
		return nil
	}
	return []flightEffect{{Listing: &Timetable{now.FlightNumber, now.Origin, now.Destination, now.departs(), now.arrives()}}}
}

// shown adds what the route must be told, if that has changed: counts beyond nine are all the same, as in any
// reservation system, so most sales change nothing.
func (f Flight) shown(id FlightID, now time.Time, out []flightEffect) (Flight, []flightEffect) {
	offer := Offer{}
	if f.Known() && f.open() {
		offer = Offer{Departure: f.Departure, Arrival: f.Arrival, Free: Seats{
			BasicEconomy: min(9, f.free(BasicEconomy)), Economy: min(9, f.free(Economy)), Business: min(9, f.free(Business))}}
	}
	if offer.same(f.Shown) || !f.Known() {
		return f, out
	}
	offer.N = f.Shown.N + 1
	before := f.Shown
	f.Shown = offer
	return f, append(out, flightEffect{Update: &RouteUpdate{Route: RouteKey(f.Origin, f.Destination), Flight: id, Offer: offer, Before: before, Time: now}})
}

// open says whether it has yet to leave.
func (f Flight) open() bool { return f.Status == Available || f.Status == OnTime || f.Status == IsLate }

// flown says whether it has left.
func (s Status) flown() bool { return s == Flying || s == Landed || s == IsDiverted }
