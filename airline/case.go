package airline

import (
	"cmp"
	"slices"
	"time"
)

// A Case is one disrupted party as it stands now: rebuilt from the rows whenever it matters.
type Case struct {
	Ask
	Customer    CustomerID       `json:"customer"`
	Reservation Booking          `json:"reservation"` // the flight is the disrupted one
	Membership  string           `json:"membership,omitempty"`
	Note        string           `json:"note,omitempty"`
	Reading     *Reading         `json:"reading,omitempty"` // of this note, from an earlier attempt or case
	Facts       Facts            `json:"facts"`
	Seen        map[FlightID]int `json:"seen,omitempty"` // by which of each flight's offers the options were made
	AsOf        time.Time        `json:"as_of"`          // the newest that is known of the own flight
	rules       Rules
	route       RouteID
	refused     []FlightID
	between     Times // other flights of theirs: to leave after, and to be there before
	single      bool  // there are none
	open        bool
}

// Facts are what code can compute of a case: what happened, and all that the rules allow now.
type Facts struct {
	Severity        Severity  `json:"severity,omitempty"` // of the own flight, as it is now
	Own             Trip      `json:"own"`
	BookedDeparture time.Time `json:"booked_departure"` // as first booked
	BookedArrival   time.Time `json:"booked_arrival"`
	Keep            bool      `json:"keep,omitempty"`
	Refund          bool      `json:"refund,omitempty"`
	Options         []Trip    `json:"options,omitempty"` // other flights with seats for all of them, earliest arrival first
}

// A Trip is a flight that a party can take, and where they would sit.
type Trip struct {
	Flight    FlightID  `json:"flight"`
	Cabin     Cabin     `json:"cabin"`
	Departure time.Time `json:"departure"`
	Arrival   time.Time `json:"arrival"`
}

// maxOptions bounds a case: later flights than these are not considered.
const maxOptions = 10

func newCase(a Ask, c Customer) Case {
	j := c.Journeys[a.Reservation]
	v := Case{Ask: a, Customer: c.ID, Membership: c.Membership, Note: c.Note, Reading: c.Reading}
	v.Reservation = Booking{ID: a.Reservation, Cabin: j.Cabin, Party: j.Party}
	if j.asked(a.Case, a.Attempt) {
		v.open, v.refused, v.Reservation.Flight = true, j.Open.Refused, j.Open.Flight
	}
	d := j.Heard[v.own()]
	v.AsOf, v.route = d.Time, d.Route
	v.Facts.Severity = d.Severity
	v.Facts.Own = Trip{v.own(), j.Cabin, d.Departure, d.Arrival}
	v.Facts.BookedDeparture, v.Facts.BookedArrival = j.Booked[d.Route].Departure, j.Booked[d.Route].Arrival
	v.between, v.single = j.around(v.own()), len(j.Legs) == 1
	return v
}

// around are the arrival of the flight before this one and the departure of the one after it, as far as they are known.
func (j Journey) around(f FlightID) (t Times) {
	for i, l := range j.Legs {
		switch {
		case l.Flight != f:
		case i > 0 && i+1 < len(j.Legs):
			return Times{j.Legs[i-1].Arrival, j.Legs[i+1].Departure}
		case i > 0:
			return Times{Departure: j.Legs[i-1].Arrival}
		case i+1 < len(j.Legs):
			return Times{Arrival: j.Legs[i+1].Departure}
		}
	}
	return t
}

func (c Case) isOpen() bool     { return c.open }
func (c Case) own() FlightID    { return c.Reservation.Flight }
func (c Case) routeID() RouteID { return c.route }
func (c Case) rulesID() RulesID { return RulesKey }
func (c Case) withRules(r Rules) Case {
	c.rules = r.orDefault()
	return c
}

// withFlight takes the newer of two: what the flight told its passengers, and the copy of its row, which may lag behind.
func (c Case) withFlight(f Flight) Case {
	if !f.AsOf.Before(c.AsOf) {
		c.AsOf, c.Facts.Severity = f.AsOf, f.Severity
		c.Facts.Own.Departure, c.Facts.Own.Arrival = f.Departure, f.Arrival
	}
	on := f.Status == Flying || f.Status == Landed
	c.Facts.Keep = c.Facts.Severity != Cancelled && c.Facts.Severity != Diverted
	c.Facts.Refund = !on && c.rules.mayRefund(c.Facts.Severity)
	if on {
		c.route = "" // nowhere else to go
	}
	return c
}

// withOffers finds the other flights that the rules allow.
func (c Case) withOffers(o Offers) Case {
	c.Facts.Options, c.Seen = nil, nil
	if !c.rules.mayRebook(c.Facts.Severity, c.Reservation.Cabin) {
		return c
	}
	for id, offer := range o.Flights {
		if t, ok := c.trip(id, offer); ok {
			c.Facts.Options = append(c.Facts.Options, t)
		}
	}
	slices.SortFunc(c.Facts.Options, byArrival)
	c.Facts.Options = c.Facts.Options[:min(maxOptions, len(c.Facts.Options))]
	c.Seen = make(map[FlightID]int, len(c.Facts.Options))
	for _, t := range c.Facts.Options {
		c.Seen[t.Flight] = o.Flights[t.Flight].N
	}
	return c
}

func (c Case) trip(id FlightID, o Offer) (Trip, bool) {
	if id == c.own() || slices.Contains(c.refused, id) || c.rules.closed(o.Departure, later(c.Time, c.AsOf)) {
		return Trip{}, false
	}
	if o.Departure.Before(c.between.Departure) || !c.between.Arrival.IsZero() && o.Arrival.After(c.between.Arrival) {
		return Trip{}, false
	}
	for _, cabin := range c.rules.cabins(c.Reservation.Cabin, c.Facts.Severity) {
		if cabin != c.Reservation.Cabin && !c.single { // all flights of a reservation are in one cabin
			continue
		}
		if o.Free.In(cabin) >= c.Reservation.Party {
			return Trip{id, cabin, o.Departure, o.Arrival}, true
		}
	}
	return Trip{}, false
}

func byArrival(a, b Trip) int {
	return cmp.Or(a.Arrival.Compare(b.Arrival), cmp.Compare(a.Flight, b.Flight))
}

// changed says whether the case is another one than was asked about: a seat more or less is not (Check sees whether the
// chosen one is still there), but another severity, half an hour, or a new note is.
func changed(asked, now Case) bool {
	moved := now.Facts.Own.Arrival.Sub(asked.Facts.Own.Arrival).Abs()
	return asked.Facts.Severity != now.Facts.Severity || minutes(moved) >= 30 || asked.Note != now.Note
}
