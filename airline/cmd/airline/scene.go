package main

import (
	"encoding/json"
	"fmt"
	"github.com/slipstream-go/slipstream/verb"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/handbook"
	"github.com/slipstream-go/slipstream/airline/measure/score"
	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A scene is what a demo replays: a day and its customers.
type scene struct {
	day      *day.Day
	crowd    *customers.Population
	before   []event // known before the day: the rules, the schedule, who booked what, what they wrote
	during   []event // what becomes known on the day
	seed     int64
	folder   string // "" is the day that comes with the program
	notes    int    // customers who have written one
	meanings map[vocab.CustomerID]score.Meaning
}

// newScene reads the day in a folder, by default New York's on 8 March 2013, and makes as many
// customers as that day has.
func newScene(dir string, parties func(*day.Day) int, seed int64) (*scene, error) {
	var files fs.FS = day.NYC()
	if dir != "" {
		files = os.DirFS(dir)
	}
	d, err := day.Read(files)
	if err != nil {
		return nil, err
	}
	s := &scene{day: d, crowd: customers.New(d, parties(d), uint64(seed)), seed: seed, folder: dir, meanings: map[vocab.CustomerID]score.Meaning{}}
	s.flights()
	s.customers()
	slices.SortStableFunc(s.during, func(a, b event) int { return a.Time.Compare(b.Time) })
	return s, nil
}

// title says what is going to happen.
func (s *scene) title() string {
	cancelled, late := 0, 0
	for i := range s.day.Flights {
		switch f := &s.day.Flights[i]; {
		case f.Cancelled():
			cancelled++
		case f.Departure.Sub(f.ScheduledDeparture) > 3*time.Hour:
			late++
		}
	}
	return fmt.Sprintf("%s: %d departures, %d cancelled, %d leave more than three hours late · %d parties, %d wrote a note (seed %d)",
		s.day.Date, len(s.day.Flights), cancelled, late, len(s.crowd.Customers), s.notes, s.seed)
}

// at is a moment of the day by the clock there; the zero time for none.
func (s *scene) at(hhmm string) (time.Time, error) {
	if hhmm == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly+" 15:04", s.day.Date+" "+hhmm, s.day.Zone())
	if err != nil {
		return t, verb.UsageError("--pause-at: %q is no time of day, such as 17:30", hhmm)
	}
	return t, nil
}

// flights makes events of the flights; their schedules come before the day.
func (s *scene) flights() {
	for _, e := range s.day.Events(s.crowd.Sold) {
		ev := newEvent(string(vocab.FlightEvents), string(e.Flight), e.Time.In(s.day.Zone()), e.FlightEvent)
		ev.key, ev.level = flightKey(string(e.Flight)), e.Time.Unix()
		if e.Type == vocab.FlightScheduled {
			s.before = append(s.before, ev)
		} else {
			s.during = append(s.during, ev)
		}
	}
	r := vocab.DefaultRules
	r.Version = 1
	s.before = append([]event{newEvent(string(vocab.Policies), string(vocab.RulesKey), s.before[0].Time, r)}, s.before...)
}

func (s *scene) customers() {
	for _, c := range s.crowd.Customers {
		for _, e := range c.Events {
			ev := newEvent(string(vocab.CustomerEvents), string(c.ID), e.Time, e)
			if e.Type == vocab.CustomerBooked {
				ev.key, ev.level = bookingKey(string(c.ID)), 1
			}
			s.before = append(s.before, ev)
		}
		if m := c.Meaning; m != nil {
			s.notes++
			w := score.Wish{Kind: m.Wish}
			if !m.Time.IsZero() {
				w.Time = m.Time.Format("15:04")
			}
			s.meanings[c.ID] = score.Meaning{w}
			if m.Money {
				s.meanings[c.ID] = score.Meaning{w, {Kind: vocab.WishMoneyBack}}
			}
		}
	}
}

// publish has the airline's policies known before the day, too, for a concierge to look up.
func (s *scene) publish() error {
	passages, err := handbook.Passages()
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(passages)) {
		s.before = append(s.before, newEvent("passages", string(id), s.before[0].Time, passages[id]))
	}
	return nil
}

func newEvent(topic, key string, at time.Time, v any) event {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of plain fields
	}
	return event{Record: topology.Record{Topic: topic, Key: key, Time: at, Value: b}}
}
