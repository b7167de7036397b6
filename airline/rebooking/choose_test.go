package rebooking

import (
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

func at(hour, minute int) time.Time {
	return time.Date(2013, 3, 8, hour, minute, 0, 0, time.FixedZone("", -5*3600))
}

// stuck is a party on a flight of 10 to 12 that is now expected at 16, with two others to choose from.
func stuck() vocab.Facts {
	return vocab.Facts{Severity: vocab.SeverityLongDelay, Keep: true, Refund: true,
		BookedDeparture: at(10, 0), BookedArrival: at(12, 0),
		Own: vocab.Trip{Flight: "SL1.2013-03-08", Cabin: vocab.Economy, Departure: at(14, 0),
			Arrival: at(16, 0)},
		Options: []vocab.Trip{{Flight: "SL2.2013-03-08", Cabin: vocab.Economy, Departure: at(11, 0),
			Arrival: at(13, 0)}, {Flight: "SL3.2013-03-08", Cabin: vocab.Economy, Departure: at(13,
			0), Arrival: at(15, 0)}}}
}

func TestPick(t *testing.T) {
	cancelled := stuck()
	cancelled.Severity, cancelled.Keep = vocab.SeverityCancelled, false
	empty := cancelled
	empty.Options = nil
	near := stuck()
	near.Own.Arrival = at(13, 20)
	noRefund := stuck()
	noRefund.Refund = false

	for _, c := range []struct {
		name    string
		facts   vocab.Facts
		reading vocab.Reading
		outcome vocab.Outcome
		flight  vocab.FlightID
	}{
		{"rules alone: the earliest", stuck(), vocab.Reading{}, vocab.Rebooked, "SL2.2013-03-08"},
		{"rules alone: not for twenty minutes", near, vocab.Reading{}, vocab.Kept, "SL1.2013-03-08"},
		{"every minute counts", near, vocab.Reading{Wish: vocab.WishEarliest}, vocab.Rebooked,
			"SL2.2013-03-08"},
		{"rules alone: none left", empty, vocab.Reading{}, vocab.Refunded, ""},
		{"in time", stuck(), vocab.Reading{Wish: vocab.WishArriveBefore, Time: "15:00"}, vocab.Rebooked,
			"SL2.2013-03-08"},
		{"too late for all", stuck(), vocab.Reading{Wish: vocab.WishArriveBefore, Time: "12:30"},
			vocab.Refunded, ""},
		{"too late for all, no refund", noRefund, vocab.Reading{Wish: vocab.WishArriveBefore, Time: "12:30"},
			vocab.Rebooked, "SL2.2013-03-08"},
		{"midnight is that of the day", stuck(), vocab.Reading{Wish: vocab.WishArriveBefore, Time: "00:00"},
			vocab.Rebooked, "SL2.2013-03-08"},
		{"not before", stuck(), vocab.Reading{Wish: vocab.WishDepartAfter, Time: "12:00"}, vocab.Rebooked,
			"SL3.2013-03-08"},
		{"not before, own flight", stuck(), vocab.Reading{Wish: vocab.WishDepartAfter, Time: "13:30"},
			vocab.Kept, "SL1.2013-03-08"},
		{"not before, none", cancelled, vocab.Reading{Wish: vocab.WishDepartAfter, Time: "20:00"},
			vocab.Rebooked, "SL2.2013-03-08"},
		{"money", stuck(), vocab.Reading{Wish: vocab.WishMoneyBack}, vocab.Refunded, ""},
		{"money that the rules don't give", noRefund, vocab.Reading{Wish: vocab.WishMoneyBack},
			vocab.Rebooked, "SL2.2013-03-08"},
		{"waits", stuck(), vocab.Reading{Wish: vocab.WishWait}, vocab.Kept, "SL1.2013-03-08"},
		{"waits for what does not come", cancelled, vocab.Reading{Wish: vocab.WishWait}, vocab.Rebooked,
			"SL2.2013-03-08"},
		{"nothing is possible", vocab.Facts{Severity: vocab.SeverityDiverted},
			vocab.Reading{Wish: vocab.WishEarliest}, vocab.Escalated, ""},
	} {
		got := Choose(c.facts, c.reading)
		if got.Outcome != c.outcome || got.Trip.Flight != c.flight {
			t.Errorf("%s: %s %s, want %s %s", c.name, got.Outcome, got.Trip.Flight, c.outcome, c.flight)
		}

		if err := options(c.facts).check(got); err != nil {
			t.Errorf("%s: picked what is not allowed: %v", c.name, err)
		}
	}
}

// What can't be chosen is refused, no matter who proposes it.
func TestAllows(t *testing.T) {
	none := options{}
	for _, c := range []Choice{{Outcome: vocab.Kept}, {Outcome: vocab.Refunded},
		{vocab.Rebooked, vocab.Trip{Flight: "SL2.2013-03-08", Cabin: vocab.Economy}}} {
		if none.check(c) == nil {
			t.Errorf("%s is allowed", c.Outcome)
		}
	}

	if f := options(stuck()); f.check(Choice{vocab.Rebooked,
		vocab.Trip{Flight: "SL2.2013-03-08", Cabin: vocab.Business}}) == nil {
		t.Error("another cabin is allowed")
	}
}

func TestReadingValid(t *testing.T) {
	for _, r := range []vocab.Reading{{Wish: vocab.WishNothing},
		{Wish: vocab.WishArriveBefore, Time: "18:00"}, {Wish: vocab.WishDepartAfter,
			Time: "24:00"}, {Wish: vocab.WishArriveBefore, Time: "6pm"}} {
		if err := r.Valid(); err != nil {
			t.Errorf("%v: %v", r, err)
		}
	}

	for _, r := range []vocab.Reading{{}, {Wish: "upgrade"}, {Wish: vocab.WishArriveBefore},
		{Wish: vocab.WishDepartAfter, Time: "tonight"}} {
		if r.Valid() == nil {
			t.Errorf("%v is valid", r)
		}
	}
}

// "Be there by then, or my money back."
func TestMoneyUnlessInTime(t *testing.T) {
	noon := time.Date(2013, 3, 8, 12, 0, 0, 0, time.UTC)

	f := vocab.Facts{Severity: vocab.SeverityCancelled, Refund: true, BookedArrival: noon,
		Options: []vocab.Trip{{Flight: "X1", Arrival: noon.Add(3 * time.Hour)}}}
	for by, want := range map[string]vocab.Outcome{"14:00": vocab.Refunded, "16:00": vocab.Rebooked,
		"": vocab.Refunded} {
		if got := Choose(f, vocab.Reading{Wish: vocab.WishMoneyBack, Time: by}).Outcome; got != want {
			t.Errorf("money unless there by %q: %s, want %s", by, got, want)
		}
	}
}
