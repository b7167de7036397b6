package exam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/airline/handbook"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// When things became known, before the first message: schedules, profiles and bookings; then delays and
// cancellations.
const (
	booked = 24 * time.Hour
	news   = 10 * time.Minute
)

// events returns the events that lead to a situation, in order.
func (s Situation) events() (all []topologytest.Message, err error) {
	w := &writer{}
	rules := vocab.DefaultRules
	rules.Version = 1
	w.add(vocab.Policies, vocab.RulesKey, s.Now.Add(-booked), rules)

	if err := s.addPassages(w); err != nil {
		return nil, err
	}

	for _, f := range s.Flights {
		f.addSchedule(w, s)
	}

	for _, p := range s.parties() {
		p.addTo(w, s.Now.Add(-booked))
	}

	for _, f := range s.Flights {
		f.addNews(w, s.Now)
	}

	return w.all, w.err
}

// parties are the customer and the others.
func (s Situation) parties() []Party { return append([]Party{s.Party}, s.Others...) }

// A writer collects events.
type writer struct {
	all []topologytest.Message
	err error
}

func (w *writer) add(topic, key any, at time.Time, v any) {
	b, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	m := topologytest.Message{Topic: fmt.Sprint(topic), Key: fmt.Sprint(key), Value: b, Time: at}
	w.all = append(w.all, m)
}

// addPassages adds those of the handbook, and those of the situation.
func (s Situation) addPassages(w *writer) error {
	passages, err := handbook.Passages()
	if err != nil {
		return err
	}

	for _, p := range s.Passages {
		passages[index.ID(p.ID)] = index.Passage{Title: p.Title, Text: p.Text, Source: "situation"}
	}

	for _, id := range slices.Sorted(maps.Keys(passages)) {
		w.add("passages", id, s.Now.Add(-booked), passages[id])
	}

	return nil
}

// addSchedule makes a flight known. The seats of the parties are among those sold until they claim them.
func (f Flight) addSchedule(w *writer, s Situation) {
	schedule := vocab.Schedule{FlightNumber: f.Number, Date: f.Date, Origin: f.Origin,
		Destination: f.Destination}
	for c, in := range f.Cabins {
		schedule.Seats = schedule.Seats.Plus(c, in.Seats)
		schedule.Sold = schedule.Sold.Plus(c, in.Seats-in.Free)
		switch c {
		case vocab.BasicEconomy:
			schedule.Prices.BasicEconomy = in.Price
		case vocab.Economy:
			schedule.Prices.Economy = in.Price
		case vocab.Business:
			schedule.Prices.Business = in.Price
		}
	}

	at := s.Now.Add(-booked)
	w.add(vocab.FlightEvents, f.key(), at, vocab.FlightEvent{Type: vocab.FlightScheduled, Time: at,
		Departure: f.ScheduledDeparture, Arrival: f.ScheduledArrival, Schedule: &schedule})
}

func (f Flight) key() vocab.FlightID { return vocab.FlightKey(f.Number, f.Date) }

// addTo makes a party known. They are not written to unasked: nothing happens until they write.
func (p Party) addTo(w *writer, at time.Time) {
	user := p.Customer.UserDetails
	for _, r := range p.Reservations {
		if !slices.Contains(user.Reservations, r.ID) {
			user.Reservations = append(user.Reservations, r.ID)
		}
	}

	profile := vocab.CustomerEvent{Type: vocab.CustomerProfile, Time: at, User: &user,
		Unasked: vocab.SwitchOff}
	if p.Customer.Seat != nil {
		profile.Seat = *p.Customer.Seat
	}
	w.add(vocab.CustomerEvents, user.ID, at, profile)

	for _, r := range p.Reservations {
		w.add(vocab.ReservationEvents, r.ID, at,
			vocab.ReservationEvent{Type: vocab.Restated, Time: at, Reservation: &r, Claim: true})
	}
}

// addNews tells how the flight stands now.
func (f Flight) addNews(w *writer, now time.Time) {
	tell := func(what vocab.FlightEventType, at, departure, arrival time.Time) {
		w.add(vocab.FlightEvents, f.key(), at,
			vocab.FlightEvent{Type: what, Time: at, Departure: departure, Arrival: arrival})
	}

	at := now.Add(-news)
	moved := !f.Departure.Equal(f.ScheduledDeparture) || !f.Arrival.Equal(f.ScheduledArrival)
	switch {
	case f.Status == vocab.StatusCancelled:
		tell(vocab.FlightCancelled, at, time.Time{}, time.Time{})
		return
	case moved:
		tell(vocab.FlightDelayed, at, f.Departure, f.Arrival)
	}

	if f.Departure.Before(now) {
		tell(vocab.FlightDeparted, vocab.Later(at, f.Departure), f.Departure, f.Arrival)
	}

	if f.Arrival.Before(now) {
		tell(vocab.FlightArrived, vocab.Later(at, f.Arrival), time.Time{}, f.Arrival)
	}
}
