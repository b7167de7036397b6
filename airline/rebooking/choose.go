package rebooking

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// slack: a deadline named as the booked arrival itself, or a little before, is still meant for that day.
const slack = 30 * time.Minute

// next is the first moment after t (less the slack) when a clock there shows hhmm.
func next(t time.Time, hhmm string) time.Time {
	d, err := vocab.TimeOfDay(hhmm)
	if err != nil {
		return t
	}
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location()).Add(d)
	for day.Before(t.Add(-slack)) {
		day = day.Add(24 * time.Hour)
	}
	return day
}

// A Choice is what code makes of facts and a reading.
type Choice struct {
	Outcome vocab.Outcome
	Trip    vocab.Trip
}

// Pick is the best choice for a reading: by rules alone if there is none to heed.
func Choose(facts vocab.Facts, r vocab.Reading) Choice {
	f := options(facts)
	switch r.Wish {
	case vocab.WishEarliest:
		return f.best(f.trips(), time.Minute)
	case vocab.WishArriveBefore:
		return f.by(next(f.BookedArrival, r.Time))
	case vocab.WishDepartAfter:
		return f.after(next(f.BookedDeparture, r.Time))
	case vocab.WishMoneyBack:
		if r.Time != "" { // the money, unless they are there by then
			return f.by(next(f.BookedArrival, r.Time))
		}
		if f.Refund {
			return Choice{Outcome: vocab.Refunded}
		}
	case vocab.WishWait:
		if f.Keep {
			return Choice{vocab.Kept, f.Own}
		}
	}
	return f.best(f.trips(), vocab.WorthMoving)
}

// options are facts, for choosing from.
type options vocab.Facts

func (f options) by(deadline time.Time) Choice {
	inTime := filter(f.trips(), func(t vocab.Trip) bool { return !t.Arrival.After(deadline) })
	if len(inTime) == 0 && f.Refund {
		return Choice{Outcome: vocab.Refunded}
	}
	if len(inTime) == 0 {
		inTime = f.trips()
	}
	return f.best(inTime, vocab.WorthMoving)
}

func (f options) after(earliest time.Time) Choice {
	if ok := filter(f.trips(), func(t vocab.Trip) bool { return !t.Departure.Before(earliest) }); len(ok) > 0 {
		return f.best(ok, vocab.WorthMoving)
	}
	return f.best(f.trips(), vocab.WorthMoving)
}

// trips are all ways to travel, the own flight among them if it still goes.
func (f options) trips() []vocab.Trip {
	trips := slices.Clone(f.Options)
	if f.Keep {
		trips = append(trips, f.Own)
	}
	slices.SortStableFunc(trips, byArrival)
	return trips
}

// best is the earliest arrival, but the own flight unless another gains enough. Without any: the money, or a person.
func (f options) best(trips []vocab.Trip, gain time.Duration) Choice {
	if len(trips) == 0 {
		if f.Refund {
			return Choice{Outcome: vocab.Refunded}
		}
		return Choice{Outcome: vocab.Escalated}
	}
	for _, t := range trips {
		if t.Flight == f.Own.Flight && t.Arrival.Sub(trips[0].Arrival) < gain {
			return Choice{vocab.Kept, t}
		}
	}
	return f.choice(trips[0])
}

func (f options) choice(t vocab.Trip) Choice {
	if t.Flight == f.Own.Flight {
		return Choice{vocab.Kept, t}
	}
	return Choice{vocab.Rebooked, t}
}

// allows says why a choice can't be made, or not any more.
func (f options) allows(c Choice) error {
	switch c.Outcome {
	case vocab.Kept:
		if !f.Keep {
			return errors.New("airline: the own flight does not go")
		}
	case vocab.Refunded:
		if !f.Refund {
			return errors.New("airline: the rules give no money back")
		}
	case vocab.Rebooked:
		if !slices.ContainsFunc(f.Options, func(t vocab.Trip) bool { return t.Flight == c.Trip.Flight && t.Cabin == c.Trip.Cabin }) {
			return fmt.Errorf("airline: %s has no seats for them", c.Trip.Flight)
		}
	}
	return nil
}

func filter[T any](all []T, keep func(T) bool) (out []T) {
	for _, v := range all {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}
