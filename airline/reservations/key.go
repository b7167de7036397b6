package reservations

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// KeyOf returns the reservation that an order is for. For a new reservation it is the id to try next.
func KeyOf(o vocab.Order) vocab.ReservationID {
	if o.Tool == vocab.BookReservation {
		ids := candidateIDs(o)
		return ids[min(o.Try, len(ids)-1)]
	}

	var a struct {
		ID vocab.ReservationID `json:"reservation_id"`
	}
	_ = json.Unmarshal(o.Arguments, &a) // unreadable arguments name no reservation

	return a.ID
}

// candidateIDs returns the ids to try for a new reservation: those that the command names, or else ids made
// of its own.
func candidateIDs(o vocab.Order) []vocab.ReservationID {
	var a struct {
		IDs []vocab.ReservationID `json:"reservation_ids"`
	}
	_ = json.Unmarshal(o.Arguments, &a) // unreadable arguments name no ids
	if len(a.IDs) > 0 {
		return a.IDs
	}

	for try := range vocab.MaxNewIDs {
		a.IDs = append(a.IDs, vocab.ReservationID(vocab.Locator(o.ID, try)))
	}

	return a.IDs
}

// hasMoreIDs reports whether there is another id to try for a new reservation.
func hasMoreIDs(o vocab.Order) bool {
	return o.Tool == vocab.BookReservation && o.Try+1 < len(candidateIDs(o))
}
