package main

import "time"

// CustomerID is the airline's.
type CustomerID string

// A Disruption is what the airline tells a party about their flight, as far as it matters here: where it
// leaves.
type Disruption struct {
	Flight string `json:"flight"`
	Route  string `json:"route"` // NYC-BOS
}

// A Decision is what the airline has decided about a party, as far as it matters here. Times are as clocks
// there show them.
type Decision struct {
	Case        string    `json:"case_id"`
	Reservation string    `json:"reservation_id"`
	Flight      string    `json:"flight"` // the disrupted one
	Party       int       `json:"party"`
	Trip        Trip      `json:"trip"` // how they travel; none: they don't, or a person sees to it
	Note        string    `json:"note"` // what they wrote
	Time        time.Time `json:"time"`
	Facts       struct {
		BookedDeparture time.Time `json:"booked_departure"`
		Options         []Trip    `json:"options"` // flights that had seats for them
	} `json:"facts"`
}

// A Trip is a flight that a party can take.
type Trip struct {
	Departure time.Time `json:"departure"`
}

// By the clock of the day: who still waits so late in the night needs a bed, and so does who hears from the
// evening on that nothing leaves any more. Earlier, they can still find another way.
const (
	late    = 3 * time.Hour
	evening = 16 * time.Hour
)

// night is the date of the night for which the decision leaves the party without a bed; "" if it does not.
func (d Decision) night() string {
	day := d.Facts.BookedDeparture.Add(-late) // a flight at one in the morning is one of the day before
	midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
	end := midnight.Add(24*time.Hour + late)
	stranded := d.Trip.Departure.After(end)
	if d.Trip.Departure.IsZero() {
		stranded = d.Time.After(midnight.Add(evening)) && d.Time.Before(end) && !d.leaves(end)
	}

	if !stranded {
		return ""
	}

	return midnight.Format(time.DateOnly)
}

// leaves reports whether any flight that they could take leaves by then.
func (d Decision) leaves(by time.Time) bool {
	for _, t := range d.Facts.Options {
		if !t.Departure.After(by) {
			return true
		}
	}
	return false
}
