// Package waitlist has, for each route, the parties who would rather take another of its flights.
//
// A party joins that has accepted to arrive later than they booked. When a flight of the route becomes better
// for them by an update, that is an occasion to write to them: once for each flight, to those who gain most
// first, and to no more of them than the flight has seats. A message is all that follows from it.
//
//	flight-wishes, route-updates ─▶ Waitlist ─▶ messages
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

// Table has one row per route.
const Table topology.Table[vocab.RouteID, Waitlist] = "waitlists"

// A Waitlist is the row of one route.
type Waitlist struct {
	Wishes map[vocab.ReservationID]vocab.FlightWish `json:"wishes,omitempty"`
}

// Bounds of a row.
const (
	maxWishes = 500 // parties; later ones are not written to
	maxTold   = 3   // flights that one party is told of
)

// OnWish takes in a wish, or takes one back. The flights that a party was told of stay known.
func (w Waitlist) OnWish(wish vocab.FlightWish) Waitlist {
	old, isKnown := w.Wishes[wish.Reservation]
	wish.Told = old.Told
	if isKnown || wish.Trip.Flight != "" && len(w.Wishes) < maxWishes {
		w.Wishes = cow.With(w.Wishes, wish.Reservation, wish)
	}
	return w.pruned()
}

// pruned drops the wishes that are withdrawn, except for those of parties who were told of a flight.
func (w Waitlist) pruned() Waitlist {
	maps.DeleteFunc(w.Wishes, func(_ vocab.ReservationID, wish vocab.FlightWish) bool {
		return wish.Trip.Flight == "" && len(wish.Told) == 0
	})

	if len(w.Wishes) == 0 {
		w.Wishes = nil
	}
	return w
}

// An Update is an update of the route, and whether it changes the row. Most don't.
type Update struct {
	vocab.Ruled[vocab.RouteUpdate]
	isAwaited bool
}

// Await finds out whether an update changes the row.
func Await(u vocab.Ruled[vocab.RouteUpdate], w Waitlist) Update {
	return Update{u, w.awaits(u)}
}

// IsAwaited reports whether the update changes the row.
func (u Update) IsAwaited() bool { return u.isAwaited }

func (w Waitlist) awaits(u vocab.Ruled[vocab.RouteUpdate]) bool {
	f := u.Event.Flight
	for _, wish := range w.Wishes {
		if u.Event.IsClosing() {
			if wish.Trip.Flight == f || slices.Contains(wish.Told, f) {
				return true
			}
		} else if becomesBetter(wish, u) {
			return true
		}
	}

	return false
}

// OnUpdate tells the parties for whom a flight has become better than theirs.
func (w Waitlist) OnUpdate(u Update) (Waitlist, []vocab.Occasion) {
	if u.Event.IsClosing() {
		return w.without(u.Event.Flight), nil
	}

	var occasions []vocab.Occasion
	free := u.Event.Offer.Free
	for _, wish := range w.byGain() {
		cabin := wish.Trip.Cabin
		if !becomesBetter(wish, u.Ruled) || free.In(cabin) < wish.Party {
			continue
		}
		free = free.Plus(cabin, -wish.Party)
		wish.Told = append(slices.Clip(wish.Told), u.Event.Flight)
		w.Wishes = cow.With(w.Wishes, wish.Reservation, wish)
		occasions = append(occasions, occasion(wish, u.Event))
	}

	return w, occasions
}

// without forgets a flight that can't be taken any more. A party on it has no wish any more.
func (w Waitlist) without(f vocab.FlightID) Waitlist {
	w.Wishes = maps.Clone(w.Wishes)
	for id, wish := range w.Wishes {
		if wish.Trip.Flight == f {
			wish.Trip = vocab.Trip{}
		}
		wish.Told = slices.DeleteFunc(slices.Clone(wish.Told),
			func(told vocab.FlightID) bool { return told == f })
		w.Wishes[id] = wish
	}

	return w.pruned()
}

// byGain returns the wishes, the latest arrival first.
func (w Waitlist) byGain() []vocab.FlightWish {
	return slices.SortedFunc(maps.Values(w.Wishes), func(a, b vocab.FlightWish) int {
		return cmp.Or(b.Trip.Arrival.Compare(a.Trip.Arrival), cmp.Compare(a.Reservation, b.Reservation))
	})
}

// becomesBetter reports whether an update has made a flight better than the party's. If it was better before,
// they could have had it.
func becomesBetter(wish vocab.FlightWish, u vocab.Ruled[vocab.RouteUpdate]) bool {
	e := u.Event
	wasTold := len(wish.Told) >= maxTold || slices.Contains(wish.Told, e.Flight)
	if wasTold || u.Rules.IsClosed(e.Offer.Departure, e.Time) {
		return false
	}
	return isBetter(wish, e.Flight, e.Offer) && !isBetter(wish, e.Flight, e.Before)
}

// isBetter reports whether the party would rather take a flight than their own, and could.
func isBetter(wish vocab.FlightWish, f vocab.FlightID, o vocab.Offer) bool {
	if wish.Trip.Flight == "" || wish.Trip.Flight == f || o.Departure.IsZero() {
		return false
	}

	hasSeats := o.Free.In(wish.Trip.Cabin) >= wish.Party
	gainsEnough := wish.Trip.Arrival.Sub(o.Arrival) >= vocab.WorthMoving
	meetsPrevious := !o.Departure.Before(wish.Between.Departure)
	meetsNext := wish.Between.Arrival.IsZero() || !o.Arrival.After(wish.Between.Arrival)

	return hasSeats && gainsEnough && meetsPrevious && meetsNext
}

func occasion(wish vocab.FlightWish, u vocab.RouteUpdate) vocab.Occasion {
	theirs := fmt.Sprintf("your reservation %s, which is on %s, arriving %s",
		wish.Reservation, wish.Trip.Flight.Number(), wish.Trip.Arrival.Format(vocab.HourMinute))
	better := fmt.Sprintf("%s on %s, leaving %s, arriving %s", u.Flight.Number(), u.Flight.Date(),
		u.Offer.Departure.Format(vocab.HourMinute), u.Offer.Arrival.Format(vocab.HourMinute))

	return vocab.Occasion{Customer: wish.Customer, Message: agent.Message{
		Kind: agent.Occasion,
		ID:   fmt.Sprintf("better-flight/%s/%s", wish.Reservation, u.Flight),
		Text: fmt.Sprintf("a better flight has opened for %s: %s, has a seat for each of your party of %d in %s",
			theirs, better, wish.Party, wish.Trip.Cabin),
		Time: u.Time,
	}}
}
