package concierge

import (
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// clock is a time as people at its airport read it, seen from the day that the flight goes by.
func clock(t time.Time, date string) string {
	text, here := t.Format("15:04"), t.Format(time.DateOnly)
	day, err := time.Parse(time.DateOnly, date)
	switch {
	case err != nil || here == date:
		return text
	case here == day.AddDate(0, 0, 1).Format(time.DateOnly):
		return text + " the next day"
	}
	return text + " on " + here
}

// on is that clock time of a day, where t is.
func on(date, hhmm string, t time.Time) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly+" 15:04", date+" "+strings.TrimSpace(hhmm), t.Location())
	if err != nil {
		return at, fmt.Errorf("%q is not a time of day: write HH:MM", hhmm)
	}
	return at, nil
}

// here is now as the clocks show it where the customer is about to leave; without a trip, as the message has it.
func (d desk) here(t live) (time.Time, error) {
	all, err := trips(t, d.Key, d.Turn.Time)
	for _, one := range all {
		for _, f := range one.flights {
			if !one.over && f.IsKnown() && !hasLeft(f, vocab.Segment{}, d.Turn.Time) {
				return d.Turn.Time.In(f.Departure.Location()), nil
			}
		}
	}
	return d.Turn.Time, err
}

// day is the date that was named, or else today where the customer is.
func (d desk) day(t live, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	now, err := d.here(t)
	return now.Format(time.DateOnly), err
}

// duration is hours and minutes.
func duration(d time.Duration) string {
	return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
}

// from are a date and those after it; one of no calendar is alone.
func from(date string) []string {
	first, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return []string{date}
	}
	var all []string
	for i := range days {
		all = append(all, first.AddDate(0, 0, i).Format(time.DateOnly))
	}
	return all
}
