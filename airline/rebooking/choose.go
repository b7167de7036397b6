package rebooking

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Choice is what code makes of facts and a reading.
type Choice struct {
	Outcome vocab.Outcome
	Trip    vocab.Trip
}

// Choose returns the best choice for a reading. The zero Reading has it choose by the rules alone.
func Choose(facts vocab.Facts, r vocab.Reading) Choice {
	o := options(facts)
	switch r.Wish {
	case vocab.WishEarliest:
		return o.best(o.trips(), time.Minute)
	case vocab.WishArriveBefore:
		return o.arriveBefore(nextClock(o.BookedArrival, r.Time))
	case vocab.WishDepartAfter:
		return o.departAfter(nextClock(o.BookedDeparture, r.Time))
	case vocab.WishMoneyBack:
		if r.Time != "" { // the money, unless they are there by then
			return o.arriveBefore(nextClock(o.BookedArrival, r.Time))
		}

		if o.Refund {
			return Choice{Outcome: vocab.Refunded}
		}
	case vocab.WishWait:
		if o.Keep {
			return Choice{vocab.Kept, o.Own}
		}
	}

	return o.best(o.trips(), vocab.WorthMoving)
}

// slack is how much before the booked time a named time may be, to be meant for the same day.
const slack = 30 * time.Minute

// nextClock returns the first moment after t, less the slack, at which a clock there shows hhmm.
func nextClock(t time.Time, hhmm string) time.Time {
	clock, err := vocab.TimeOfDay(hhmm)
	if err != nil {
		return t
	}

	next := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location()).Add(clock)
	for next.Before(t.Add(-slack)) {
		next = next.Add(24 * time.Hour)
	}

	return next
}

// options are facts to choose from.
type options vocab.Facts

// arriveBefore prefers the trips that arrive by the deadline. If there are none, the trip is pointless.
func (o options) arriveBefore(deadline time.Time) Choice {
	inTime := filter(o.trips(), func(t vocab.Trip) bool { return !t.Arrival.After(deadline) })
	switch {
	case len(inTime) > 0:
		return o.best(inTime, vocab.WorthMoving)
	case o.Refund:
		return Choice{Outcome: vocab.Refunded}
	}
	return o.best(o.trips(), vocab.WorthMoving)
}

// departAfter prefers the trips that leave late enough.
func (o options) departAfter(earliest time.Time) Choice {
	lateEnough := filter(o.trips(), func(t vocab.Trip) bool { return !t.Departure.Before(earliest) })
	if len(lateEnough) > 0 {
		return o.best(lateEnough, vocab.WorthMoving)
	}
	return o.best(o.trips(), vocab.WorthMoving)
}

// trips returns all ways to travel, the earliest arrival first. The party's own flight is among them, if it
// still goes.
func (o options) trips() []vocab.Trip {
	trips := slices.Clone(o.Options)
	if o.Keep {
		trips = append(trips, o.Own)
	}
	slices.SortStableFunc(trips, byArrival)
	return trips
}

// best returns the earliest arrival, or the party's own flight if no other one gains enough. Without any trip
// it is the money, or else a person.
func (o options) best(trips []vocab.Trip, gain time.Duration) Choice {
	if len(trips) == 0 {
		if o.Refund {
			return Choice{Outcome: vocab.Refunded}
		}
		return Choice{Outcome: vocab.Escalated}
	}

	earliest := trips[0]
	for _, t := range trips {
		if t.Flight == o.Own.Flight && t.Arrival.Sub(earliest.Arrival) < gain {
			return Choice{vocab.Kept, t}
		}
	}

	if earliest.Flight == o.Own.Flight {
		return Choice{vocab.Kept, earliest}
	}

	return Choice{vocab.Rebooked, earliest}
}

// check returns why a choice can't be made, or can't be made any more.
func (o options) check(c Choice) error {
	switch c.Outcome {
	case vocab.Kept:
		if !o.Keep {
			return errors.New("airline: the own flight does not go")
		}
	case vocab.Refunded:
		if !o.Refund {
			return errors.New("airline: the rules give no money back")
		}
	case vocab.Rebooked:
		hasSeats := func(t vocab.Trip) bool { return t.Flight == c.Trip.Flight && t.Cabin == c.Trip.Cabin }
		if !slices.ContainsFunc(o.Options, hasSeats) {
			return fmt.Errorf("airline: %s has no seats for them", c.Trip.Flight)
		}
	}

	return nil
}

// reason returns why code has made the choice.
func (c Choice) reason(f vocab.Facts) string {
	switch c.Outcome {
	case vocab.Rebooked:
		return fmt.Sprintf("the earliest way there, of %d", len(options(f).trips()))
	case vocab.Kept:
		return "no other flight gains enough"
	case vocab.Refunded:
		return "no flight is left today"
	}

	return "nothing that the rules allow"
}

func filter(all []vocab.Trip, keep func(vocab.Trip) bool) []vocab.Trip {
	return slices.DeleteFunc(slices.Clone(all), func(t vocab.Trip) bool { return !keep(t) })
}
