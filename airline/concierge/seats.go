package concierge

import (
	"regexp"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// refuses matches a word that says what somebody does not want.
var refuses = regexp.MustCompile(`\b(no|not|never|don'?t|doesn'?t|hate|dislike|without|except|avoid)\b`)

// preferredSeat returns the seat that a customer always wants: what they last told the concierge, otherwise
// what their profile says. A seat that they dislike rules out that of the profile, and says nothing about
// other seats.
func preferredSeat(c journeys.Customer) vocab.SeatKind {
	profile := c.Seat
	for _, f := range slices.Backward(c.Talk.Facts) {
		text := strings.ReplaceAll(strings.ToLower(f.Text), "’", "'")
		window := strings.Contains(text, "window")
		aisle := strings.Contains(text, "aisle")
		kind := map[bool]vocab.SeatKind{true: vocab.Window, false: vocab.Aisle}[window]
		switch {
		case window == aisle:
		case refuses.MatchString(text) && kind == profile:
			profile = ""
		case !refuses.MatchString(text):
			return kind
		}
	}

	return profile
}
