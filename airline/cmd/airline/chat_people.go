package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/state"
)

// people are the customers of the airline, as its rows have them now.
type people struct {
	worker *state.Client
	now    time.Time
}

// introduction tells who a customer is and how their flight stands, so that one knows what to ask. Of a
// topology without such tables it says less.
func (p people) introduction(ctx context.Context, id string) string {
	var c journeys.Customer
	if err := p.value(ctx, string(journeys.Table), id, &c); err != nil || c.ID == "" {
		return fmt.Sprintf("You are %s.", id)
	}

	who := fmt.Sprintf("You are %s, a %s member", id, cmp.Or(c.Membership, "regular"))
	if c.Note != "" {
		who += fmt.Sprintf(", and have written %q", c.Note)
	}

	lines := []string{who + ". It is " + clock(p.now) + "."}
	for _, r := range slices.Sorted(maps.Keys(c.Journeys)) {
		for _, leg := range c.Journeys[r].Legs {
			lines = append(lines, fmt.Sprintf("%s, %d in %s: %s", r, c.Journeys[r].Party, c.Journeys[r].Cabin,
				p.flight(ctx, leg.Flight)))
		}
	}

	return strings.Join(lines, "\n")
}

// zone is where a customer's next flight leaves: they read their clock there. nil: not known.
func (p people) zone(ctx context.Context, id string) *time.Location {
	var c journeys.Customer
	if p.value(ctx, string(journeys.Table), id, &c) != nil {
		return nil
	}

	for _, r := range slices.Sorted(maps.Keys(c.Journeys)) {
		for _, leg := range c.Journeys[r].Legs {
			var f flights.Flight
			if p.value(ctx, string(flights.Table), string(leg.Flight), &f) == nil &&
				f.Departure.After(p.now) {
				return f.Departure.Location()
			}
		}
	}

	return nil
}

func (p people) flight(ctx context.Context, id vocab.FlightID) string {
	var f flights.Flight
	if err := p.value(ctx, string(flights.Table), string(id), &f); err != nil {
		return string(id)
	}

	leaves := "leaves " + clock(f.Departure)
	if !f.Departure.Equal(f.ScheduledDeparture) {
		leaves = fmt.Sprintf("was to leave %s, now %s", clock(f.ScheduledDeparture), clock(f.Departure))
	}

	return fmt.Sprintf("%s %s-%s is %s, %s, arrives %s", f.FlightNumber, f.Origin, f.Destination, f.Status,
		leaves, clock(f.Arrival))
}

// soonest is how long before departure something can still be done about a flight.
const soonest = time.Hour

// somebody finds a customer on a flight that is late and has yet to leave, else on one that leaves at all: of
// these the flight that leaves first. It says which.
func (p people) somebody(ctx context.Context) (id, why string, err error) {
	var all []flights.Flight
	for row, err := range p.worker.Rows(ctx, string(flights.Table), "") {
		if err != nil {
			return "", "", err
		}

		var f flights.Flight
		if err := json.Unmarshal(row.Value, &f); err != nil {
			return "", "", err
		}

		if (f.Status == vocab.StatusDelayed || f.Status == vocab.StatusAvailable ||
			f.Status == vocab.StatusOnTime) && f.Departure.After(p.now.Add(soonest)) && len(holders(f)) > 0 {
			all = append(all, f)
		}
	}

	if len(all) == 0 {
		return "", "", errors.New("no customer has a flight that is yet to leave: name one with --as (`airline query customers` lists them)")
	}
	first := slices.MinFunc(all, func(a, b flights.Flight) int {
		return cmp.Or(onTime(a)-onTime(b), a.Departure.Compare(b.Departure),
			cmp.Compare(a.FlightNumber, b.FlightNumber))
	})

	return holders(first)[0], []string{"is late", "leaves next"}[onTime(first)], nil
}

// onTime is 0 for a flight that is late, and 1 for others.
func onTime(f flights.Flight) int {
	if f.Status == vocab.StatusDelayed {
		return 0
	}
	return 1
}

// holders are the customers with seats on a flight.
func holders(f flights.Flight) (ids []string) {
	for _, h := range f.Holds {
		if h.State == flights.Held {
			ids = append(ids, string(h.Customer))
		}
	}
	slices.Sort(ids)
	return ids
}

// value reads one row.
func (p people) value(ctx context.Context, table, key string, into any) error {
	var row json.RawMessage
	if _, err := p.worker.Row(ctx, table, key, &row); err != nil {
		return err
	}

	if row == nil {
		return fmt.Errorf("%s has no row %q", table, key)
	}
	return json.Unmarshal(row, into)
}
