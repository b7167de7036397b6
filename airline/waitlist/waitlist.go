package waitlist

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/slipstream-go/slipstream/airline/internal/cow"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
)

// Waitlists has one row per route.
const Table topology.Table[vocab.RouteID, Waitlist] = "waitlists"

// A Waitlist is the row of those on a route who wish for a better flight.
type Waitlist struct {
	Wishes map[vocab.ReservationID]vocab.FlightWish `json:"wishes,omitempty"`
}

// Bounds of a waitlist.
const (
	maxWishes = 500 // parties; who comes then is not written to
	maxTold   = 3   // flights that one party is told of
)

// withWish takes in a wish, or takes it back. What was told is not told again.
func (w Waitlist) OnWish(b vocab.FlightWish) Waitlist {
	old, known := w.Wishes[b.Reservation]
	if b.Told = old.Told; known || b.Trip.Flight != "" && len(w.Wishes) < maxWishes {
		w.Wishes = cow.With(w.Wishes, b.Reservation, b)
	}
	return w.pruned()
}

// pruned keeps no wish that is withdrawn, unless it is known by it what was told.
func (w Waitlist) pruned() Waitlist {
	maps.DeleteFunc(w.Wishes, func(_ vocab.ReservationID, b vocab.FlightWish) bool { return b.Trip.Flight == "" && len(b.Told) == 0 })
	if len(w.Wishes) == 0 {
		w.Wishes = nil
	}
	return w
}

// withUpdate tells those for whom a flight of the route has become a better one than theirs: those who gain most first, and
// no more of them than there are seats.
func (w Waitlist) withUpdate(u vocab.Ruled[vocab.RouteUpdate]) (Waitlist, []vocab.Occasion) {
	if u.Event.IsClosing() {
		return w.without(u.Event.Flight), nil
	}
	var out []vocab.Occasion
	free := u.Event.Offer.Free
	for _, b := range w.byGain() {
		if becomesBetter(b, u) && free.In(b.Trip.Cabin) >= b.Party {
			free = free.Plus(b.Trip.Cabin, -b.Party)
			b.Told = append(slices.Clip(b.Told), u.Event.Flight)
			w.Wishes = cow.With(w.Wishes, b.Reservation, b)
			out = append(out, occasion(b, u.Event))
		}
	}
	return w, out
}

// without forgets a flight that can't be taken any more. Whoever flies with it has no wish any more.
func (w Waitlist) without(f vocab.FlightID) Waitlist {
	w.Wishes = maps.Clone(w.Wishes)
	for id, b := range w.Wishes {
		if b.Trip.Flight == f {
			b.Trip = vocab.Trip{}
		}
		b.Told = slices.DeleteFunc(slices.Clone(b.Told), func(t vocab.FlightID) bool { return t == f })
		w.Wishes[id] = b
	}
	return w.pruned()
}

func (w Waitlist) byGain() []vocab.FlightWish {
	return slices.SortedFunc(maps.Values(w.Wishes), func(a, b vocab.FlightWish) int {
		return cmp.Or(b.Trip.Arrival.Compare(a.Trip.Arrival), cmp.Compare(a.Reservation, b.Reservation))
	})
}

// concerns says whether an update changes anything here: most do not.
func (w Waitlist) isConcerned(u vocab.Ruled[vocab.RouteUpdate]) bool {
	f := u.Event.Flight
	for _, b := range w.Wishes {
		if u.Event.IsClosing() && (b.Trip.Flight == f || slices.Contains(b.Told, f)) || !u.Event.IsClosing() && becomesBetter(b, u) {
			return true
		}
	}
	return false
}

// opens says whether a flight has become better by an update than the one that they have. One that was so before, they
// could have had.
func becomesBetter(b vocab.FlightWish, u vocab.Ruled[vocab.RouteUpdate]) bool {
	e := u.Event
	return len(b.Told) < maxTold && !slices.Contains(b.Told, e.Flight) && !u.Rules.IsClosed(e.Offer.Departure, e.Time) &&
		prefers(b, e.Flight, e.Offer) && !prefers(b, e.Flight, e.Before)
}

func prefers(b vocab.FlightWish, f vocab.FlightID, o vocab.Offer) bool {
	return b.Trip.Flight != "" && f != b.Trip.Flight && !o.Departure.IsZero() && o.Free.In(b.Trip.Cabin) >= b.Party &&
		b.Trip.Arrival.Sub(o.Arrival) >= vocab.WorthMoving && !o.Departure.Before(b.Between.Departure) &&
		(b.Between.Arrival.IsZero() || !o.Arrival.After(b.Between.Arrival))
}

func occasion(b vocab.FlightWish, u vocab.RouteUpdate) vocab.Occasion {
	text := fmt.Sprintf("a better flight has opened for your reservation %s, which is on %s, arriving %s: %s on %s, leaving %s, arriving %s, has a seat for each of your party of %d in %s",
		b.Reservation, b.Trip.Flight.Number(), b.Trip.Arrival.Format(vocab.HourMinute), u.Flight.Number(), u.Flight.Date(),
		u.Offer.Departure.Format(vocab.HourMinute), u.Offer.Arrival.Format(vocab.HourMinute), b.Party, b.Trip.Cabin)
	return vocab.Occasion{Message: agent.Message{Kind: agent.Occasion, ID: fmt.Sprintf("better-flight/%s/%s", b.Reservation, u.Flight), Text: text, Time: u.Time}, Customer: b.Customer}
}
