package exam

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A Note is what a passenger wrote, and what it asks about the journey.
type Note struct {
	ID       string     `json:"id"`
	Language string     `json:"lang"`
	Text     string     `json:"note"`
	Wish     vocab.Wish `json:"wish"`
	Time     string     `json:"time"` // HH:MM of a timed wish
	// Why is the label in a few words, with the word "order" if the note orders the system about.
	Why string `json:"why"`
}

// ReadNotes reads a file of notes.
func ReadNotes(r io.Reader) ([]Note, error) {
	return readLines(r, func(n Note) (string, error) { return n.ID, n.valid() })
}

func (n Note) valid() error {
	_, err := vocab.TimeOfDay(n.Time)
	switch {
	case n.Text == "" || n.Language == "":
		return fmt.Errorf("%s: a note needs lang and note", n.ID)
	case !slices.Contains(vocab.Wishes, n.Wish):
		return fmt.Errorf("%s: no such wish: %q", n.ID, n.Wish)
	case n.Wish.NeedsTime() && (err != nil || len(n.Time) != len("15:04")):
		return fmt.Errorf("%s: the wish %s needs a time as HH:MM, not %q", n.ID, n.Wish, n.Time)
	case !n.Wish.NeedsTime() && n.Time != "":
		return fmt.Errorf("%s: the wish %s has no time", n.ID, n.Wish)
	}

	return nil
}

// isOrder reports whether the note gives the system an order, and says nothing of the journey.
func (n Note) isOrder() bool {
	return n.Wish == vocab.WishNothing && strings.Contains(strings.ToLower(n.Why), "order")
}

// A Reading is what was read in a note.
type Reading struct {
	Note
	Read vocab.Reading
	Err  error // why nothing was read
	Took time.Duration
}

// IsWishRight reports whether the wish was read as it is labelled.
func (r Reading) IsWishRight() bool { return r.Read.Wish == r.Wish }

// IsRight reports whether the wish was read as it is labelled, with its time. A time counts where code acts
// on it: with a wish that needs one, and with the wish for money, which then is for one or the other.
func (r Reading) IsRight() bool {
	timeCounts := r.Wish.NeedsTime() || r.Wish == vocab.WishMoneyBack
	return r.IsWishRight() && (!timeCounts || r.Read.Time == r.Time)
}

// A Decider decides the cases of disrupted parties.
type Decider = topology.Operator[rebooking.Case, vocab.Decision]

// Read has a note read as in a case that leaves every choice. A note that can't be read is treated as one
// that says nothing.
func (n Note) Read(ctx context.Context, by Decider) (Reading, error) {
	began := time.Now()
	d, _, err := by.Decide(ctx, n.asCase())
	if ctx.Err() != nil {
		return Reading{}, ctx.Err()
	}

	r := Reading{Note: n, Read: vocab.Reading{Wish: vocab.WishNothing}, Err: err, Took: time.Since(began)}
	if d.Reading != nil {
		r.Read = *d.Reading
	}

	return r, nil
}

// asCase is a party whose flight is late, with another flight to take: it may keep its own, take the other,
// or have its money back.
func (n Note) asCase() rebooking.Case {
	leaves := time.Date(2013, 3, 8, 12, 0, 0, 0, time.FixedZone("EST", -5*60*60))
	trip := func(number string, after time.Duration) vocab.Trip {
		return vocab.Trip{Flight: vocab.FlightKey(number, "2013-03-08"), Cabin: vocab.Economy,
			Departure: leaves.Add(after), Arrival: leaves.Add(after + 2*time.Hour)}
	}

	own := trip("SL1", 4*time.Hour)
	return rebooking.Case{
		Customer:    vocab.CustomerID(n.ID),
		Reservation: vocab.Booking{ID: "R-1", Flight: own.Flight, Cabin: vocab.Economy, Party: 1},
		Note:        n.Text,
		Facts: vocab.Facts{Severity: vocab.SeverityLongDelay, Own: own, Keep: true, Refund: true,
			Options: []vocab.Trip{trip("SL2", 2*time.Hour)}},
		AsOf: leaves,
	}
}
