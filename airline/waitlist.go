package airline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
)

// A FlightWish is for a better flight: a party has accepted to arrive later than they booked. It stands until their
// reservation changes or their flight leaves.
type FlightWish struct {
	Customer    CustomerID    `json:"customer"`
	Reservation ReservationID `json:"reservation_id"`
	Route       RouteID       `json:"route"`
	Trip        Trip          `json:"trip,omitzero"` // how they travel now; none: the wish is withdrawn
	Party       int           `json:"party,omitempty"`
	Between     Times         `json:"between,omitzero"` // when the flight before theirs arrives, and the one after it leaves
	Told        []FlightID    `json:"told,omitempty"`   // of these they were told
}

// A Waitlist is the row of those on a route who wish for a better flight.
type Waitlist struct {
	Wishes map[ReservationID]FlightWish `json:"wishes,omitempty"`
}

// Bounds of a waitlist.
const (
	maxWishes = 500 // parties; who comes then is not written to
	maxTold   = 3   // flights that one party is told of
)

// withWish takes in a wish, or takes it back. What was told is not told again.
func (w Waitlist) withWish(b FlightWish) Waitlist {
	old, known := w.Wishes[b.Reservation]
	if b.Told = old.Told; known || b.Trip.Flight != "" && len(w.Wishes) < maxWishes {
		w.Wishes = with(w.Wishes, b.Reservation, b)
	}
	return w.pruned()
}

// pruned keeps no wish that is withdrawn, unless it is known by it what was told.
func (w Waitlist) pruned() Waitlist {
	maps.DeleteFunc(w.Wishes, func(_ ReservationID, b FlightWish) bool { return b.Trip.Flight == "" && len(b.Told) == 0 })
	if len(w.Wishes) == 0 {
		w.Wishes = nil
	}
	return w
}

// withUpdate tells those for whom a flight of the route has become a better one than theirs: those who gain most first, and
// no more of them than there are seats.
func (w Waitlist) withUpdate(u ruled[RouteUpdate]) (Waitlist, []occasion) {
	if u.Event.closes() {
		return w.without(u.Event.Flight), nil
	}
	var out []occasion
	free := u.Event.Offer.Free
	for _, b := range w.byGain() {
		if b.opens(u) && free.In(b.Trip.Cabin) >= b.Party {
			free = free.Plus(b.Trip.Cabin, -b.Party)
			b.Told = append(slices.Clip(b.Told), u.Event.Flight)
			w.Wishes = with(w.Wishes, b.Reservation, b)
			out = append(out, b.occasion(u.Event))
		}
	}
	return w, out
}

// without forgets a flight that can't be taken any more. Whoever flies with it has no wish any more.
func (w Waitlist) without(f FlightID) Waitlist {
	w.Wishes = maps.Clone(w.Wishes)
	for id, b := range w.Wishes {
		if b.Trip.Flight == f {
			b.Trip = Trip{}
		}
		b.Told = slices.DeleteFunc(slices.Clone(b.Told), func(t FlightID) bool { return t == f })
		w.Wishes[id] = b
	}
	return w.pruned()
}

func (w Waitlist) byGain() []FlightWish {
	return slices.SortedFunc(maps.Values(w.Wishes), func(a, b FlightWish) int {
		return cmp.Or(b.Trip.Arrival.Compare(a.Trip.Arrival), cmp.Compare(a.Reservation, b.Reservation))
	})
}

// concerns says whether an update changes anything here: most do not.
func (w Waitlist) concerns(u ruled[RouteUpdate]) bool {
	f := u.Event.Flight
	for _, b := range w.Wishes {
		if u.Event.closes() && (b.Trip.Flight == f || slices.Contains(b.Told, f)) || !u.Event.closes() && b.opens(u) {
			return true
		}
	}
	return false
}

// opens says whether a flight has become better by an update than the one that they have. One that was so before, they
// could have had.
func (b FlightWish) opens(u ruled[RouteUpdate]) bool {
	e := u.Event
	return len(b.Told) < maxTold && !slices.Contains(b.Told, e.Flight) && !u.Rules.closed(e.Offer.Departure, e.Time) &&
		b.prefers(e.Flight, e.Offer) && !b.prefers(e.Flight, e.Before)
}

func (b FlightWish) prefers(f FlightID, o Offer) bool {
	return b.Trip.Flight != "" && f != b.Trip.Flight && !o.Departure.IsZero() && o.Free.In(b.Trip.Cabin) >= b.Party &&
		b.Trip.Arrival.Sub(o.Arrival) >= worthMoving && !o.Departure.Before(b.Between.Departure) &&
		(b.Between.Arrival.IsZero() || !o.Arrival.After(b.Between.Arrival))
}

// An occasion is a reason to write to a customer unasked.
type occasion struct {
	agent.Message
	customer CustomerID
}

func toCustomer[K ~string](o occasion, _ K) (CustomerID, agent.Message) { return o.customer, o.Message }

func (b FlightWish) occasion(u RouteUpdate) occasion {
	text := fmt.Sprintf("a better flight has opened for your reservation %s, which is on %s, arriving %s: %s on %s, leaving %s, arriving %s, has a seat for each of your party of %d in %s",
		b.Reservation, b.Trip.Flight.Number(), b.Trip.Arrival.Format(hhmm), u.Flight.Number(), u.Flight.Date(),
		u.Offer.Departure.Format(hhmm), u.Offer.Arrival.Format(hhmm), b.Party, b.Trip.Cabin)
	return occasion{agent.Message{Kind: agent.Occasion, ID: fmt.Sprintf("better-flight/%s/%s", b.Reservation, u.Flight), Text: text, Time: u.Time}, b.Customer}
}

const hhmm = "15:04"

// decided puts a party on the waitlist, or takes it off, by what was decided. Whoever has asked to wait, not to leave
// before a time, or for their money, has what they like.
func (j *journey) decided(d Decision) {
	route := j.Heard[d.Flight].Route
	if d.Reading != nil && slices.Contains([]Wish{Wait, NotBefore, Money}, d.Reading.Wish) {
		d.Trip = Trip{}
	}
	j.wish(route, d.Trip, j.Booked[route])
}

// wish puts a party that is worse off than it booked on the waitlist; one that is not, it takes off.
func (j *journey) wish(r RouteID, t Trip, booked Times) {
	late := !booked.Arrival.IsZero() && t.Arrival.Sub(booked.Arrival) >= worthMoving
	if !late || !j.on(t.Flight) || !j.customer.mayBeWritten() {
		j.unwish()
		return
	}
	if j.Waits != r {
		j.unwish()
	}
	j.Waits = r
	j.effects = append(j.effects, customerEffect{Wish: &FlightWish{Customer: j.customer.ID, Reservation: j.id, Route: r, Party: j.Party, Trip: t, Between: j.around(t.Flight)}})
}

// unwish takes it back.
func (j *journey) unwish() {
	if j.Waits != "" {
		j.effects = append(j.effects, customerEffect{Wish: &FlightWish{Customer: j.customer.ID, Reservation: j.id, Route: j.Waits}})
		j.Waits = ""
	}
}

// mayBeWritten says whether they may be written to unasked.
func (c Customer) mayBeWritten() bool { return c.Unasked != Off && !c.Talk.Quiet }

// preferred has wishes changed to what the customer's profile says now.
func (j *journey) preferred(before Customer) {
	if !j.customer.mayBeWritten() {
		j.unwish()
	}
	if before.Seat != j.customer.Seat || before.Unasked != j.customer.Unasked {
		j.rewish()
	}
}

// waitlists has one row per route: who would rather be on another of its flights.
func waitlists(t *topology.Topology) {
	topology.Fold(Waitlists, topology.From(t, FlightWishes), Waitlist.withWish)
	updates := topology.Join(rule(topology.From(t, RouteUpdates)), Waitlists, func(u ruled[RouteUpdate], w Waitlist) waited { return waited{u, w.concerns(u)} })
	occasions := topology.Apply(Waitlists, updates.Filter(func(u waited) bool { return u.concerns }), func(w Waitlist, u waited) (Waitlist, []occasion) { return w.withUpdate(u.ruled) })
	topology.Rekey(occasions, Messages, toCustomer)
}

// waited is an update, and whether anybody waits for it.
type waited struct {
	ruled[RouteUpdate]
	concerns bool
}
