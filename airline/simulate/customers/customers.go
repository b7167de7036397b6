// Package customers makes the customers of a day: synthetic, and a function of the day and a seed.
//
// A customer is a party of one to five under one reservation on a real flight. Seats that are not theirs are
// sold to 85 % to people who are not among them, so that there is not room for everyone. Half of those whose
// flight will be disrupted have written a note. What it means is known here, and is no part of any event:
// neither rules nor a model are told.
package customers

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
)

// A Population is the customers of a day.
type Population struct {
	Customers []Customer
	Sold      map[vocab.FlightID]vocab.Seats // to others
}

// A Customer is one party, with the events that make it known, in order.
type Customer struct {
	ID          vocab.CustomerID
	Reservation vocab.Booking
	Events      []vocab.CustomerEvent
	Meaning     *Meaning // of the note; nil: none was written
}

// A Meaning is what a note says.
type Meaning struct {
	Wish  vocab.Wish
	Time  time.Time // the moment that a timed wish names
	Money bool      // else they would rather have their money
	Note  string
}

// occupancy of the seats that are not the customers' own.
const occupancy = 0.85

// disrupted is how late a flight must be for its customers to write: what the airline's first rules call
// late.
var disrupted = time.Duration(vocab.DefaultRules.LateMinutes) * time.Minute

// New makes n customers. The same day, number and seed make the same ones.
func New(d *day.Day, n int, seed uint64) *Population {
	m := maker{day: d, rng: rand.New(rand.NewPCG(seed, 8)), ours: map[vocab.FlightID]vocab.Seats{}}
	c := &Population{Sold: map[vocab.FlightID]vocab.Seats{}}
	for i := range n {
		if customer, ok := m.customer(i); ok {
			c.Customers = append(c.Customers, customer)
		}
	}

	for i := range d.Flights {
		f := &d.Flights[i]
		c.Sold[f.ID] = vocab.Seats{
			BasicEconomy: others(f.Seats, m.ours[f.ID], vocab.BasicEconomy),
			Economy:      others(f.Seats, m.ours[f.ID], vocab.Economy),
			Business:     others(f.Seats, m.ours[f.ID], vocab.Business),
		}
	}

	return c
}

func others(seats, ours vocab.Seats, cabin vocab.Cabin) int {
	return int(occupancy*float64(seats.In(cabin)-ours.In(cabin)) + 0.5)
}

// A maker is the state of one making.
type maker struct {
	day  *day.Day
	rng  *rand.Rand
	ours map[vocab.FlightID]vocab.Seats
}

// customer books a party on a flight that has room for it. ok is false when the whole day is full.
func (m *maker) customer(i int) (c Customer, ok bool) {
	party := 1 + weighted(m.rng, 45, 30, 12, 9, 4)
	cabin := []vocab.Cabin{vocab.BasicEconomy, vocab.Economy, vocab.Business}[weighted(m.rng, 28, 62, 10)]
	for range 50 {
		f := &m.day.Flights[m.rng.IntN(len(m.day.Flights))]
		if f.Seats.In(cabin)-m.ours[f.ID].In(cabin) < party {
			continue
		}
		m.ours[f.ID] = m.ours[f.ID].Plus(cabin, party)
		return m.book(i, f, cabin, party), true
	}

	return c, false
}

// weighted draws an index with these weights.
func weighted(rng *rand.Rand, weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}

	n := rng.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}

	return 0
}

func (m *maker) book(i int, f *day.Flight, cabin vocab.Cabin, size int) Customer {
	id := fmt.Sprintf("c-%05d", i+1)
	people := party(id, size)
	c := Customer{ID: vocab.CustomerID(id), Reservation: vocab.Booking{ID: vocab.ReservationID(locator(i)),
		Flight: f.ID, Cabin: cabin, Party: size,
		Fare: size * m.fare(cabin), PaymentID: card(id), Passengers: people}}
	booked := f.ScheduledDeparture.Add(-20 * time.Hour)
	membership := []string{"regular", "silver", "gold"}[weighted(m.rng, 70, 20, 10)]
	c.Events = []vocab.CustomerEvent{
		{Type: vocab.CustomerProfile, Time: booked, User: user(id, membership, people), Seat: seat(id)},
		{Type: vocab.CustomerBooked, Time: booked, Reservation: &c.Reservation},
	}

	if f.Disrupted(disrupted) && m.rng.IntN(2) == 0 {
		c.Meaning = m.note(f)
		c.Events = append(c.Events, vocab.CustomerEvent{Type: vocab.CustomerNote,
			Time: booked.Add(time.Minute), Note: c.Meaning.Note})
	}

	return c
}

func (m *maker) fare(cabin vocab.Cabin) int {
	base := map[vocab.Cabin]int{vocab.BasicEconomy: 79, vocab.Economy: 139, vocab.Business: 480}[cabin]
	return base + m.rng.IntN(base)
}

// locator is the name of a reservation, as airlines make them: six letters and digits that are not mistaken.
func locator(i int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	n := uint64(i+1) * 0x9E3779B1 % (1 << 30) // odd: no two are alike
	b := make([]byte, 6)
	for k := range b {
		b[k] = letters[n%32]
		n /= 32
	}
	return string(b)
}

// note draws a meaning, and words for it. Times are about the customer's own journey, so that they matter.
func (m *maker) note(f *day.Flight) *Meaning {
	wish := []vocab.Wish{vocab.WishArriveBefore, vocab.WishMoneyBack, vocab.WishWait, vocab.WishEarliest,
		vocab.WishDepartAfter, vocab.WishNothing}[weighted(m.rng, 16, 28, 26, 6, 16, 8)]
	var at time.Time
	switch wish {
	case vocab.WishArriveBefore:
		at = f.ScheduledArrival.Add(time.Hour + time.Duration(m.rng.IntN(8))*30*time.Minute)
	case vocab.WishDepartAfter:
		at = f.ScheduledDeparture.Add(30*time.Minute + time.Duration(m.rng.IntN(6))*30*time.Minute)
	}

	at = at.Round(15 * time.Minute)
	from := phrases[wish]
	if wish == vocab.WishArriveBefore && (at.Hour() >= 23 || at.Hour() < 5) {
		at, from = nextMidnight(f.ScheduledArrival), midnight
		if f.ScheduledArrival.Hour() < 5 { // booked to land after it: they can only hurry
			wish, at, from = vocab.WishEarliest, time.Time{}, phrases[vocab.WishEarliest]
		}
	}

	mean := &Meaning{Wish: wish, Time: at}
	if wish == vocab.WishArriveBefore && at.Hour() != 0 && m.rng.IntN(2) == 0 {
		mean.Money, from = true, pointless
	}
	mean.Note = m.words(from[m.rng.IntN(len(from))], at)

	return mean
}

func nextMidnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location())
}

// words fills the slots of a phrase, and is at times careless about it.
func (m *maker) words(phrase string, at time.Time) string {
	for _, slot := range slots {
		for strings.Contains(phrase, slot.name) {
			phrase = strings.Replace(phrase, slot.name, slot.fills[m.rng.IntN(len(slot.fills))], 1)
		}
	}

	phrase = strings.ReplaceAll(phrase, "{time}", m.clock(at, strings.Contains(phrase, "las {time}")))
	switch m.rng.IntN(10) {
	case 0:
		phrase = strings.ToLower(phrase)
	case 1:
		phrase = m.misspelt(phrase)
	case 2:
		letters := []rune(phrase)
		letters[0] = unicode.ToUpper(letters[0])
		phrase = string(letters) + " Thanks!!"
	}

	return phrase
}

// dotted is how some write the half of the day; as a layout, time.Format would not know it.
var dotted = strings.NewReplacer("am", "a.m.", "pm", "p.m.")

// clock writes a time as people do.
func (m *maker) clock(at time.Time, spanish bool) string {
	if spanish || m.rng.IntN(2) == 0 {
		return at.Format("15:04")
	}

	if at.Minute() == 0 {
		return []string{at.Format("3pm"), at.Format("3 pm"), dotted.Replace(at.Format("3 pm")),
			at.Format("3:04 PM")}[m.rng.IntN(4)]
	}
	return []string{at.Format("3:04pm"), at.Format("3:04 pm")}[m.rng.IntN(2)]
}

// misspelt swaps two letters within one word of the phrase.
func (m *maker) misspelt(phrase string) string {
	words := strings.Fields(phrase)
	for range 10 {
		i := m.rng.IntN(len(words))
		w := []rune(words[i])
		if _, err := strconv.Atoi(strings.Trim(words[i], ":.,pm")); err == nil || len(w) < 5 ||
			strings.ContainsAny(words[i], "0123456789") {
			continue
		}
		k := 1 + m.rng.IntN(len(w)-3)
		w[k], w[k+1] = w[k+1], w[k]
		words[i] = string(w)

		break
	}

	return strings.Join(words, " ")
}
