package concierge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/agent"
)

type bookArgs struct {
	Origin      string         `json:"origin,omitempty"`
	Destination string         `json:"destination,omitempty"`
	Type        string         `json:"flight_type,omitempty" enum:"one_way,round_trip"`
	Cabin       vocab.Cabin    `json:"cabin" enum:"basic_economy,economy,business"`
	Flights     []flight       `json:"flights"`
	Passengers  []person       `json:"passengers,omitempty" jsonschema:"who travels; defaults to the customer"`
	Payments    []payment      `json:"payment_methods,omitempty" jsonschema:"without an amount: whatever is left to pay"`
	Bags        int            `json:"total_baggages,omitempty"`
	Insurance   string         `json:"insurance,omitempty" enum:"yes,no"`
	Seat        vocab.SeatKind `json:"seat_preference,omitempty" enum:"window,aisle"`
}

// book sells flights. Code fills in where they go, what is to be paid and by which method.
func (d desk) book(ctx context.Context, a bookArgs) (agent.Terms, error) {
	t := liveTables(ctx)

	u, err := t.User(d.Key)
	if err != nil {
		return agent.Terms{}, err
	}

	who, err := passengersOf(a.Passengers, u, nil)
	if err != nil {
		return agent.Terms{}, err
	}

	booked, rows, err := d.flightRows(t, a.Flights)
	if err != nil {
		return agent.Terms{}, err
	}

	a = a.route(booked)
	extra := max(0, a.Bags-reservations.FreeBags(u.Membership, a.Cabin, len(who)))
	price := reservations.Price(prices(rows), a.Cabin, len(who), extra, a.Insurance == "yes")

	paid, err := split(u, a.Payments, price)
	if err != nil {
		return agent.Terms{}, err
	}

	args := map[string]any{
		"user_id":          d.Key,
		"origin":           a.Origin,
		"destination":      a.Destination,
		"flight_type":      a.Type,
		"cabin":            a.Cabin,
		"flights":          booked,
		"passengers":       who,
		"payment_methods":  paid,
		"total_baggages":   a.Bags,
		"nonfree_baggages": extra,
		"insurance":        cmp.Or(a.Insurance, "no"),
	}

	if seat := cmp.Or(a.Seat, preferredSeat(d.Row)); seat != "" {
		args["seat_preference"] = seat
	}

	return d.rehearseLeniently(t, vocab.BookReservation, args, a.Seat)
}

// prices returns what the seats of flights cost.
func prices(rows []flights.Flight) (all []vocab.Prices) {
	for _, f := range rows {
		all = append(all, f.Prices)
	}
	return all
}

// flightRows returns the flights to be booked, with their dates filled in, and their rows.
func (d desk) flightRows(t live, wanted []flight) ([]flight, []flights.Flight, error) {
	var rows []flights.Flight
	wanted, err := withRoutes(t, wanted)
	for i, f := range wanted {
		if wanted[i].Date, err = d.day(t, f.Date); err != nil {
			return nil, nil, err
		}

		row, err := t.Flight(wanted[i].id())
		if err != nil {
			return nil, nil, err
		}

		rows = append(rows, row)
	}

	return wanted, rows, err
}

// route fills in origin, destination and type. Flights that lead back to where they began are a round trip,
// whose destination is where the flights of the first day end.
func (a bookArgs) route(booked []flight) bookArgs {
	if len(booked) == 0 {
		return a
	}

	first, last := booked[0], booked[len(booked)-1]
	back := samePlace(first.origin, last.destination)
	a.Type = cmp.Or(a.Type, map[bool]string{true: "round_trip", false: "one_way"}[back])
	if back {
		turn := slices.IndexFunc(booked, func(f flight) bool { return f.Date != first.Date })
		last = booked[max(turn, len(booked)/2, 1)-1]
	}

	a.Origin = cmp.Or(first.origin, a.Origin)
	a.Destination = cmp.Or(last.destination, a.Destination)

	return a
}

// A person is a passenger, as far as the customer has named them.
type person struct {
	First string `json:"first_name"`
	Last  string `json:"last_name,omitempty"`
	Born  string `json:"dob,omitempty" jsonschema:"YYYY-MM-DD"`
}

// passengersOf returns the passengers that are meant, with what is known of them filled in. It defaults to
// the customer.
func passengersOf(named []person, u payments.User, also []vocab.Passenger) ([]vocab.Passenger, error) {
	self := vocab.Passenger{FirstName: u.Name.First, LastName: u.Name.Last, Born: u.Born}
	if len(named) == 0 {
		return []vocab.Passenger{self}, nil
	}

	var all []vocab.Passenger
	known := slices.Concat(also, []vocab.Passenger{self}, u.SavedPassengers)
	for _, p := range named {
		one := vocab.Passenger{FirstName: p.First, LastName: p.Last, Born: p.Born}
		if i := slices.IndexFunc(known, p.is); i >= 0 {
			one.LastName = cmp.Or(p.Last, known[i].LastName)
			one.Born = cmp.Or(p.Born, known[i].Born)
		}

		if one.LastName == "" || one.Born == "" {
			return nil, fmt.Errorf("%s: the last name and the date of birth are needed: ask for them",
				p.First)
		}
		all = append(all, one)
	}

	return all, nil
}

func (p person) is(k vocab.Passenger) bool {
	return strings.EqualFold(p.First, k.FirstName) && (p.Last == "" || strings.EqualFold(p.Last, k.LastName))
}
