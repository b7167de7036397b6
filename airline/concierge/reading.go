package concierge

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/llm/agent"
)

// desk makes the tools of one customer.
type desk struct{ kase }

// looking are the tools that read.
func (d desk) looking() []agent.Tool {
	search := agent.Read("search_direct_flight", "Flights without a stop that can be booked now, with times, seats and prices, the earliest first. Defaults to the customer's own route and day.", d.search)
	search.Stale = gone
	return []agent.Tool{
		search,
		agent.Read("get_flight_status", "How a flight stands now.", d.status),
		agent.Read("get_reservation_details", "A reservation of the customer.", d.reservation),
		agent.Read("get_user_details", "The customer's profile, payment methods and reservations.", d.user),
		agent.Read("get_seat_map", "Which seats of a flight are free, by kind.", d.seats),
		agent.Read("search_onestop_flight", "Pairs of flights with one stop.", d.onestop),
		agent.Read("list_all_airports", "The airports, with their cities.", pass[struct{}](d, "list_all_airports")),
		agent.Read("calculate", "Computes with numbers and + - * / ( ).", pass[expression](d, "calculate")),
	}
}

type expression struct {
	Expression string `json:"expression"`
}

// pass hands a call to the tool of that name as tau2-bench has it.
func pass[Args any](_ desk, tool string) func(context.Context, Args) (any, error) {
	return func(ctx context.Context, a Args) (any, error) { return read(ctx, tool, a) }
}

func read(ctx context.Context, tool string, args any) (any, error) {
	b, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	return airline.Read(live{ctx}, tool, b)
}

type userArgs struct {
	User airline.CustomerID `json:"user_id,omitempty"`
}

// user shows the customer themselves, and nobody else.
func (d desk) user(ctx context.Context, a userArgs) (any, error) {
	if a.User != "" && a.User != d.Key {
		return nil, fmt.Errorf("you can see only this customer, %s", d.Key)
	}
	return read(ctx, "get_user_details", userArgs{d.Key})
}

type reservationArgs struct {
	Reservation airline.ReservationID `json:"reservation_id,omitempty"`
}

func (d desk) reservation(ctx context.Context, a reservationArgs) (any, error) {
	r, err := d.own(live{ctx}, a.Reservation)
	if err != nil {
		return nil, err
	}
	return r.Public(), nil
}

// own is a reservation of the customer; by default the one that is on. Somebody else's is as if it weren't there.
func (d desk) own(t live, id airline.ReservationID) (airline.Reservation, error) {
	if id == "" {
		all, err := current(t, d.Key)
		if err != nil || len(all) == 0 {
			return airline.Reservation{}, cmp.Or(err, errNobody)
		}
		return all[0], nil
	}
	r, err := t.Reservation(id)
	if err == nil && (!r.Exists() || r.User != d.Key) {
		err = fmt.Errorf("the customer has no reservation %s", id)
	}
	return r, err
}

// current are a customer's reservations that are not cancelled, those with a disrupted flight first, then by the day of
// their first flight.
func current(t live, id airline.CustomerID) (all []airline.Reservation, err error) {
	u, err := t.User(id)
	if err != nil {
		return nil, err
	}
	bad := map[airline.ReservationID]int{}
	for _, rid := range u.Reservations {
		r, err := t.Reservation(rid)
		if err != nil {
			return nil, err
		}
		if !r.Exists() || r.Cancelled() || len(r.Flights) == 0 {
			continue
		}
		for _, s := range r.Flights {
			f, err := t.Flight(s.Flight())
			if err != nil {
				return nil, err
			}
			if f.Severity != "" {
				bad[rid] = -1
			}
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b airline.Reservation) int {
		return cmp.Or(cmp.Compare(bad[a.ID], bad[b.ID]), cmp.Compare(a.Flights[0].Date, b.Flights[0].Date))
	})
	return all, nil
}

type flightArgs struct {
	Number string `json:"flight_number"`
	Date   string `json:"date,omitempty" jsonschema:"description=YYYY-MM-DD"`
}

func (d desk) on(date string) string { return cmp.Or(date, d.Turn.Time.Format(time.DateOnly)) }

// A status is how a flight stands.
type status struct {
	Flight    string `json:"flight"`
	Status    string `json:"status"`
	Departure string `json:"departure"`
	Arrival   string `json:"arrival"`
	Was       string `json:"scheduled,omitempty"`
}

func (d desk) status(ctx context.Context, a flightArgs) (status, error) {
	f, err := live{ctx}.Flight(airline.FlightKey(a.Number, d.on(a.Date)))
	if err == nil && !f.Known() {
		err = fmt.Errorf("no flight %s on %s", a.Number, d.on(a.Date))
	}
	if err != nil {
		return status{}, err
	}
	s := status{Flight: a.Number + " " + f.Origin + "-" + f.Destination, Status: string(f.Status), Departure: clock(f.Departure), Arrival: clock(f.Arrival)}
	if !f.Departure.Equal(f.ScheduledDeparture) || !f.Arrival.Equal(f.ScheduledArrival) {
		s.Was = clock(f.ScheduledDeparture) + "-" + clock(f.ScheduledArrival)
	}
	return s, nil
}

type seatArgs struct {
	flightArgs
	Cabin airline.Cabin `json:"cabin,omitempty" jsonschema:"enum=basic_economy,enum=economy,enum=business"`
}

func (d desk) seats(ctx context.Context, a seatArgs) (map[airline.SeatKind][]string, error) {
	f, err := live{ctx}.Flight(airline.FlightKey(a.Number, d.on(a.Date)))
	if err == nil && !f.Known() {
		err = fmt.Errorf("no flight %s on %s", a.Number, d.on(a.Date))
	}
	free := map[airline.SeatKind][]string{}
	for _, kind := range []airline.SeatKind{airline.Window, airline.Middle, airline.Aisle} {
		for _, s := range f.FreeSeats(cmp.Or(a.Cabin, airline.Economy), kind) {
			free[kind] = append(free[kind], s.Name)
		}
	}
	return free, err
}

type onestopArgs struct {
	Origin      string `json:"origin"`
	Destination string `json:"destination"`
	Date        string `json:"date"`
}

func (d desk) onestop(ctx context.Context, a onestopArgs) (any, error) {
	return read(ctx, "search_onestop_flight", a)
}

func clock(t time.Time) string { return t.Format("15:04") }

// gone says whether a flight that was found can't be taken any more, or leaves or arrives at another time. A seat more or
// less is nothing: the desk has the last word on seats.
func gone(was, is json.RawMessage) bool {
	var a, b []option
	if json.Unmarshal(was, &a) != nil || json.Unmarshal(is, &b) != nil {
		return true
	}
	times := map[string]string{}
	for _, o := range b {
		times[o.Number+o.Date] = o.Departure + o.Arrival
	}
	return slices.ContainsFunc(a, func(o option) bool { return times[o.Number+o.Date] != o.Departure+o.Arrival })
}

type searchArgs struct {
	Origin      string `json:"origin,omitempty"`
	Destination string `json:"destination,omitempty"`
	Date        string `json:"date,omitempty" jsonschema:"description=YYYY-MM-DD"`
	After       string `json:"after,omitempty" jsonschema:"description=leaves at or after HH:MM"`
	Before      string `json:"before,omitempty" jsonschema:"description=arrives before HH:MM"`
}

func (d desk) search(ctx context.Context, a searchArgs) ([]option, error) {
	t := live{ctx}
	r, err := d.own(t, "")
	if err != nil && (a.Origin == "" || a.Destination == "") {
		return nil, err
	}
	q := query{from: strings.ToUpper(a.Origin), to: strings.ToUpper(a.Destination), date: a.Date, cabin: airline.Economy, party: 1, now: d.Turn.Time}
	if err == nil {
		q = q.of(r)
	}
	found, err := q.find(t)
	return slices.DeleteFunc(found, func(o option) bool {
		return a.After != "" && o.Departure < a.After || a.Before != "" && o.Arrival >= a.Before
	}), err
}
