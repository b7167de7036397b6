package vocab

import (
	"fmt"
	"slices"
)

// A Reading is what a customer's note says: a wish, and the time that the wish names. A model reads; code
// does the rest.
type Reading struct {
	Reason string `json:"reason"`
	Wish   Wish   `json:"wish"`

	// Time is the time of day of the wish, as HH:MM. WishArriveBefore and WishDepartAfter need it. With
	// WishMoneyBack, the customer wants the money unless they are there by then.
	Time string `json:"time"`
}

// A Wish is what a customer wants, as far as an airline can give it.
type Wish string

// The wishes.
const (
	WishNothing      Wish = "nothing"       // nothing about their journey
	WishEarliest     Wish = "earliest"      // to be there as early as possible
	WishArriveBefore Wish = "arrive-before" // to be there by a time, or else not to travel
	WishDepartAfter  Wish = "depart-after"  // to leave after a time
	WishMoneyBack    Wish = "money-back"    // to have their money back
	WishWait         Wish = "wait"          // to stay on their own flight
)

// Wishes are all of them.
var Wishes = []Wish{WishNothing, WishEarliest, WishArriveBefore, WishDepartAfter, WishMoneyBack, WishWait}

// NeedsTime reports whether the wish means nothing without a time of day.
func (w Wish) NeedsTime() bool { return w == WishArriveBefore || w == WishDepartAfter }

// Valid returns why a reading can't be used.
func (r Reading) Valid() error {
	if !slices.Contains(Wishes, r.Wish) {
		return fmt.Errorf("airline: no such wish: %q", r.Wish)
	}

	if _, err := TimeOfDay(r.Time); r.Wish.NeedsTime() && err != nil {
		return fmt.Errorf(`airline: wish %q needs a "time" as HH:MM: %w`, r.Wish, err)
	}
	return nil
}

// String returns the wish and its time: arrive-before 18:00.
func (r Reading) String() string {
	if r.Wish.NeedsTime() {
		return string(r.Wish) + " " + r.Time
	}
	return string(r.Wish)
}
