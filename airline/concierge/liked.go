package concierge

import (
	"regexp"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// refuses finds a word by which somebody says what they don't want.
var refuses = regexp.MustCompile(`\b(no|not|never|don'?t|doesn'?t|hate|dislike|without|except|avoid)\b`)

// liked is the seat that a customer always wants: as they last told the concierge, else as their profile says. What they
// told that they do not like is not among it, and says nothing of what they do.
func liked(c journeys.Customer) vocab.SeatKind {
	profile := c.Seat
	for _, f := range slices.Backward(c.Talk.Facts) {
		text := strings.ReplaceAll(strings.ToLower(f.Text), "’", "'")
		window, aisle := strings.Contains(text, "window"), strings.Contains(text, "aisle")
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
