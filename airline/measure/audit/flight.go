package audit

import (
	"slices"
	"time"
)

// flight is all that the topics say of one flight.
type flight struct {
	seats, sold seats
	scheduled   time.Time // arrival
	states      []flightState
	replies     []reply
	rows        []version
}

// flightState is what operations had said after an event that counted: one older than the newest known
// doesn't.
type flightState struct {
	asOf      time.Time
	departure time.Time
	arrival   time.Time // as last estimated before departure
	shut      string    // why nobody gets on any more: departed, arrived, cancelled, diverted
}

// version is what a row on the changelog says of its seats.
type version struct {
	n         int
	asOf      time.Time
	held      seats
	overdrawn bool // more sold and held than there are
}

func (f *flight) known() bool { return f.seats != nil }

// now is the newest state; the zero one if nothing has been heard.
func (f *flight) now() flightState {
	if len(f.states) == 0 {
		return flightState{}
	}
	return f.states[len(f.states)-1]
}

func (f *flight) event(e flightEvent) {
	if e.Type == "scheduled" {
		f.schedule(e)
		return
	}

	if !e.usable() || e.Time.Before(f.now().asOf) {
		return
	}

	s := f.now()
	s.asOf = e.Time
	f.states = append(f.states, s.after(e))
}

func (f *flight) schedule(e flightEvent) {
	if f.known() || e.Schedule == nil || e.Time.IsZero() || e.Departure.IsZero() || e.Arrival.IsZero() {
		return
	}

	f.seats, f.sold, f.scheduled = e.Schedule.Seats, e.Schedule.Sold, e.Arrival
	s := f.now()
	if s.departure.IsZero() {
		s.departure, s.arrival = e.Departure, e.Arrival
	}
	s.asOf = later(s.asOf, e.Time)
	f.states = append(f.states, s)
}

// after is the state that an event leads to. What has left doesn't come back, and what has ended stays as it
// ended.
func (s flightState) after(e flightEvent) flightState {
	switch {
	case s.shut != "" && s.shut != "departed":
	case e.Type != "delayed":
		s.shut = e.Type
	case s.shut == "":
		s.departure, s.arrival = e.Departure, e.Arrival
	}
	return s
}

// usable: what isn't becomes a dead letter.
func (e flightEvent) usable() bool {
	switch e.Type {
	case "delayed":
		return !e.Time.IsZero() && !e.Departure.IsZero() && !e.Arrival.IsZero()
	case "cancelled", "departed", "arrived", "diverted":
		return !e.Time.IsZero()
	}
	return false
}

// severity is how the flight stands in the end: cancelled, diverted, late, or nothing of note.
func (f *flight) severity(p policy) string {
	s := f.now()
	switch {
	case s.shut == "cancelled" || s.shut == "diverted":
		return s.shut
	case f.known() && s.arrival.Sub(f.scheduled) >= time.Duration(p.LateMinutes)*time.Minute:
		return "late"
	}
	return ""
}

func (f *flight) row(r flightRow) {
	v := version{n: r.N, asOf: r.AsOf, held: r.held()}
	for cabin, n := range v.held {
		v.overdrawn = v.overdrawn || r.Sold[cabin]+n > r.Seats[cabin]
	}
	f.rows = append(f.rows, v)
}

// ordered are the replies in the order in which the row gave them.
func (f *flight) ordered() []reply {
	out := slices.Clone(f.replies)
	slices.SortStableFunc(out, func(a, b reply) int { return a.N - b.N })
	return out
}

// A desk is the seats of one flight, as its replies give and take them.
type desk struct {
	holds map[hold]reply // the grants
}

// A hold is one by cabin: a party that changes cabins has seats in both for a moment.
type hold struct{ reservation, cabin string }

func (d *desk) take(r reply) {
	if d.holds == nil {
		d.holds = map[hold]reply{}
	}

	switch r.Result {
	case "granted":
		d.holds[hold{r.Reservation, r.Cabin}] = r
	case "released":
		delete(d.holds, hold{r.Reservation, r.Cabin})
	}
}

func (d *desk) held() seats {
	out := seats{}
	for _, r := range d.holds {
		out[r.Cabin] += r.Party
	}
	return out
}

func (d *desk) free(f *flight, cabin string) int {
	return f.seats[cabin] - f.sold[cabin] - d.held()[cabin]
}

// final is the desk when all is over.
func (f *flight) final() *desk {
	d := &desk{}
	for _, r := range f.ordered() {
		d.take(r)
	}
	return d
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
