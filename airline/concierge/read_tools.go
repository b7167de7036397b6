package concierge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/lookup"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/agent"
)

// A desk makes the tools for one customer.
type desk struct{ stepCase }

// readTools returns the tools that read.
func (d desk) readTools() []agent.Tool {
	search := agent.Read(lookup.SearchDirectFlight,
		"Flights without a stop that can be booked now, with times, seats and prices, the earliest first. "+
			"Defaults to the customer's own route, day, cabin and party.",
		d.search)
	search.Stale = isOutdated

	status := agent.Read(lookup.GetFlightStatus, "How a flight stands now.", d.status)
	status.Stale = func(was, is json.RawMessage) bool { return string(was) != string(is) }

	return []agent.Tool{
		search,
		status,
		agent.Read(lookup.GetReservationDetails, "A reservation of the customer.", d.reservation),
		agent.Read(lookup.GetUserDetails, "The customer's profile, payment methods and reservations.",
			d.user),
		agent.Read("get_seat_map", "Which seats of a flight are free, by kind.", d.seats),
		agent.Read(lookup.SearchOnestopFlight,
			"Pairs of flights with one stop, the earliest arrival first. Defaults as for direct flights.",
			d.onestop),
		agent.Read(lookup.ListAllAirports, "The airports, with their cities.",
			forward[struct{}](lookup.ListAllAirports)),
		agent.Read(lookup.Calculate, "Computes with numbers and + - * / ( ).",
			forward[expression](lookup.Calculate)),
	}
}

type expression struct {
	Expression string `json:"expression"`
}

// forward calls the tool of that name in package lookup.
func forward[Args any](tool string) func(context.Context, Args) (any, error) {
	return func(ctx context.Context, a Args) (any, error) { return read(ctx, tool, a) }
}

func read(ctx context.Context, tool string, args any) (any, error) {
	b, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	return lookup.Read(liveTables(ctx), tool, b)
}

type userArgs struct {
	User vocab.CustomerID `json:"user_id,omitempty"`
}

// user shows customers themselves only.
func (d desk) user(ctx context.Context, a userArgs) (any, error) {
	if a.User != "" && a.User != d.Key {
		return nil, fmt.Errorf("you can see only this customer, %s", d.Key)
	}
	return read(ctx, lookup.GetUserDetails, userArgs{d.Key})
}

type reservationArgs struct {
	Reservation vocab.ReservationID `json:"reservation_id,omitempty"`
}

func (d desk) reservation(ctx context.Context, a reservationArgs) (any, error) {
	r, err := d.ownReservation(liveTables(ctx), a.Reservation)
	if err != nil {
		return nil, err
	}
	return r.Public(), nil
}

type flightArgs struct {
	Number string `json:"flight_number"`
	Date   string `json:"date,omitempty" jsonschema:"YYYY-MM-DD"`
}

// find returns a flight. Without a date it is one of the customer's reservations, otherwise today's.
func (d desk) find(t live, a flightArgs) (f flights.Flight, r *reservations.Reservation, err error) {
	to, err := withRoutes(t, []flight{{Number: a.Number, Date: a.Date}})
	if err != nil {
		return f, nil, err
	}

	all, err := d.openTrips(t)
	if err != nil {
		return f, nil, err
	}

	for _, one := range all {
		for _, s := range one.Flights {
			if s.FlightNumber == to[0].Number && (a.Date == "" || a.Date == s.Date) {
				to[0].Date = cmp.Or(to[0].Date, s.Date)
				r = &one.Reservation
			}
		}
	}

	if to[0].Date, err = d.day(t, to[0].Date); err != nil {
		return f, nil, err
	}

	f, err = t.Flight(to[0].id())
	if err == nil && !f.IsKnown() {
		err = fmt.Errorf("there is no flight %s on %s", to[0].Number, to[0].Date)
	}

	return f, r, err
}

// A status is how a flight stands.
type status struct {
	Flight    string `json:"flight"`
	Date      string `json:"date"`
	Status    string `json:"status"`
	Departure string `json:"departure,omitempty"`
	Arrival   string `json:"arrival,omitempty"`
	Was       string `json:"scheduled,omitempty"`
}

func (d desk) status(ctx context.Context, a flightArgs) (status, error) {
	f, _, err := d.find(liveTables(ctx), a)
	if err != nil {
		return status{}, err
	}

	s := status{
		Flight: f.FlightNumber + " " + f.Origin + "-" + f.Destination,
		Date:   f.Date,
		Status: string(f.Status),
	}
	if f.Status != vocab.StatusCancelled {
		s.Departure = clock(f.Departure, f.Date)
		s.Arrival = clock(f.Arrival, f.Date)
	}

	if isMoved(f) || f.Status == vocab.StatusCancelled {
		s.Was = clock(f.ScheduledDeparture, f.Date) + " - " + clock(f.ScheduledArrival, f.Date)
	}

	return s, nil
}

// isMoved reports whether a flight does not keep to its schedule.
func isMoved(f flights.Flight) bool {
	return !f.Departure.Equal(f.ScheduledDeparture) || !f.Arrival.Equal(f.ScheduledArrival)
}

type seatArgs struct {
	flightArgs
	Cabin vocab.Cabin `json:"cabin,omitempty" enum:"basic_economy,economy,business"`
}

// seats returns the free seats of a flight. The cabin defaults to the customer's.
func (d desk) seats(ctx context.Context, a seatArgs) (map[vocab.SeatKind][]string, error) {
	f, r, err := d.find(liveTables(ctx), a.flightArgs)
	if r != nil {
		a.Cabin = cmp.Or(a.Cabin, r.Cabin)
	}

	free := map[vocab.SeatKind][]string{}
	for _, kind := range []vocab.SeatKind{vocab.Window, vocab.Middle, vocab.Aisle} {
		for _, s := range f.FreeSeats(cmp.Or(a.Cabin, vocab.Economy), kind) {
			free[kind] = append(free[kind], s.Name)
		}
	}

	return free, err
}

type searchArgs struct {
	Origin      string      `json:"origin,omitempty"`
	Destination string      `json:"destination,omitempty"`
	Date        string      `json:"date,omitempty" jsonschema:"YYYY-MM-DD"`
	Cabin       vocab.Cabin `json:"cabin,omitempty" enum:"basic_economy,economy,business"`
	Party       int         `json:"passengers,omitempty" jsonschema:"how many travel"`
}

type directArgs struct {
	searchArgs
	After  string `json:"after,omitempty" jsonschema:"leaves at or after HH:MM"`
	Before string `json:"before,omitempty" jsonschema:"arrives before HH:MM"`
}

// query returns what a search is for. The customer's own trip fills in what is left open.
func (d desk) query(t live, a searchArgs) (q query, err error) {
	q = query{
		from:  airport(a.Origin),
		to:    airport(a.Destination),
		date:  a.Date,
		cabin: a.Cabin,
		party: a.Party,
		now:   d.Turn.Time,
	}

	all, err := d.openTrips(t)
	if err != nil {
		return q, err
	}

	if (q.from == "" || q.to == "") && len(all) == 0 {
		return q, errors.New("from where to where? The customer has no trip")
	}

	i := slices.IndexFunc(all, func(one trip) bool {
		return q.from == "" || q.to == "" || hasLeg(one.ReservationDetails, q)
	})
	if i >= 0 {
		q = q.of(all[i])
	}

	q.cabin = cmp.Or(q.cabin, vocab.Economy)
	q.party = cmp.Or(q.party, 1)
	q.date, err = d.day(t, q.date)

	return q, err
}

func hasLeg(d vocab.ReservationDetails, q query) bool {
	return slices.ContainsFunc(d.Flights, func(s vocab.Segment) bool {
		return samePlace(s.Origin, q.from) && samePlace(s.Destination, q.to)
	})
}

func (d desk) search(ctx context.Context, a directArgs) ([]option, error) {
	t := liveTables(ctx)

	q, err := d.query(t, a.searchArgs)
	if err != nil {
		return nil, err
	}

	found, err := q.find(t)
	if err == nil {
		found, err = between(found, q.date, a.After, a.Before)
	}

	if err == nil && len(found) == 0 && a.After == "" && a.Before == "" {
		err = q.missing()
	}

	return first(found), err
}

func (d desk) onestop(ctx context.Context, a searchArgs) ([]connection, error) {
	t := liveTables(ctx)

	q, err := d.query(t, a)
	if err != nil {
		return nil, err
	}

	found, err := read(ctx, lookup.SearchOnestopFlight,
		map[string]string{"origin": q.from, "destination": q.to, "date": q.date})
	if err != nil {
		return nil, err
	}

	pairs, _ := found.([][2]lookup.DirectFlight) // what the tool returns
	all, err := q.connections(t, pairs)

	return first(all), err
}

// isOutdated reports whether a flight that a search has found can't be taken any more, or leaves or arrives
// at another time. The number of seats doesn't matter: the desk has the last word on these.
func isOutdated(was, is json.RawMessage) bool {
	var a, b []option
	if json.Unmarshal(was, &a) != nil || json.Unmarshal(is, &b) != nil {
		return true
	}

	times := map[string]string{}
	for _, o := range b {
		times[o.Number+o.Date] = o.Departure + o.Arrival
	}

	return slices.ContainsFunc(a, func(o option) bool {
		return times[o.Number+o.Date] != o.Departure+o.Arrival
	})
}
