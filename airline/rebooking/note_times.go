package rebooking

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Times of day that code can find in a note. What they mean there is for a reader; which they are is not.
var (
	digits = regexp.MustCompile(`(?i)\b([01]?\d|2[0-4])(?:[:.h]([0-5]\d))?\s?(a\.?m\.?|p\.?m\.?|o'?clock|uhr|hrs?|h)?(?:\b|$)`)
	spoken = regexp.MustCompile(`(?i)\b(half past |quarter past |quarter to )?(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)( o'?clock)?\b`)
	named  = map[string]string{"midnight": "00:00", "medianoche": "00:00", "noon": "12:00", "midday": "12:00", "mediodia": "12:00", "mediodía": "12:00"}
	words  = []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
)

// maxTimes bounds what a note may name.
const maxTimes = 6

// timesIn returns the times of day that a note names, as HH:MM, in order.
func noteTimes(note string) (times []string) {
	for _, m := range digits.FindAllStringSubmatch(note, -1) {
		hour, _ := strconv.Atoi(m[1])
		half := strings.ToLower(strings.ReplaceAll(m[3], ".", ""))
		if m[2] == "" && half == "" && !strings.Contains(strings.ToLower(note), "las "+m[1]) && !followsPreposition(note, m[0]) {
			continue // a number of something else
		}
		minute, _ := strconv.Atoi(m[2])
		if m[2] == "" && (half == "" || strings.HasPrefix(half, "o")) {
			half = "bare"
		}
		times = append(times, clockTime(hour, minute, half))
	}
	for _, m := range spoken.FindAllStringSubmatch(note, -1) {
		if m[1] == "" && m[3] == "" {
			continue
		}
		minutes := (slices.Index(words, strings.ToLower(m[2]))+1)*60 + map[string]int{"half past ": 30, "quarter past ": 15, "quarter to ": -15}[strings.ToLower(m[1])]
		times = append(times, clockTime(minutes/60, minutes%60, "bare"))
	}
	for word, t := range named {
		if strings.Contains(strings.ToLower(note), word) {
			times = append(times, t)
		}
	}
	slices.Sort(times)
	times = slices.Compact(times)
	return times[:min(len(times), maxTimes)]
}

// after says whether a bare number stands where a time does: "by 6", "before 7", "b4 5".
func followsPreposition(note, number string) bool {
	ok, _ := regexp.MatchString(`(?i)\b(by|before|b4|until|till|after|past|at|than)\s+`+regexp.QuoteMeta(strings.TrimSpace(number))+`\b`, note)
	return ok
}

// reading is the time that a clock means. A bare hour of the early day is one of the afternoon: hardly anyone writes
// about flights at four in the morning.
func clockTime(hour, minute int, half string) string {
	switch {
	case half == "am":
		hour %= 12
	case half == "pm":
		hour = hour%12 + 12
	case half == "bare" && hour < 8:
		hour += 12
	}
	return fmt.Sprintf("%02d:%02d", hour%24, minute)
}
