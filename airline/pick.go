package airline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Reading is what a note says: a wish, and the time it names. Finding it is the model's part; the rest is code's.
type Reading struct {
	Reason string `json:"reason"`
	Wish   Wish   `json:"wish"`
	Time   string `json:"time"` // HH:MM, of By and NotBefore; of Money: unless they are there by then
}

// A Wish is what a customer wants, as far as an airline can give it.
type Wish string

// The wishes.
const (
	NoWish    Wish = "nothing"       // nothing that bears on the choice
	Soonest   Wish = "earliest"      // get there as early as can be
	By        Wish = "arrive-before" // be there by a time; else it is pointless
	NotBefore Wish = "depart-after"  // can't leave before a time
	Money     Wish = "money-back"    // rather not travel
	Wait      Wish = "wait"          // stay on the own flight
)

// Wishes lists them all.
var Wishes = []Wish{NoWish, Soonest, By, NotBefore, Money, Wait}

// Valid says why a reading makes no sense.
func (r Reading) Valid() error {
	if !slices.Contains(Wishes, r.Wish) {
		return fmt.Errorf("airline: no such wish: %q", r.Wish)
	}
	if _, err := clock(r.Time); r.Wish.timed() && err != nil {
		return fmt.Errorf(`airline: wish %q needs a "time" as HH:MM: %w`, r.Wish, err)
	}
	return nil
}

// String is short: "arrive-before 18:00".
func (r Reading) String() string {
	if r.Wish.timed() {
		return string(r.Wish) + " " + r.Time
	}
	return string(r.Wish)
}

func (w Wish) timed() bool { return w == By || w == NotBefore }

// clock reads a time of day. 24:00 is midnight.
func clock(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if s == "24:00" {
		s = "00:00"
	}
	for _, layout := range []string{"15:04", "15:04:05", "3:04 PM", "3:04PM", "3PM", "3 PM"} {
		if t, err := time.Parse(layout, strings.ToUpper(s)); err == nil {
			return t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), nil
		}
	}
	return 0, errors.New("not a time of day: " + s)
}

// slack: a deadline named as the booked arrival itself, or a little before, is still meant for that day.
const slack = 30 * time.Minute

// next is the first moment after t (less the slack) when a clock there shows hhmm.
func next(t time.Time, hhmm string) time.Time {
	d, err := clock(hhmm)
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
	Outcome Outcome
	Trip    Trip
}

// Pick is the best choice for a reading: by rules alone if there is none to heed.
func Pick(f Facts, r Reading) Choice {
	switch r.Wish {
	case Soonest:
		return f.best(f.trips(), time.Minute)
	case By:
		return f.by(next(f.BookedArrival, r.Time))
	case NotBefore:
		return f.after(next(f.BookedDeparture, r.Time))
	case Money:
		if r.Time != "" { // the money, unless they are there by then
			return f.by(next(f.BookedArrival, r.Time))
		}
		if f.Refund {
			return Choice{Outcome: Refunded}
		}
	case Wait:
		if f.Keep {
			return Choice{Kept, f.Own}
		}
	}
	return f.best(f.trips(), worthMoving)
}

// worthMoving is how much earlier another flight must arrive before anyone is moved unasked.
const worthMoving = 30 * time.Minute

func (f Facts) by(deadline time.Time) Choice {
	inTime := filter(f.trips(), func(t Trip) bool { return !t.Arrival.After(deadline) })
	if len(inTime) == 0 && f.Refund {
		return Choice{Outcome: Refunded}
	}
	if len(inTime) == 0 {
		inTime = f.trips()
	}
	return f.best(inTime, worthMoving)
}

func (f Facts) after(earliest time.Time) Choice {
	if ok := filter(f.trips(), func(t Trip) bool { return !t.Departure.Before(earliest) }); len(ok) > 0 {
		return f.best(ok, worthMoving)
	}
	return f.best(f.trips(), worthMoving)
}

// trips are all ways to travel, the own flight among them if it still goes.
func (f Facts) trips() []Trip {
	trips := slices.Clone(f.Options)
	if f.Keep {
		trips = append(trips, f.Own)
	}
	slices.SortStableFunc(trips, byArrival)
	return trips
}

// best is the earliest arrival, but the own flight unless another gains enough. Without any: the money, or a person.
func (f Facts) best(trips []Trip, gain time.Duration) Choice {
	if len(trips) == 0 {
		if f.Refund {
			return Choice{Outcome: Refunded}
		}
		return Choice{Outcome: Escalated}
	}
	for _, t := range trips {
		if t.Flight == f.Own.Flight && t.Arrival.Sub(trips[0].Arrival) < gain {
			return Choice{Kept, t}
		}
	}
	return f.choice(trips[0])
}

func (f Facts) choice(t Trip) Choice {
	if t.Flight == f.Own.Flight {
		return Choice{Kept, t}
	}
	return Choice{Rebooked, t}
}

// allows says why a choice can't be made, or not any more.
func (f Facts) allows(c Choice) error {
	switch c.Outcome {
	case Kept:
		if !f.Keep {
			return errors.New("airline: the own flight does not go")
		}
	case Refunded:
		if !f.Refund {
			return errors.New("airline: the rules give no money back")
		}
	case Rebooked:
		if !slices.ContainsFunc(f.Options, func(t Trip) bool { return t.Flight == c.Trip.Flight && t.Cabin == c.Trip.Cabin }) {
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
