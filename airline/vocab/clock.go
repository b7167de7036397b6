package vocab

import (
	"time"
)

// est is the zone of times that carry none.
var EST = time.FixedZone("EST", -5*3600)

const (
	ClockLayout  = "15:04:05"
	MomentLayout = "2006-01-02T15:04:05"
)

const HourMinute = "15:04"

// minutes is a span in whole minutes.
func Minutes(d time.Duration) int { return int(d / time.Minute) }

func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Times are when a flight leaves and arrives.
type Times struct {
	Departure time.Time `json:"departure"`
	Arrival   time.Time `json:"arrival"`
}
