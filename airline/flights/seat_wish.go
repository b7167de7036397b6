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

// OnSeatWish notes a wish with the party's hold. A party without seats has no wish.
func (f Flight) OnSeatWish(w vocab.SeatWish) Flight {
	id := holdID(w.Reservation, w.Cabin)
	if h := f.Holds[id]; h.State == Held {
		h.Wish = w.Kind
		f.Holds = cow.With(f.Holds, id, h)
	}
	return f
}

// seatsFreed tells the parties who wish for a kind of seat that a request has freed: as many parties as there
// are such seats, and each party once. A party that has left its own seat is not told of it.
func (f Flight) seatsFreed(before Flight, r vocab.SeatRequest) (Flight, []Effect) {
	now := vocab.Later(f.AsOf, r.Time)
	if !f.Status.IsOpen() || !now.Before(f.Departure) {
		return f, nil
	}

	var effects []Effect
	var offered []Seat
	for _, id := range slices.Sorted(maps.Keys(f.Holds)) {
		h := f.Holds[id]
		if !h.isWishing() || id == holdID(r.Reservation, r.Cabin) {
			continue
		}

		freed := withoutSeats(f.FreeSeats(h.Cabin, h.Wish), before.FreeSeats(h.Cabin, h.Wish))
		freed = withoutSeats(freed, offered)
		if len(freed) == 0 {
			continue
		}
		offered = append(offered, freed[0])
		occasion := f.seatOccasion(r.Flight, id.reservation(), h, freed[0], now)
		effects = append(effects, Effect{Occasion: occasion})
		h.Told = true
		f.Holds = cow.With(f.Holds, id, h)
	}

	return f, effects
}

// isWishing reports whether the party wants a kind of seat that it has not, and has not been told of one.
func (h Hold) isWishing() bool {
	return h.State == Held && h.Wish != "" && !h.Told && !vocab.HasSeatKind(h.Seats, h.Wish)
}

func withoutSeats(all, less []Seat) []Seat {
	return slices.DeleteFunc(all, func(s Seat) bool {
		return slices.ContainsFunc(less, func(l Seat) bool { return l.Name == s.Name })
	})
}

func (f Flight) seatOccasion(
	id vocab.FlightID, r vocab.ReservationID, h Hold, s Seat, now time.Time,
) *vocab.Occasion {
	article := map[vocab.SeatKind]string{vocab.Aisle: "an", vocab.Window: "a"}[h.Wish]
	what := fmt.Sprintf("%s %s seat, as you always want one, has become free on %s on %s, leaving %s: %s in %s",
		article, h.Wish, f.FlightNumber, f.Date, f.Departure.Format(vocab.HourMinute), s.Name, h.Cabin)

	return &vocab.Occasion{Customer: h.Customer, Message: agent.Message{
		Kind: agent.Occasion,
		ID:   fmt.Sprintf("seat/%s/%s", r, id),
		Text: fmt.Sprintf("%s. Your reservation %s has %s there", what, r, strings.Join(h.Seats, ", ")),
		Time: now,
	}}
}
