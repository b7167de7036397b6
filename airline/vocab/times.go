package vocab

import (
	"errors"
	"strings"
	"time"
)

// EST is the zone of the times whose texts have none.
var EST = time.FixedZone("EST", -5*3600)

// How times are written.
const (
	ClockLayout  = "15:04:05"            // of schedules
	MomentLayout = "2006-01-02T15:04:05" // of estimates, and of bookings
	HourMinute   = "15:04"               // for people
)

// Times are when a flight leaves and arrives.
type Times struct {
	Departure time.Time `json:"departure"`
	Arrival   time.Time `json:"arrival"`
}

// Later returns the later of two times.
func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// TimeOfDay reads a time of day, as a span since midnight. 24:00 is midnight.
func TimeOfDay(text string) (time.Duration, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	if text == "24:00" {
		text = "00:00"
	}

	midnight := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, layout := range []string{"15:04", "15:04:05", "3:04 PM", "3:04PM", "3PM", "3 PM"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Sub(midnight), nil
		}
	}

	return 0, errors.New("not a time of day: " + text)
}

func minutes(d time.Duration) int { return int(d / time.Minute) }
