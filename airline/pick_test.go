package airline

import (
	"testing"
	"time"
)

func at(hour, minute int) time.Time {
	return time.Date(2013, 3, 8, hour, minute, 0, 0, time.FixedZone("", -5*3600))
}

// stuck is a party on a flight of 10 to 12 that is now expected at 16, with two others to choose from.
func stuck() Facts {
	return Facts{Severity: LongDelay, Keep: true, Refund: true, BookedDeparture: at(10, 0), BookedArrival: at(12, 0),
		Own:     Trip{"SL1.2013-03-08", Economy, at(14, 0), at(16, 0)},
		Options: []Trip{{"SL2.2013-03-08", Economy, at(11, 0), at(13, 0)}, {"SL3.2013-03-08", Economy, at(13, 0), at(15, 0)}}}
}

func TestPick(t *testing.T) {
	grounded := stuck()
	grounded.Severity, grounded.Keep = Cancelled, false
	empty := grounded
	empty.Options = nil
	near := stuck()
	near.Own.Arrival = at(13, 20)
	noRefund := stuck()
	noRefund.Refund = false

	for _, c := range []struct {
		name    string
		facts   Facts
		reading Reading
		outcome Outcome
		flight  FlightID
	}{
		{"rules alone: the earliest", stuck(), Reading{}, Rebooked, "SL2.2013-03-08"},
		{"rules alone: not for twenty minutes", near, Reading{}, Kept, "SL1.2013-03-08"},
		{"every minute counts", near, Reading{Wish: Soonest}, Rebooked, "SL2.2013-03-08"},
		{"rules alone: none left", empty, Reading{}, Refunded, ""},
		{"in time", stuck(), Reading{Wish: By, Time: "15:00"}, Rebooked, "SL2.2013-03-08"},
		{"too late for all", stuck(), Reading{Wish: By, Time: "12:30"}, Refunded, ""},
		{"too late for all, no refund", noRefund, Reading{Wish: By, Time: "12:30"}, Rebooked, "SL2.2013-03-08"},
		{"midnight is that of the day", stuck(), Reading{Wish: By, Time: "00:00"}, Rebooked, "SL2.2013-03-08"},
		{"not before", stuck(), Reading{Wish: NotBefore, Time: "12:00"}, Rebooked, "SL3.2013-03-08"},
		{"not before, own flight", stuck(), Reading{Wish: NotBefore, Time: "13:30"}, Kept, "SL1.2013-03-08"},
		{"not before, none", grounded, Reading{Wish: NotBefore, Time: "20:00"}, Rebooked, "SL2.2013-03-08"},
		{"money", stuck(), Reading{Wish: Money}, Refunded, ""},
		{"money that the rules don't give", noRefund, Reading{Wish: Money}, Rebooked, "SL2.2013-03-08"},
		{"waits", stuck(), Reading{Wish: Wait}, Kept, "SL1.2013-03-08"},
		{"waits for what does not come", grounded, Reading{Wish: Wait}, Rebooked, "SL2.2013-03-08"},
		{"nothing is possible", Facts{Severity: Diverted}, Reading{Wish: Soonest}, Escalated, ""},
	} {
		got := Pick(c.facts, c.reading)
		if got.Outcome != c.outcome || got.Trip.Flight != c.flight {
			t.Errorf("%s: %s %s, want %s %s", c.name, got.Outcome, got.Trip.Flight, c.outcome, c.flight)
		}
		if err := c.facts.allows(got); err != nil {
			t.Errorf("%s: picked what is not allowed: %v", c.name, err)
		}
	}
}

// What can't be chosen is refused, whoever proposes it.
func TestAllows(t *testing.T) {
	none := Facts{}
	for _, c := range []Choice{{Outcome: Kept}, {Outcome: Refunded}, {Rebooked, Trip{Flight: "SL2.2013-03-08", Cabin: Economy}}} {
		if none.allows(c) == nil {
			t.Errorf("%s is allowed", c.Outcome)
		}
	}
	if f := stuck(); f.allows(Choice{Rebooked, Trip{Flight: "SL2.2013-03-08", Cabin: Business}}) == nil {
		t.Error("another cabin is allowed")
	}
}

func TestReadingValid(t *testing.T) {
	for _, r := range []Reading{{Wish: NoWish}, {Wish: By, Time: "18:00"}, {Wish: NotBefore, Time: "24:00"}, {Wish: By, Time: "6pm"}} {
		if err := r.Valid(); err != nil {
			t.Errorf("%v: %v", r, err)
		}
	}
	for _, r := range []Reading{{}, {Wish: "upgrade"}, {Wish: By}, {Wish: NotBefore, Time: "tonight"}} {
		if r.Valid() == nil {
			t.Errorf("%v is valid", r)
		}
	}
}
