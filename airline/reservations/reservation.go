package reservations

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Table has one row per reservation.
const Table topology.Table[vocab.ReservationID, Reservation] = "reservations"

// A Reservation is the row of one reservation: its details, which this row alone changes, and the work under
// way.
type Reservation struct {
	vocab.ReservationDetails
	Legs        []vocab.Leg             `json:"legs,omitempty"`        // one for each flight
	Left        []vocab.FlightID        `json:"left,omitempty"`        // the newest flights that it was changed from
	Compensated []string                `json:"compensated,omitempty"` // the reasons that it was compensated for
	Work        *Work                   `json:"work,omitempty"`
	Queue       []vocab.Order           `json:"queue,omitempty"`     // orders that wait for the work
	Done        []vocab.Result          `json:"done,omitempty"`      // the newest results
	Seq         int                     `json:"seq,omitempty"`       // requests to other desks so far
	N           int                     `json:"n,omitempty"`         // updates so far
	Restating   *vocab.ReservationEvent `json:"restating,omitempty"` // a restatement that waits for the work
}

// Bounds of a row.
const (
	maxQueue   = 8
	maxResults = 16
	maxLeft    = 8
)

// Exists reports whether there is a reservation, be it a pending one. A row without a reservation may
// remember commands.
func (r Reservation) Exists() bool { return r.ID != "" }

// Public returns the reservation as the airline's systems show it.
func (r Reservation) Public() vocab.ReservationDetails { return r.ReservationDetails }

// done returns the result of a command that was done before, or nil.
func (r Reservation) done(id string) *vocab.Result {
	i := slices.IndexFunc(r.Done, func(d vocab.Result) bool { return d.Command == id })
	if i < 0 {
		return nil
	}
	return &r.Done[i]
}

// isOn reports whether the flight is among the segments.
func isOn(segments []vocab.Segment, f vocab.FlightID) bool {
	return slices.ContainsFunc(segments, func(s vocab.Segment) bool { return s.Flight() == f })
}
