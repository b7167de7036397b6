package vocab

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
	WishNothing      Wish = "nothing"       // nothing that bears on the choice
	WishEarliest     Wish = "earliest"      // get there as early as can be
	WishArriveBefore Wish = "arrive-before" // be there by a time; else it is pointless
	WishDepartAfter  Wish = "depart-after"  // can't leave before a time
	WishMoneyBack    Wish = "money-back"    // rather not travel
	WishWait         Wish = "wait"          // stay on the own flight
)

// Wishes lists them all.
var Wishes = []Wish{WishNothing, WishEarliest, WishArriveBefore, WishDepartAfter, WishMoneyBack, WishWait}

// Valid says why a reading makes no sense.
func (r Reading) Valid() error {
	if !slices.Contains(Wishes, r.Wish) {
		return fmt.Errorf("airline: no such wish: %q", r.Wish)
	}
	if _, err := TimeOfDay(r.Time); r.Wish.HasTime() && err != nil {
		return fmt.Errorf(`airline: wish %q needs a "time" as HH:MM: %w`, r.Wish, err)
	}
	return nil
}

// String is short: "arrive-before 18:00".
func (r Reading) String() string {
	if r.Wish.HasTime() {
		return string(r.Wish) + " " + r.Time
	}
	return string(r.Wish)
}

func (w Wish) HasTime() bool { return w == WishArriveBefore || w == WishDepartAfter }

// clock reads a time of day. 24:00 is midnight.
func TimeOfDay(s string) (time.Duration, error) {
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
