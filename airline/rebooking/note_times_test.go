package rebooking

import (
	"slices"
	"testing"
)

func TestTimesInNotes(t *testing.T) {
	for note, want := range map[string][]string{
		"be there before 18:00 for 2 people":   {"18:00"},
		"by 6pm, or 7:30 p.m. at the latest":   {"18:00", "19:30"},
		"antes de las 9:15 o de medianoche":    {"00:00", "09:15"},
		"need 2 b there b4 5 pls":              {"17:00"},
		"after half past two, not 3 o'clock":   {"14:30", "15:00"},
		"12 am is midnight, 12pm is noon":      {"00:00", "12:00"},
		"party of 4, flight 1124, $5000":       {},
		"row 12 please, or 30 days of wifi":    {},
		"quarter to seven":                     {"18:45"},
		"tengo que llegar antes de las 7":      {"19:00"},
		"no later than 23:59, thanks a lot 99": {"23:59"},
	} {
		if got := noteTimes(note); !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%q: %v, want %v", note, got, want)
		}
	}
}
