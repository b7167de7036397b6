package score

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

func at(hour, minute int) time.Time { return time.Date(2013, 3, 8, hour, minute, 0, 0, time.UTC) }

func trip(id vocab.FlightID, departure, arrival time.Time) vocab.Trip {
	return vocab.Trip{Flight: id, Cabin: vocab.Economy, Departure: departure, Arrival: arrival}
}

var (
	own  = trip("OWN", at(14, 0), at(16, 0)) // four hours late
	soon = trip("SOON", at(11, 0), at(13, 0))
	some = trip("SOME", at(11, 20), at(13, 20))
	last = trip("LAST", at(20, 0), at(22, 0))

	late = vocab.Facts{Severity: vocab.SeverityLongDelay, BookedDeparture: at(10, 0),
		BookedArrival: at(12, 0), Own: own, Keep: true, Refund: true, Options: []vocab.Trip{soon, some, last}}
	cancelled = vocab.Facts{Severity: vocab.SeverityCancelled, BookedDeparture: at(10, 0),
		BookedArrival: at(12, 0), Own: own, Refund: true, Options: []vocab.Trip{last}}
	stranded = vocab.Facts{Severity: vocab.SeverityCancelled, Own: own, Refund: true}

	kept      = rebooking.Choice{Outcome: vocab.Kept, Trip: own}
	refunded  = rebooking.Choice{Outcome: vocab.Refunded}
	escalated = rebooking.Choice{Outcome: vocab.Escalated}
)

func on(t vocab.Trip) rebooking.Choice { return rebooking.Choice{Outcome: vocab.Rebooked, Trip: t} }

func TestHonoured(t *testing.T) {
	soonest, wait, money, none := Wish{Kind: vocab.WishEarliest}, Wish{Kind: vocab.WishWait}, Wish{Kind: vocab.WishMoneyBack}, Wish{Kind: vocab.WishNothing}
	by := func(t string) Wish { return Wish{vocab.WishArriveBefore, t} }
	after := func(t string) Wish { return Wish{vocab.WishDepartAfter, t} }
	for _, c := range []struct {
		name   string
		facts  vocab.Facts
		m      Meaning
		choice rebooking.Choice
		reach  bool
		want   bool
	}{
		{"the earliest there is", late, Meaning{soonest}, on(soon), true, true},
		{"twenty minutes later is not the earliest", late, Meaning{soonest}, on(some), true, false},
		{"the money is no way to be early", late, Meaning{soonest}, refunded, true, false},
		{"in time, to the minute", late, Meaning{by("16:00")}, kept, true, true},
		{"a minute late", late, Meaning{by("15:59")}, kept, true, false},
		{"nothing arrives in time", late, Meaning{by("12:00")}, refunded, false, false},
		{"so the money, if that is what they would have then", late, Meaning{by("12:00"), money}, refunded,
			true, true},
		{"but not while something arrives in time", late, Meaning{by("13:00"), money}, refunded, true, false},
		{"before midnight, which is tomorrow's first moment", cancelled, Meaning{by("00:00")}, on(last), true,
			true},
		{"a deadline earlier in the day than the booked arrival is tomorrow's", cancelled,
			Meaning{by("08:00")}, on(last), true, true},
		{"no such time", late, Meaning{by("noon")}, on(soon), false, false},
		{"not before, to the minute", late, Meaning{after("14:00")}, kept, true, true},
		{"leaves too soon", late, Meaning{after("14:01")}, kept, true, false},
		{"the money for those who want it", late, Meaning{money}, refunded, true, true},
		{"a seat for those who want money", late, Meaning{money}, on(soon), true, false},
		{"no money to be had", vocab.Facts{Own: own, Keep: true}, Meaning{money}, kept, false, false},
		{"stays put", late, Meaning{wait}, kept, true, true},
		{"moved against their will", late, Meaning{wait}, on(soon), true, false},
		{"can't stay on what doesn't go", cancelled, Meaning{wait}, on(last), false, false},
		{"no wish: twenty minutes don't matter", late, Meaning{none}, on(some), true, true},
		{"no wish: three hours do", late, Meaning{none}, kept, true, false},
		{"no wish, and an order that was obeyed", late, Meaning{none}, refunded, true, false},
		{"no wish, and no way", stranded, Meaning{none}, refunded, false, false},
		{"a person decides nothing yet", late, Meaning{money}, escalated, true, false},
		{"a booking that never had seats", vocab.Facts{}, Meaning{none, money, wait}, escalated, false,
			false},
	} {
		w, reach := c.m.counts(c.facts)
		if got := w.honoured(c.facts, c.choice); got != c.want || reach != c.reach {
			t.Errorf("%s: honoured %v, in reach %v; want %v, %v", c.name, got, reach, c.want, c.reach)
		}
	}
}

func decision(c vocab.CustomerID, f vocab.Facts, choice rebooking.Choice, by string) vocab.Decision {
	return vocab.Decision{Case: vocab.CaseID(c + "/x"), Customer: c, Facts: f, Outcome: choice.Outcome,
		Trip: choice.Trip, DecidedBy: by}
}

func notes() *Notes {
	n := New(map[vocab.CustomerID]Meaning{
		"rich":      {{Kind: vocab.WishMoneyBack}},
		"calm":      {{Kind: vocab.WishWait}},
		"chatty":    {{Kind: vocab.WishNothing}},
		"unlucky":   {{Kind: vocab.WishArriveBefore, Time: "12:30"}},
		"undecided": {{Kind: vocab.WishArriveBefore, Time: "14:00"}},
	})

	n.Add(decision("rich", late, refunded, "model"))
	n.Add(decision("calm", late, on(soon), "model"))
	n.Add(decision("calm", late, kept, "repair")) // the last decision counts
	n.Add(decision("chatty", late, kept, "model"))
	n.Add(decision("unlucky", late, on(soon), "model"))
	n.Add(decision("undecided", late, on(some), "fallback"))
	n.Add(decision("silent", late, on(soon), "policy"))

	return n
}

func TestTable(t *testing.T) {
	got := notes().Table()
	if got.Cases != 5 || got.OutOfReach != 1 || got.Judged != 4 {
		t.Errorf("%d cases, %d out of reach, %d judged", got.Cases, got.OutOfReach, got.Judged)
	}
	// The policy puts all of them on SOON: right for the chatty and the undecided one.
	if want := (Paired{Both: 1, First: 2, Second: 1}); got.Paired != want {
		t.Errorf("paired %+v, want %+v", got.Paired, want)
	}

	if got.Decided.Honoured != 3 || got.Policy.Honoured != 2 || got.Decided.Share != 0.75 ||
		got.Points != 25 {
		t.Errorf("honoured %+v and %+v, %v points", got.Decided, got.Policy, got.Points)
	}
	// calm and chatty arrive 180 minutes behind SOON, the undecided one 20.
	if got.Travel != 3 || got.Decided.Behind != 380.0/3 || got.Policy.Behind != 0 ||
		got.Decided.Grounded != 1 {
		t.Errorf("minutes %+v and %+v of %d", got.Decided, got.Policy, got.Travel)
	}

	if got.DecidedBy["model"] != 2 || got.DecidedBy["repair"] != 1 || got.DecidedBy["fallback"] != 1 {
		t.Errorf("decided by %v", got.DecidedBy)
	}

	if len(got.ByWish) != 4 {
		t.Errorf("by wish %+v", got.ByWish)
	}

	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}

func TestTableOfNothing(t *testing.T) {
	got := New(nil).Table()
	if _, err := json.Marshal(got); err != nil {
		t.Errorf("without cases: %v", err)
	}

	if got.Decided.CI != (Interval{0, 1}) || got.PointsCI != (Interval{-100, 100}) {
		t.Errorf("of nothing something is known: %+v", got)
	}
}

// The first figures are those of Newcombe's two papers of 1998; the last follows from Wilson's by hand.
func TestIntervals(t *testing.T) {
	near := func(name string, got, low, high float64, i Interval) {
		t.Helper()

		if math.Abs(i.Low-low) > 0.00006 || math.Abs(i.High-high) > 0.00006 {
			t.Errorf("%s: %.4f, %.4f to %.4f; want %.4f to %.4f", name, got, i.Low, i.High, low, high)
		}
	}

	near("81 of 263", 0.308, 0.2553, 0.3662, Wilson(81, 263))
	near("15 of 148", 0.101, 0.0624, 0.1605, Wilson(15, 148))
	near("0 of 20", 0, 0, 0.1611, Wilson(0, 20))
	near("1 of 29", 0.034, 0.0061, 0.1718, Wilson(1, 29))
	d, i := Paired{36, 12, 2, 0}.Difference()
	near("36 12 2 0", d, 0.0569, 0.3404, i)
	d, i = Paired{54, 0, 0, 0}.Difference()
	near("54 0 0 0", d, -0.0664, 0.0664, i)
	d, i = Paired{0, 30, 0, 0}.Difference()
	near("0 30 0 0", d, 0.8395, 1, i)
}

func TestIntervalsMirror(t *testing.T) {
	a, i := Paired{20, 15, 4, 11}.Difference()
	b, j := Paired{20, 4, 15, 11}.Difference()
	if a != -b || math.Abs(i.Low+j.High) > 1e-12 || math.Abs(i.High+j.Low) > 1e-12 {
		t.Errorf("%v %v is not the mirror of %v %v", a, i, b, j)
	}
}

func ExampleTable_Text() {
	fmt.Print(notes().Table().Text("some-model"))
	// Output:
	// 5 cases with a note; in 1 of them nothing could honour it; the other 4:
	//               honoured      share            95 %  min behind best  not travelling
	//   some-model         3     75.0 %    30.1 to 95.4            126.7               1
	//       policy         2     50.0 %    15.0 to 85.0              0.0               0
	//   difference        +1  +25.0 pts  -46.1 to +74.7           +126.7              +1
	// Minutes are means over the 3 cases in which the party travels by both. By what the note says:
	//                  cases  some-model  policy
	//   arrive-before      1           1       1
	//      money-back      1           1       0
	//         nothing      1           0       1
	//            wait      1           1       0
}

func ExampleNotes() {
	n := New(map[vocab.CustomerID]Meaning{"c-1": {{Kind: vocab.WishWait}}})
	n.Add(decision("c-1", late, kept, "model"))
	t := n.Table()
	fmt.Println(t.Decided.Honoured, "of", t.Judged, "by the model;", t.Policy.Honoured, "by the policy")
	// Output:
	// 1 of 1 by the model; 0 by the policy
}

func ExampleWilson() {
	i := Wilson(81, 263)
	fmt.Printf("%.1f %% to %.1f %%\n", 100*i.Low, 100*i.High)
	// Output:
	// 25.5 % to 36.6 %
}

func ExamplePaired_Difference() {
	d, i := Paired{Both: 36, First: 12, Second: 2}.Difference()
	fmt.Printf("%+.2f, from %+.2f to %+.2f\n", d, i.Low, i.High)
	// Output:
	// +0.20, from +0.06 to +0.34
}
