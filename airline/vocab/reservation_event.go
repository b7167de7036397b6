package vocab

import (
	"errors"
	"fmt"
	"time"
)

// A ReservationEvent restates a reservation, as the airline's other systems have it. It replaces the row,
// once the command under way is done.
type ReservationEvent struct {
	Type        string              `json:"type"` // Restated
	Time        time.Time           `json:"time"`
	Reservation *ReservationDetails `json:"reservation,omitempty"` // none: there is no such reservation

	// Claim has the reservation hold its seats by name on flights that have yet to leave, so that these tell
	// the customer of disruptions. Otherwise, its seats are only counted among those sold.
	Claim bool `json:"claim,omitempty"`
}

// Restated is the type of a ReservationEvent. Updates that follow from it have it in place of a tool.
const Restated = "restated"

// Valid returns why the event can't be used.
func (e ReservationEvent) Valid() error {
	if e.Type != Restated {
		return fmt.Errorf("airline: no such reservation event: %q", e.Type)
	}

	if d := e.Reservation; d != nil && (d.ID == "" || d.User == "") {
		return errors.New("airline: a reservation needs reservation_id and user_id")
	}
	return nil
}
