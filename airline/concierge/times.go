package concierge

import (
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

// clock writes a time by the clock of its airport, with the day if it is not the flight's date.
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

// timeOfDay returns a clock time of a date, in the time zone of t.
func timeOfDay(date, hhmm string, t time.Time) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly+" 15:04", date+" "+strings.TrimSpace(hhmm), t.Location())
	if err != nil {
		return at, fmt.Errorf("%q is not a time of day: write HH:MM", hhmm)
	}
	return at, nil
}

// now returns the time by the clock of the airport that the customer leaves next. Without a trip, it is the
// message's time.
func (d desk) now(t live) (time.Time, error) {
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

// day returns the date that is named. It defaults to today, where the customer is.
func (d desk) day(t live, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	now, err := d.now(t)
	return now.Format(time.DateOnly), err
}

// duration writes hours and minutes.
func duration(d time.Duration) string {
	return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
}

// daysFrom returns a date and those after it. A date that can't be parsed is returned alone.
func daysFrom(date string) []string {
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
