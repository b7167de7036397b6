package rebooking

import (
	"cmp"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Case is one disrupted party as it stands now: rebuilt from the rows whenever it matters.
type Case struct {
	vocab.Ask
	Customer    vocab.CustomerID       `json:"customer"`
	Reservation vocab.Booking          `json:"reservation"` // the flight is the disrupted one
	Membership  string                 `json:"membership,omitempty"`
	Note        string                 `json:"note,omitempty"`
	Reading     *vocab.Reading         `json:"reading,omitempty"` // of this note, from an earlier attempt or case
	Facts       vocab.Facts            `json:"facts"`
	Seen        map[vocab.FlightID]int `json:"seen,omitempty"` // by which of each flight's offers the options were made
	AsOf        time.Time              `json:"as_of"`          // the newest that is known of the own flight
	rules       vocab.Rules
	route       vocab.RouteID
	refused     []vocab.FlightID
	between     vocab.Times // other flights of theirs: to leave after, and to be there before
	single      bool        // there are none
	open        bool
}

// maxOptions bounds a case: later flights than these are not considered.
const maxOptions = 10

func newCase(a vocab.Ask, c journeys.Customer) Case {
	j := c.Journeys[a.Reservation]
	v := Case{Ask: a, Customer: c.ID, Membership: c.Membership, Note: c.Note, Reading: c.Reading}
	v.Reservation = vocab.Booking{ID: a.Reservation, Cabin: j.Cabin, Party: j.Party}
	if j.IsAsked(a.Case, a.Attempt) {
		v.open, v.refused, v.Reservation.Flight = true, j.Open.Refused, j.Open.Flight
	}
	d := j.Heard[v.ownFlight()]
	v.AsOf, v.route = d.Time, d.Route
	v.Facts.Severity = d.Severity
	v.Facts.Own = vocab.Trip{Flight: v.ownFlight(), Cabin: j.Cabin, Departure: d.Departure, Arrival: d.Arrival}
	v.Facts.BookedDeparture, v.Facts.BookedArrival = j.Booked[d.Route].Departure, j.Booked[d.Route].Arrival
	v.between, v.single = j.Around(v.ownFlight()), len(j.Legs) == 1
	return v
}

func (c Case) isOpen() bool { return c.open }

func (c Case) ownFlight() vocab.FlightID { return c.Reservation.Flight }

func (c Case) routeID() vocab.RouteID { return c.route }

func (c Case) rulesID() vocab.RulesID { return vocab.RulesKey }

func (c Case) withRules(r vocab.Rules) Case {
	c.rules = r.OrDefault()
	return c
}

// withFlight takes the newer of two: what the flight told its passengers, and the copy of its row, which may lag behind.
func (c Case) withFlight(f flights.Flight) Case {
	if !f.AsOf.Before(c.AsOf) {
		c.AsOf, c.Facts.Severity = f.AsOf, f.Severity
		c.Facts.Own.Departure, c.Facts.Own.Arrival = f.Departure, f.Arrival
	}
	on := f.Status == vocab.StatusFlying || f.Status == vocab.StatusLanded
	c.Facts.Keep = c.Facts.Severity != vocab.SeverityCancelled && c.Facts.Severity != vocab.SeverityDiverted
	c.Facts.Refund = !on && c.rules.MayRefund(c.Facts.Severity)
	if on {
		c.route = "" // nowhere else to go
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

func (c Case) trip(id vocab.FlightID, o vocab.Offer) (vocab.Trip, bool) {
	if id == c.ownFlight() || slices.Contains(c.refused, id) || c.rules.IsClosed(o.Departure, vocab.Later(c.Time, c.AsOf)) {
		return vocab.Trip{}, false
	}
	if o.Departure.Before(c.between.Departure) || !c.between.Arrival.IsZero() && o.Arrival.After(c.between.Arrival) {
		return vocab.Trip{}, false
	}
	for _, cabin := range c.rules.Cabins(c.Reservation.Cabin, c.Facts.Severity) {
		if cabin != c.Reservation.Cabin && !c.single { // all flights of a reservation are in one cabin
			continue
		}
		if o.Free.In(cabin) >= c.Reservation.Party {
			return vocab.Trip{Flight: id, Cabin: cabin, Departure: o.Departure, Arrival: o.Arrival}, true
		}
	}
	return vocab.Trip{}, false
}

// escalated is the decision of a case that could not be settled.
func Unsettled(c Case, cause string) vocab.Decision {
	d := c.decision()
	d.Outcome, d.Reason, d.DecidedBy = vocab.Escalated, cause, "nobody"
	return d
}

func byArrival(a, b vocab.Trip) int {
	return cmp.Or(a.Arrival.Compare(b.Arrival), cmp.Compare(a.Flight, b.Flight))
}

// changed says whether the case is another one than was asked about: a seat more or less is not (Check sees whether the
// chosen one is still there), but another severity, half an hour, or a new note is.
func Changed(asked, now Case) bool {
	moved := now.Facts.Own.Arrival.Sub(asked.Facts.Own.Arrival).Abs()
	return asked.Facts.Severity != now.Facts.Severity || moved >= 30*time.Minute || asked.Note != now.Note
}

// decision starts the answer to a case.
func (c Case) decision() vocab.Decision {
	return vocab.Decision{Case: c.Ask.Case, Customer: c.Customer, Reservation: c.Reservation.ID, Flight: c.ownFlight(),
		Party: c.Reservation.Party, Attempt: c.Attempt, Facts: c.Facts, Note: c.Note, Time: vocab.Later(c.Time, c.AsOf)}
}

// now is the day's time at which a case is looked at, as far as events have told it.
func (c Case) latest() time.Time { return vocab.Later(c.Time, c.AsOf) }
