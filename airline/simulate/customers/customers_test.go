package customers_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

func nyc(t *testing.T) *day.Day {
	t.Helper()

	d, err := day.Read(day.NYC())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSameSeedSameCustomers(t *testing.T) {
	d := nyc(t)
	if !reflect.DeepEqual(customers.New(d, 300, 7), customers.New(d, 300, 7)) {
		t.Error("two makings with one seed differ")
	}

	if reflect.DeepEqual(customers.New(d, 300, 7), customers.New(d, 300, 8)) {
		t.Error("two seeds make the same customers")
	}
}

func TestNobodyIsSeatedTwice(t *testing.T) {
	d := nyc(t)
	c := customers.New(d, 5000, 1)
	taken := map[vocab.FlightID]vocab.Seats{}
	ids := map[vocab.ReservationID]bool{}
	for _, p := range c.Customers {
		taken[p.Reservation.Flight] = taken[p.Reservation.Flight].Plus(p.Reservation.Cabin,
			p.Reservation.Party)
		if ids[p.Reservation.ID] {
			t.Errorf("reservation %s twice", p.Reservation.ID)
		}

		ids[p.Reservation.ID] = true
		for _, e := range p.Events {
			if err := e.Valid(); err != nil {
				t.Errorf("%s: %v", p.ID, err)
			}
		}
	}

	for _, f := range d.Flights {
		for _, cabin := range []vocab.Cabin{vocab.BasicEconomy, vocab.Economy, vocab.Business} {
			if n := taken[f.ID].In(cabin) + c.Sold[f.ID].In(cabin); n > f.Seats.In(cabin) {
				t.Errorf("%s: %d of %d seats in %s", f.ID, n, f.Seats.In(cabin), cabin)
			}
		}
	}
}

// Half of those whose flight is disrupted have written a note; nobody else has; and the events don't tell
// what it means.
func TestNotes(t *testing.T) {
	d := nyc(t)
	flights := map[vocab.FlightID]day.Flight{}
	for _, f := range d.Flights {
		flights[f.ID] = f
	}

	affected, written, kinds, texts := 0, 0, map[vocab.Wish]int{}, map[string]bool{}
	for _, p := range customers.New(d, 5000, 3).Customers {
		f := flights[p.Reservation.Flight]
		if !f.Disrupted(time.Hour) {
			if p.Meaning != nil {
				t.Errorf("%s has written without a reason", p.ID)
			}
			continue
		}

		affected++

		if p.Meaning == nil {
			continue
		}

		written++

		kinds[p.Meaning.Wish]++
		texts[p.Meaning.Note] = true
		if !p.Meaning.Time.IsZero() != (p.Meaning.Wish == vocab.WishArriveBefore ||
			p.Meaning.Wish == vocab.WishDepartAfter) {
			t.Errorf("%+v", p.Meaning)
		}

		if strings.ContainsAny(p.Meaning.Note, "{}") {
			t.Errorf("an empty slot: %s", p.Meaning.Note)
		}
	}

	if share := float64(written) / float64(affected); share < 0.45 || share > 0.55 {
		t.Errorf("%d of %d have written", written, affected)
	}

	if len(kinds) != 6 || len(texts) < written/3 {
		t.Errorf("%d different notes of %d, %v", len(texts), written, kinds)
	}
}

// Words don't contradict what they mean: otherwise a correct reading would be judged wrong.
func TestWordsSayWhatTheyMean(t *testing.T) {
	half := regexp.MustCompile(`(?i)\d ?([ap])\.?m\b`)

	d := nyc(t)
	flights, halves := map[vocab.FlightID]day.Flight{}, map[string]int{}
	for _, f := range d.Flights {
		flights[f.ID] = f
	}

	for _, p := range customers.New(d, 20000, 5).Customers {
		m := p.Meaning
		if m == nil {
			continue
		}

		if !utf8.ValidString(m.Note) || strings.ContainsRune(m.Note, utf8.RuneError) {
			t.Errorf("broken letters: %q", m.Note)
		}

		if said := half.FindStringSubmatch(m.Note); said != nil {
			said := strings.ToLower(said[1])
			halves[said]++
			if (said == "p") != (m.Time.Hour() >= 12) {
				t.Errorf("%q means %s", m.Note, m.Time.Format("15:04"))
			}
		}
		// A day ahead is not a deadline: a customer who books to land at half past twelve can't want to
		// arrive by midnight.
		booked := flights[p.Reservation.Flight].ScheduledArrival
		if m.Wish == vocab.WishArriveBefore && (m.Time.Before(booked) || m.Time.Sub(booked) > 12*time.Hour) {
			t.Errorf("booked to arrive at %s, %q means %s", booked.Format(time.DateTime), m.Note,
				m.Time.Format(time.DateTime))
		}
	}

	if halves["a"] == 0 || halves["p"] == 0 {
		t.Errorf("halves of the day: %v", halves)
	}
}
