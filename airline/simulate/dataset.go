package simulate

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"

	"github.com/slipstream-go/slipstream/airline/handbook"
	"github.com/slipstream-go/slipstream/airline/measure/score"
	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/topology"
)

// A Dataset is a day to replay: its flights and its customers, as the records that tell of them.
type Dataset struct {
	Day       *day.Day
	Customers *customers.Population
	Folder    string // of the day's files. "" is the day that comes with the program
	Seed      int64  // the customers are made from it

	// Meanings is what the customers' notes mean. No record says it; it is for judging decisions.
	Meanings map[vocab.CustomerID]score.Meaning

	before []event // known before the day begins: the rules, the schedule, bookings, notes
	during []event // what happens on the day, by time
	notes  int
}

// An event is a record of the day. If it has a key, it is outstanding until a worker has brought that key to
// the level.
type event struct {
	topology.Record
	key   string
	level int64
}

// Load reads the day in a folder and makes customers for it; parties returns how many. The folder defaults to
// New York's storm of 8 March 2013. The same folder, number and seed make the same dataset.
func Load(folder string, parties func(*day.Day) int, seed int64) (*Dataset, error) {
	var files fs.FS = day.NYC()
	if folder != "" {
		files = os.DirFS(folder)
	}

	d, err := day.Read(files)
	if err != nil {
		return nil, err
	}

	s := &Dataset{
		Day:       d,
		Customers: customers.New(d, parties(d), uint64(seed)),
		Folder:    folder,
		Seed:      seed,
		Meanings:  map[vocab.CustomerID]score.Meaning{},
	}

	s.addFlights()
	s.addCustomers()
	slices.SortStableFunc(s.during, func(a, b event) int { return a.Time.Compare(b.Time) })

	return s, nil
}

// Title sums up the day in a line.
func (s *Dataset) Title() string {
	cancelled, late := 0, 0
	for i := range s.Day.Flights {
		switch f := &s.Day.Flights[i]; {
		case f.Cancelled():
			cancelled++
		case f.Departure.Sub(f.ScheduledDeparture) > 3*time.Hour:
			late++
		}
	}

	return fmt.Sprintf("%s: %d departures, %d cancelled, %d more than three hours late · %d parties, %d wrote a note (seed %d)",
		s.Day.Date, len(s.Day.Flights), cancelled, late, len(s.Customers.Customers), s.notes, s.Seed)
}

// Clock returns the moment of the day at which the clocks there show hhmm, such as 17:30.
func (s *Dataset) Clock(hhmm string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly+" 15:04", s.Day.Date+" "+hhmm, s.Day.Zone())
	if err != nil {
		return t, fmt.Errorf("%q is not a time of day such as 17:30", hhmm)
	}
	return t, nil
}

// Records are all records of the dataset, in the order in which they become known.
func (s *Dataset) Records() iter.Seq[topology.Record] {
	return func(yield func(topology.Record) bool) {
		for _, events := range [][]event{s.before, s.during} {
			for _, e := range events {
				if !yield(e.Record) {
					return
				}
			}
		}
	}
}

// AddHandbook adds the passages of the airline's handbook, which a concierge looks up, to what is known
// before the day.
func (s *Dataset) AddHandbook() error {
	passages, err := handbook.Passages()
	if err != nil {
		return err
	}

	for _, id := range slices.Sorted(maps.Keys(passages)) {
		s.before = append(s.before, newEvent("passages", string(id), s.before[0].Time, passages[id]))
	}

	return nil
}

// addFlights adds what becomes known of the flights. Their schedules, and the rules, are known before the
// day.
func (s *Dataset) addFlights() {
	for _, e := range s.Day.Events(s.Customers.Sold) {
		ev := newEvent(string(vocab.FlightEvents), string(e.Flight), e.Time.In(s.Day.Zone()), e.FlightEvent)
		ev.key = flightKey(string(e.Flight))
		ev.level = e.Time.Unix()
		if e.Type == vocab.FlightScheduled {
			s.before = append(s.before, ev)
		} else {
			s.during = append(s.during, ev)
		}
	}

	rules := vocab.DefaultRules
	rules.Version = 1
	first := newEvent(string(vocab.Policies), string(vocab.RulesKey), s.before[0].Time, rules)
	s.before = slices.Insert(s.before, 0, first)
}

// addCustomers adds who they are, what they have booked and what they wrote.
func (s *Dataset) addCustomers() {
	for _, c := range s.Customers.Customers {
		for _, e := range c.Events {
			ev := newEvent(string(vocab.CustomerEvents), string(c.ID), e.Time, e)
			if e.Type == vocab.CustomerBooked {
				ev.key = bookingKey(string(c.ID))
				ev.level = 1
			}

			s.before = append(s.before, ev)
		}

		if c.Meaning != nil {
			s.notes++
			s.Meanings[c.ID] = meaning(c.Meaning)
		}
	}
}

// meaning is what a note means, for the judge: the wish, and the one that may be granted instead of it.
func meaning(m *customers.Meaning) score.Meaning {
	w := score.Wish{Kind: m.Wish}
	if !m.Time.IsZero() {
		w.Time = m.Time.Format("15:04")
	}

	if m.Money {
		return score.Meaning{w, {Kind: vocab.WishMoneyBack}}
	}
	return score.Meaning{w}
}

func newEvent(topic, key string, at time.Time, v any) event {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of plain fields
	}
	return event{Record: topology.Record{Topic: topic, Key: key, Time: at, Value: b}}
}
