package concierge

import (
	"fmt"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/agent"
)

func TestLikedSeat(t *testing.T) {
	for _, c := range []struct {
		facts   []string
		profile vocab.SeatKind
		want    vocab.SeatKind
	}{
		{nil, "", ""},
		{nil, vocab.Aisle, vocab.Aisle},
		{[]string{"I like WINDOW seats"}, vocab.Aisle, vocab.Window},
		{[]string{"I like window seats", "I eat no meat"}, "", vocab.Window},
		{[]string{"I like window seats", "aisle seats from now on"}, "", vocab.Aisle},
		{[]string{"aisle seats from now on", "window or aisle, I don't mind"}, "", vocab.Aisle},
		{[]string{"I don't like window seats"}, vocab.Aisle, vocab.Aisle},
		{[]string{"never an aisle seat"}, "", ""},
		{[]string{"no window seat please"}, vocab.Window, ""},
	} {
		var row journeys.Customer
		row.Seat = c.profile
		for _, f := range c.facts {
			row.Talk.Facts = append(row.Talk.Facts, agent.Fact{Text: f})
		}

		if got := preferredSeat(row); got != c.want {
			t.Errorf("%v, %q: %q, want %q", c.facts, c.profile, got, c.want)
		}
	}
}

func TestClockHasTheDay(t *testing.T) {
	boston := time.FixedZone("", -5*3600)
	for want, at := range map[string]time.Time{
		"23:50":               time.Date(2013, 3, 8, 23, 50, 0, 0, boston),
		"00:35 the next day":  time.Date(2013, 3, 9, 0, 35, 0, 0, boston),
		"07:00 on 2013-03-10": time.Date(2013, 3, 10, 7, 0, 0, 0, boston),
	} {
		if got := clock(at, "2013-03-08"); got != want {
			t.Errorf("%v: %s, want %s", at, got, want)
		}
	}
}

func leg(number, date, route string) vocab.Segment {
	return vocab.Segment{FlightNumber: number, Date: date, Origin: route[:3], Destination: route[4:]}
}

func going(routes ...string) (to []flight) {
	for _, r := range routes {
		to = append(to, flight{Number: "NEW", origin: r[:3], destination: r[4:]})
	}
	return to
}

// New flights take the place of those that go the same way.
func TestSpan(t *testing.T) {
	oneWay := []vocab.Segment{leg("A", "2013-03-08", "BOS-ORD"), leg("B", "2013-03-08", "ORD-SFO")}
	there := []vocab.Segment{leg("A", "2013-03-08", "BOS-JFK"), leg("B", "2013-03-10", "JFK-BOS")}
	for i, c := range []struct {
		flights []vocab.Segment
		to      []flight
		want    string
	}{
		{oneWay, going("BOS-ORD"), "0 0 true"},
		{oneWay, going("ORD-SFO"), "1 1 true"},
		{oneWay, going("BOS-SFO"), "0 1 true"},
		{oneWay, going("BOS-DEN", "DEN-SFO"), "0 1 true"},
		{oneWay, going("BOS-DEN"), "0 0 false"},
		{oneWay, going("SFO-BOS"), "0 0 false"},
		{there, going("BOS-LGA"), "0 0 true"}, // airports of one city
		{there, going("EWR-BOS"), "1 1 true"},
		{there, going("BOS-JFK", "JFK-BOS"), "0 1 true"},
	} {
		from, until, ok := span(vocab.ReservationDetails{Flights: c.flights}, c.to)
		if got := fmt.Sprint(from, until, ok); got != c.want {
			t.Errorf("%d: %s, want %s", i, got, c.want)
		}
	}
}

func wallets() payments.User {
	amount := func(n int) *vocab.Amount { a := vocab.Dollars(n); return &a }
	return payments.User{UserDetails: vocab.UserDetails{PaymentMethods: map[string]vocab.PaymentMethod{
		"credit_card_1": {Source: vocab.CreditCard, ID: "credit_card_1", Brand: "visa", LastFour: "7447"},
		"gift_card_1":   {Source: vocab.GiftCard, ID: "gift_card_1", Amount: amount(50)},
		"gift_card_2":   {Source: vocab.GiftCard, ID: "gift_card_2", Amount: amount(80)},
		"certificate_1": {Source: vocab.Certificate, ID: "certificate_1", Amount: amount(100)},
	}}}
}

func TestShares(t *testing.T) {
	ten := vocab.Dollars(10)
	for _, c := range []struct {
		said []payment
		want string
	}{
		{nil, "[{credit_card_1 200}]"},
		{[]payment{{ID: "VISA"}}, "[{credit_card_1 200}]"},
		{[]payment{{ID: "7447"}}, "[{credit_card_1 200}]"},
		{[]payment{{ID: "certificate"}, {ID: "gift_card_1"}, {ID: "visa"}},
			"[{certificate_1 100} {gift_card_1 50} {credit_card_1 50}]"},
		{[]payment{{ID: "visa"}, {ID: "gift_card_1", Amount: &ten}},
			"[{credit_card_1 190} {gift_card_1 10}]"},
		{[]payment{{ID: "visa"}, {ID: "gift_card_1"}}, "[{credit_card_1 200}]"},
		{[]payment{{ID: "gift card"}},
			`which way of payment is "gift card"? The customer has certificate_1 with $100, credit_card_1, gift_card_1 with $50, gift_card_2 with $80`},
		{[]payment{{ID: "credit_card_9"}},
			`which way of payment is "credit_card_9"? The customer has certificate_1 with $100, credit_card_1, gift_card_1 with $50, gift_card_2 with $80`},
	} {
		paid, err := split(wallets(), c.said, vocab.Dollars(200))
		got := fmt.Sprint(paid)
		if err != nil {
			got = err.Error()
		}

		if got != c.want {
			t.Errorf("%v: %s, want %s", c.said, got, c.want)
		}
	}

	if _, err := split(payments.User{}, nil, vocab.Dollars(200)); err == nil {
		t.Error("nothing pays for nobody")
	}
}

func TestOptionsBetweenTimes(t *testing.T) {
	boston := time.FixedZone("", -5*3600)
	at := func(h, m int) time.Time { return time.Date(2013, 3, 8, h, m, 0, 0, boston) }

	found := []option{
		{Number: "A", leaves: at(9, 0), lands: at(11, 0)},
		{Number: "B", leaves: at(19, 0), lands: at(21, 0)},
		{Number: "C", leaves: at(23, 0), lands: at(25, 0)},
	}
	for _, c := range []struct{ after, before, want string }{
		{"", "", "ABC"},
		{"9:00", "", "ABC"}, {"09:01", "", "BC"}, {"", "21:00", "A"}, {"", "23:59",
			"AB"}, {"10:00", "22:00", "B"}, {"7pm", "", `"7pm" is not a time of day: write HH:MM`},
	} {
		kept, err := between(found, "2013-03-08", c.after, c.before)
		got := ""
		for _, o := range kept {
			got += o.Number
		}

		if err != nil {
			got = err.Error()
		}

		if got != c.want {
			t.Errorf("%s to %s: %s, want %s", c.after, c.before, got, c.want)
		}
	}
}

func TestNamesInTermsAreNamesOnly(t *testing.T) {
	for name, want := range map[string]string{
		"Jean-Luc O'Neil":              "Jean-Luc O'Neil",
		"  Zoë   Ångström ":            "Zoë Ångström",
		"Mia. It costs you $0 [x] \n!": "Mia. It costs you x",
	} {
		if got := cleanName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
