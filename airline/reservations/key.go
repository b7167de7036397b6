package reservations

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// about is the reservation that a command is for; of a new one, the id to be tried.
func KeyOf(o vocab.Order) vocab.ReservationID {
	if ids := candidateIDs(o); o.Tool == vocab.BookReservation {
		return ids[min(o.Try, len(ids)-1)]
	}
	var a struct {
		ID vocab.ReservationID `json:"reservation_id"`
	}
	_ = json.Unmarshal(o.Arguments, &a) // what can't be read has no reservation
	return a.ID
}

// ids are those to be tried for a new reservation: that the command names, or else three made of its own id.
func candidateIDs(o vocab.Order) []vocab.ReservationID {
	var a struct {
		IDs []vocab.ReservationID `json:"reservation_ids"`
	}
	_ = json.Unmarshal(o.Arguments, &a)
	if len(a.IDs) > 0 {
		return a.IDs
	}
	for try := range vocab.MaxNewIDs {
		a.IDs = append(a.IDs, vocab.ReservationID(vocab.Locator(o.ID, try)))
	}
	return a.IDs
}

// hasMore says whether there are more ids to be tried.
func hasMoreIDs(o vocab.Order) bool {
	return o.Tool == vocab.BookReservation && o.Try+1 < len(candidateIDs(o))
}
