package flights

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/agent"
)

func (f Flight) OnSeatWish(w vocab.SeatWish) Flight {
	h := f.Holds[holdID(w.Reservation, w.Cabin)]
	if h.State == Held {
		h.Wish = w.Kind
		f.Holds = cow.With(f.Holds, holdID(w.Reservation, w.Cabin), h)
	}
	return f
}

// seatsFreed tells, of each kind of seat that a request has freed, as many of those who wish for one as there are seats; each
// party once. Who has left a seat themselves is not told of it.
func (f Flight) seatsFreed(before Flight, r vocab.SeatRequest) (Flight, []Effect) {
	var out []Effect
	now, offered := vocab.Later(f.AsOf, r.Time), []Seat{}
	if !f.isOpen() || !now.Before(f.Departure) {
		return f, nil
	}
	for _, id := range slices.Sorted(maps.Keys(f.Holds)) {
		h := f.Holds[id]
		if !h.isWishing() || id == holdID(r.Reservation, r.Cabin) {
			continue
		}
		free := withoutSeats(withoutSeats(f.FreeSeats(h.Cabin, h.Wish), before.FreeSeats(h.Cabin, h.Wish)), offered)
		if len(free) > 0 {
			offered, h.Told = append(offered, free[0]), true
			f.Holds = cow.With(f.Holds, id, h)
			out = append(out, Effect{Occasion: f.seatOccasion(r.Flight, id.reservation(), h, free[0], now)})
		}
	}
	return f, out
}

func (h Hold) isWishing() bool {
	return h.State == Held && h.Wish != "" && !h.Told && !vocab.HasSeatKind(h.Seats, h.Wish)
}

func withoutSeats(all, less []Seat) []Seat {
	return slices.DeleteFunc(all, func(s Seat) bool {
		return slices.ContainsFunc(less, func(l Seat) bool { return l.Name == s.Name })
	})
}

func (f Flight) seatOccasion(id vocab.FlightID, r vocab.ReservationID, h Hold, s Seat, now time.Time) *vocab.Occasion {
	article := map[vocab.SeatKind]string{vocab.Aisle: "an", vocab.Window: "a"}[h.Wish]
	text := fmt.Sprintf("%s %s seat, as you always want one, has become free on %s on %s, leaving %s: %s in %s. Your reservation %s has %s there",
		article, h.Wish, f.FlightNumber, f.Date, f.Departure.Format(vocab.HourMinute), s.Name, h.Cabin, r, strings.Join(h.Seats, ", "))
	return &vocab.Occasion{Message: agent.Message{Kind: agent.Occasion, ID: fmt.Sprintf("seat/%s/%s", r, id), Text: text, Time: now}, Customer: h.Customer}
}
