package referee

import (
	"context"
	"encoding/json"
	"time"
)

// A World is the system that is judged. It is used by one goroutine.
type World interface {
	// Load makes the rows those that every case starts from. It is called once, first.
	Load(ctx context.Context, initial Rows) error
	// Call makes a call, at the time [Now] and with the ids below, and returns what came of it when all that
	// it caused has settled. A call that is refused is an Outcome; an error means that nothing is known of
	// it.
	Call(ctx context.Context, name string, arguments json.RawMessage) (Outcome, error)
	// Changed returns the rows that differ from the initial ones, by value of JSON, nil for one that is gone.
	Changed(ctx context.Context) (Rows, error)
	// Restore puts the rows that differ back as they were, by events.
	Restore(ctx context.Context) error
}

// An Outcome is what came of a call.
type Outcome struct {
	OK     bool
	Result json.RawMessage // of one that was done
	Code   string          // of one that was refused, see Expected
	Error  string          // the same for people
}

// Now is the time of all calls on record: what is booked has been created then.
var Now = time.Date(2024, 5, 15, 15, 0, 0, 0, time.UTC)

// The ids that were given out on record: the first that is free, and without one the call was refused.
var (
	ReservationIDs = []string{"HATHAT", "HATHAU", "HATHAV"}
	CertificateIDs = []string{"certificate_3221322", "certificate_3221323", "certificate_3221324"}
)
