package score

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Meaning is what a note truly says: wishes in order of preference.
type Meaning []Wish

// A Wish is one thing that a customer wants.
type Wish struct {
	Kind vocab.Wish `json:"kind"`
	Time string     `json:"time,omitempty"` // HH:MM, of By and NotBefore: the first one from the booked arrival or departure on
}

// moment is when the clock at that place first shows the time, from the booked one on.
func (w Wish) moment(booked time.Time) (time.Time, bool) {
	clock, err := time.Parse("15:04", w.Time)
	if err != nil {
		return time.Time{}, false
	}

	m := time.Date(booked.Year(), booked.Month(), booked.Day(), clock.Hour(), clock.Minute(), 0, 0,
		booked.Location())
	if m.Before(booked) {
		m = m.AddDate(0, 0, 1)
	}

	return m, true
}

// out reports whether nothing to choose honours any wish of the meaning.
const out vocab.Wish = "out of reach"

// counts is the wish that counts under these facts.
func (m Meaning) counts(f vocab.Facts) (Wish, bool) {
	for _, w := range m {
		for _, c := range choices(f) {
			if w.honoured(f, c) {
				return w, true
			}
		}
	}
	return Wish{Kind: out}, false
}

// halfAnHour sooner is worth moving for, unasked.
const halfAnHour = 30 * time.Minute

// honoured judges a choice.
func (w Wish) honoured(f vocab.Facts, c rebooking.Choice) bool {
	switch w.Kind {
	case vocab.WishMoneyBack:
		return c.Outcome == vocab.Refunded
	case vocab.WishWait:
		return c.Outcome == vocab.Kept
	}

	if !travels(c) {
		return false
	}

	switch w.Kind {
	case vocab.WishEarliest:
		return behind(f, c) < time.Minute
	case vocab.WishArriveBefore:
		deadline, ok := w.moment(f.BookedArrival)
		return ok && !c.Trip.Arrival.After(deadline)
	case vocab.WishDepartAfter:
		earliest, ok := w.moment(f.BookedDeparture)
		return ok && !c.Trip.Departure.Before(earliest)
	case vocab.WishNothing:
		return behind(f, c) < halfAnHour
	}

	return false
}

// choices are all that the facts offer.
func choices(f vocab.Facts) (all []rebooking.Choice) {
	for _, t := range f.Options {
		all = append(all, rebooking.Choice{Outcome: vocab.Rebooked, Trip: t})
	}

	if f.Keep {
		all = append(all, rebooking.Choice{Outcome: vocab.Kept, Trip: f.Own})
	}

	if f.Refund {
		all = append(all, rebooking.Choice{Outcome: vocab.Refunded})
	}

	return all
}

func travels(c rebooking.Choice) bool {
	return c.Outcome == vocab.Rebooked || c.Outcome == vocab.Kept
}

// behind is how much later than the best possible a party that travels arrives.
func behind(f vocab.Facts, c rebooking.Choice) time.Duration {
	best := c.Trip.Arrival
	for _, other := range choices(f) {
		if travels(other) && other.Trip.Arrival.Before(best) {
			best = other.Trip.Arrival
		}
	}
	return c.Trip.Arrival.Sub(best)
}
