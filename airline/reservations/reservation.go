package reservations

import (
	"slices"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Reservations has one row per reservation.
const Table topology.Table[vocab.ReservationID, Reservation] = "reservations"

// A Reservation is the row of one reservation: its details, which this row alone changes, and the saga under way, which
// asks flights and users for what is theirs.
type Reservation struct {
	vocab.ReservationDetails
	Legs        []vocab.Leg             `json:"legs,omitempty"`        // one for each flight
	Left        []vocab.FlightID        `json:"left,omitempty"`        // flights that it was changed from, the newest of them
	Compensated []string                `json:"compensated,omitempty"` // for which reasons
	Work        *Work                   `json:"work,omitempty"`
	Queue       []vocab.Order           `json:"queue,omitempty"`     // they wait for the work
	Done        []vocab.Result          `json:"done,omitempty"`      // of commands done, the newest of them
	Seq         int                     `json:"seq,omitempty"`       // requests to other desks so far
	N           int                     `json:"n,omitempty"`         // updates so far
	Restating   *vocab.ReservationEvent `json:"restating,omitempty"` // it waits for the work
}

// Bounds of a row.
const (
	maxQueue   = 8
	maxResults = 16
	maxLeft    = 8
)

// Exists says whether there is a reservation, pending ones included. A row can be more than that: it remembers commands.
func (r Reservation) Exists() bool { return r.ID != "" }

// Public is the reservation as the airline's systems show it.
func (r Reservation) Public() vocab.ReservationDetails { return r.ReservationDetails }

// done is the result of a command done before.
func (r Reservation) done(id string) *vocab.Result {
	if i := slices.IndexFunc(r.Done, func(d vocab.Result) bool { return d.Command == id }); i >= 0 {
		return &r.Done[i]
	}
	return nil
}

// fare is what one passenger pays for the flights.
func fareOf(d vocab.ReservationDetails) (sum vocab.Amount) {
	for _, s := range d.Flights {
		sum += s.Price
	}
	return sum
}
