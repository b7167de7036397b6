package rebooking

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// How notes name times of day. Code finds the times. What they mean in the note, the model reads.
var (
	inDigits = regexp.MustCompile(`(?i)\b([01]?\d|2[0-4])(?:[:.h]([0-5]\d))?\s?(a\.?m\.?|p\.?m\.?|o'?clock|uhr|hrs?|h)?(?:\b|$)`)
	inWords  = regexp.MustCompile(`(?i)\b(half past |quarter past |quarter to )?` +
		`(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)( o'?clock)?\b`)

	hourNames = []string{
		"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
	}
	quarters  = map[string]int{"half past ": 30, "quarter past ": 15, "quarter to ": -15} // in minutes
	timeNames = map[string]string{
		"midnight": "00:00", "medianoche": "00:00",
		"noon": "12:00", "midday": "12:00", "mediodia": "12:00", "mediodía": "12:00",
	}
)

// maxTimes bounds the times of a note.
const maxTimes = 6

// noteTimes returns the times of day that a note names, as HH:MM, in order.
func noteTimes(note string) []string {
	times := append(digitTimes(note), wordTimes(note)...)
	for name, t := range timeNames {
		if strings.Contains(strings.ToLower(note), name) {
			times = append(times, t)
		}
	}
	slices.Sort(times)
	times = slices.Compact(times)

	return times[:min(len(times), maxTimes)]
}

// digitTimes finds 18:00, 6pm, and bare numbers that stand where a time does.
func digitTimes(note string) (times []string) {
	for _, m := range inDigits.FindAllStringSubmatch(note, -1) {
		hour, minute := m[1], m[2]
		half := strings.ToLower(strings.ReplaceAll(m[3], ".", "")) // am, pm, oclock
		isBare := minute == "" && half == ""
		if isBare && !strings.Contains(strings.ToLower(note), "las "+hour) &&
			!followsPreposition(note, m[0]) {
			continue // it counts something else
		}

		if isBare || minute == "" && strings.HasPrefix(half, "o") {
			half = bare
		}
		h, _ := strconv.Atoi(hour) // they are digits
		min, _ := strconv.Atoi(minute)
		times = append(times, clockTime(h, min, half))
	}

	return times
}

// followsPreposition reports whether a bare number stands where a time does: by 6, before 7, b4 5.
func followsPreposition(note, number string) bool {
	number = regexp.QuoteMeta(strings.TrimSpace(number))
	ok, _ := regexp.MatchString(`(?i)\b(by|before|b4|until|till|after|past|at|than)\s+`+number+`\b`, note)
	return ok
}

// wordTimes finds half past two, and three o'clock.
func wordTimes(note string) (times []string) {
	for _, m := range inWords.FindAllStringSubmatch(note, -1) {
		quarter, hour, oclock := strings.ToLower(m[1]), strings.ToLower(m[2]), m[3]
		if quarter == "" && oclock == "" {
			continue // it counts something else
		}
		minutes := (slices.Index(hourNames, hour)+1)*60 + quarters[quarter]
		times = append(times, clockTime(minutes/60, minutes%60, bare))
	}

	return times
}

// bare is the half of the day of a time that names none.
const bare = "bare"

// clockTime returns the time that is meant. A bare hour before eight is in the afternoon, because hardly
// anyone writes about flights at four in the morning.
func clockTime(hour, minute int, half string) string {
	switch {
	case half == "am":
		hour %= 12
	case half == "pm":
		hour = hour%12 + 12
	case half == bare && hour < 8:
		hour += 12
	}

	return fmt.Sprintf("%02d:%02d", hour%24, minute)
}
