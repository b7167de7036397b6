package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline"
)

// people are the customers of the airline, as its rows have them now.
type people struct {
	querier
	now time.Time
}

// introduction says who a customer is and how their flight stands, so that one knows what to ask. Of a topology without
// such tables it says less.
func (p people) introduction(ctx context.Context, id string) string {
	var c airline.Customer
	if err := p.value(ctx, string(airline.Customers), id, &c); err != nil || c.ID == "" {
		return fmt.Sprintf("You are %s.", id)
	}
	who := fmt.Sprintf("You are %s, a %s member", id, cmp.Or(c.Membership, "regular"))
	if c.Note != "" {
		who += fmt.Sprintf(", and have written %q", c.Note)
	}
	lines := []string{who + ". It is " + clock(p.now) + "."}
	for _, r := range slices.Sorted(maps.Keys(c.Journeys)) {
		for _, leg := range c.Journeys[r].Legs {
			lines = append(lines, fmt.Sprintf("%s, %d in %s: %s", r, c.Journeys[r].Party, c.Journeys[r].Cabin, p.flight(ctx, leg.Flight)))
		}
	}
	return strings.Join(lines, "\n")
}

func (p people) flight(ctx context.Context, id airline.FlightID) string {
	var f airline.Flight
	if err := p.value(ctx, string(airline.Flights), string(id), &f); err != nil {
		return string(id)
	}
	leaves := "leaves " + clock(f.Departure)
	if !f.Departure.Equal(f.ScheduledDeparture) {
		leaves = fmt.Sprintf("was to leave %s, now %s", clock(f.ScheduledDeparture), clock(f.Departure))
	}
	return fmt.Sprintf("%s %s-%s is %s, %s, arrives %s", f.FlightNumber, f.Origin, f.Destination, f.Status, leaves, clock(f.Arrival))
}

// soonest is how long before departure something can still be done about a flight.
const soonest = time.Hour

// disrupted finds somebody on a flight that is late and has yet to leave: of these the flight that leaves first.
func (p people) disrupted(ctx context.Context) (string, error) {
	var late []airline.Flight
	err := p.each(ctx, string(airline.Flights), "", 0, func(_ string, value json.RawMessage) error {
		var f airline.Flight
		if err := json.Unmarshal(value, &f); err != nil {
			return err
		}
		if f.Status == airline.IsLate && f.Departure.After(p.now.Add(soonest)) && len(holders(f)) > 0 {
			late = append(late, f)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if len(late) == 0 {
		return "", errors.New("nobody's flight is late right now: say --as whom you are (`slipstream query customers` lists them)")
	}
	first := slices.MinFunc(late, func(a, b airline.Flight) int {
		return cmp.Or(a.Departure.Compare(b.Departure), cmp.Compare(a.FlightNumber, b.FlightNumber))
	})
	return holders(first)[0], nil
}

// holders are the customers with seats on a flight.
func holders(f airline.Flight) (ids []string) {
	for _, h := range f.Holds {
		if h.State == airline.Held {
			ids = append(ids, string(h.Customer))
		}
	}
	slices.Sort(ids)
	return ids
}

// value reads one row.
func (p people) value(ctx context.Context, table, key string, into any) error {
	body, _, err := p.get(ctx, "/tables/"+url.PathEscape(table)+"/"+url.PathEscape(key))
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
