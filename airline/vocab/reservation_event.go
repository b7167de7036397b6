package vocab

import (
	"errors"
	"fmt"
	"time"
)

// A ReservationEvent restates a reservation, as the airline's other systems have it: the row is replaced wholly, once the
// command under way is done.
type ReservationEvent struct {
	Type        string              `json:"type"` // restated
	Time        time.Time           `json:"time"`
	Reservation *ReservationDetails `json:"reservation,omitempty"` // none: there is none
	// Claim names its seats on flights that have yet to leave, so that these tell its customer when they are disrupted.
	// Without it, they are only counted among the seats sold.
	Claim bool `json:"claim,omitempty"`
}

// restatedTool stands for a tool in updates after a restatement.
const Restated = "restated"

// Valid says why an event can't be used.
func (e ReservationEvent) Valid() error {
	if e.Type != Restated {
		return fmt.Errorf("airline: no such reservation event: %q", e.Type)
	}
	if d := e.Reservation; d != nil && (d.ID == "" || d.User == "") {
		return errors.New("airline: a reservation needs reservation_id and user_id")
	}
	return nil
}
