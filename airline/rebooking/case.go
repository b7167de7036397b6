package rebooking

import (
	"cmp"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Case is one disrupted party as it stands now.
type Case struct {
	vocab.Ask
	Customer    vocab.CustomerID       `json:"customer"`
	Reservation vocab.Booking          `json:"reservation"` // the flight is the disrupted one
	Membership  string                 `json:"membership,omitempty"`
	Note        string                 `json:"note,omitempty"`
	Reading     *vocab.Reading         `json:"reading,omitempty"` // of this note, from an earlier attempt or case
	Facts       vocab.Facts            `json:"facts"`
	Seen        map[vocab.FlightID]int `json:"seen,omitempty"` // the number of each flight's offer among the options
	AsOf        time.Time              `json:"as_of"`          // the newest event of the party's own flight

	rules       vocab.Rules
	route       vocab.RouteID
	refused     []vocab.FlightID
	between     vocab.Times // see Journey.Around
	isSingleLeg bool
	isOpen      bool
}

// maxOptions bounds the options of a case. Flights that arrive later than these are not considered.
const maxOptions = 10

func newCase(a vocab.Ask, c journeys.Customer) Case {
	j := c.Journeys[a.Reservation]
	v := Case{Ask: a, Customer: c.ID, Membership: c.Membership, Note: c.Note, Reading: c.Reading}
	v.Reservation = vocab.Booking{ID: a.Reservation, Cabin: j.Cabin, Party: j.Party}
	if j.IsAsked(a.Case, a.Attempt) {
		v.isOpen = true
		v.refused = j.Open.Refused
		v.Reservation.Flight = j.Open.Flight
	}

	own := v.ownFlight()
	news := j.Heard[own]
	booked := j.Booked[news.Route]
	v.AsOf, v.route = news.Time, news.Route
	v.Facts.Severity = news.Severity
	v.Facts.Own = vocab.Trip{Flight: own, Cabin: j.Cabin, Departure: news.Departure, Arrival: news.Arrival}
	v.Facts.BookedDeparture, v.Facts.BookedArrival = booked.Departure, booked.Arrival
	v.between = j.Around(own)
	v.isSingleLeg = len(j.Legs) == 1

	return v
}

func (c Case) isUndecided() bool         { return c.isOpen }
func (c Case) ownFlight() vocab.FlightID { return c.Reservation.Flight }
func (c Case) routeID() vocab.RouteID    { return c.route }
func (c Case) rulesID() vocab.RulesID    { return vocab.RulesKey }

// now returns the time at which the case is looked at, as far as events have told it.
func (c Case) now() time.Time { return vocab.Later(c.Time, c.AsOf) }

func (c Case) withRules(r vocab.Rules) Case {
	c.rules = r.OrDefault()
	return c
}

// withFlight takes the newer of what the flight has told the party and the copy of its row, which may lag
// behind.
func (c Case) withFlight(f flights.Flight) Case {
	if !f.AsOf.Before(c.AsOf) {
		c.AsOf = f.AsOf
		c.Facts.Severity = f.Severity
		c.Facts.Own.Departure, c.Facts.Own.Arrival = f.Departure, f.Arrival
	}

	hasLeft := f.Status == vocab.StatusFlying || f.Status == vocab.StatusLanded
	c.Facts.Keep = c.Facts.Severity != vocab.SeverityCancelled && c.Facts.Severity != vocab.SeverityDiverted
	c.Facts.Refund = !hasLeft && c.rules.MayRefund(c.Facts.Severity)
	if hasLeft {
		c.route = "" // there is nothing else to take
	}

	return c
}

// withOffers finds the other flights that the rules allow.
func (c Case) withOffers(o flights.Offers) Case {
	c.Facts.Options, c.Seen = nil, nil
	if !c.rules.MayRebook(c.Facts.Severity, c.Reservation.Cabin) {
		return c
	}

	for id, offer := range o.Flights {
		if t, ok := c.trip(id, offer); ok {
			c.Facts.Options = append(c.Facts.Options, t)
		}
	}
	slices.SortFunc(c.Facts.Options, byArrival)
	c.Facts.Options = c.Facts.Options[:min(maxOptions, len(c.Facts.Options))]

	c.Seen = make(map[vocab.FlightID]int, len(c.Facts.Options))
	for _, t := range c.Facts.Options {
		c.Seen[t.Flight] = o.Flights[t.Flight].N
	}

	return c
}

// trip returns how the party could take a flight, if they can.
func (c Case) trip(id vocab.FlightID, o vocab.Offer) (vocab.Trip, bool) {
	if id == c.ownFlight() || slices.Contains(c.refused, id) || c.rules.IsClosed(o.Departure, c.now()) {
		return vocab.Trip{}, false
	}

	leavesTooEarly := o.Departure.Before(c.between.Departure)
	arrivesTooLate := !c.between.Arrival.IsZero() && o.Arrival.After(c.between.Arrival)
	if leavesTooEarly || arrivesTooLate {
		return vocab.Trip{}, false
	}

	for _, cabin := range c.rules.Cabins(c.Reservation.Cabin, c.Facts.Severity) {
		if cabin != c.Reservation.Cabin && !c.isSingleLeg { // all flights of a reservation are in one cabin
			continue
		}

		if o.Free.In(cabin) >= c.Reservation.Party {
			return vocab.Trip{Flight: id, Cabin: cabin, Departure: o.Departure, Arrival: o.Arrival}, true
		}
	}

	return vocab.Trip{}, false
}

func byArrival(a, b vocab.Trip) int {
	return cmp.Or(a.Arrival.Compare(b.Arrival), cmp.Compare(a.Flight, b.Flight))
}

// Changed reports whether the case is another one than was asked about: by its severity, by half an hour, or
// by a new note. A seat more or less is no other case, because Check sees whether the chosen one is left.
func Changed(asked, now Case) bool {
	moved := now.Facts.Own.Arrival.Sub(asked.Facts.Own.Arrival).Abs()
	return asked.Facts.Severity != now.Facts.Severity || moved >= 30*time.Minute || asked.Note != now.Note
}

// Unsettled returns the decision of a case that could not be settled: a person decides.
func Unsettled(c Case, cause string) vocab.Decision {
	d := c.decision()
	d.Outcome, d.Reason, d.DecidedBy = vocab.Escalated, cause, "nobody"
	return d
}

// decision starts a decision.
func (c Case) decision() vocab.Decision {
	return vocab.Decision{
		Case: c.Ask.Case, Customer: c.Customer, Reservation: c.Reservation.ID, Flight: c.ownFlight(),
		Party: c.Reservation.Party, Attempt: c.Attempt, Facts: c.Facts, Note: c.Note, Time: c.now(),
	}
}
