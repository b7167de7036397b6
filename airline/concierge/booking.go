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

// book sells flights. Where they go, what is paid and by which method code can tell.
func (d desk) book(ctx context.Context, a bookArgs) (agent.Terms, error) {
	t := liveIn(ctx)
	u, err := t.User(d.Key)
	if err != nil {
		return agent.Terms{}, err
	}
	who, err := travelling(a.Passengers, u, nil)
	if err != nil {
		return agent.Terms{}, err
	}
	flights, rows, err := d.wanted(t, a.Flights)
	if err != nil {
		return agent.Terms{}, err
	}
	a = a.route(flights)
	extra := max(0, a.Bags-reservations.FreeBags(u.Membership, a.Cabin, len(who)))
	paid, err := shares(u, a.Payments, reservations.Price(prices(rows), a.Cabin, len(who), extra, a.Insurance == "yes"))
	if err != nil {
		return agent.Terms{}, err
	}
	args := map[string]any{"user_id": d.Key, "origin": a.Origin, "destination": a.Destination, "flight_type": a.Type, "cabin": a.Cabin, "flights": flights,
		"passengers": who, "payment_methods": paid, "total_baggages": a.Bags, "nonfree_baggages": extra, "insurance": cmp.Or(a.Insurance, "no")}
	if seat := cmp.Or(a.Seat, liked(d.Row)); seat != "" {
		args["seat_preference"] = seat
	}
	return d.relenting(t, vocab.BookReservation, args, a.Seat)
}

// prices are those of the flights.
func prices(rows []flights.Flight) (all []vocab.Prices) {
	for _, f := range rows {
		all = append(all, f.Prices)
	}
	return all
}

// wanted are flights that are to be booked, with their rows.
func (d desk) wanted(t live, list []flight) ([]flight, []flights.Flight, error) {
	var rows []flights.Flight
	list, err := routed(t, list)
	for i, f := range list {
		if list[i].Date, err = d.day(t, f.Date); err != nil {
			return nil, nil, err
		}
		row, err := t.Flight(list[i].id())
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
	return list, rows, err
}

// route fills in where flights lead: back to where they began is a round trip, to the end of the first day's flights.
func (a bookArgs) route(flights []flight) bookArgs {
	if len(flights) == 0 {
		return a
	}
	first, last := flights[0], flights[len(flights)-1]
	back := samePlace(first.origin, last.destination)
	a.Type = cmp.Or(a.Type, map[bool]string{true: "round_trip", false: "one_way"}[back])
	if back {
		turn := slices.IndexFunc(flights, func(f flight) bool { return f.Date != first.Date })
		last = flights[max(turn, len(flights)/2, 1)-1]
	}
	a.Origin, a.Destination = cmp.Or(first.origin, a.Origin), cmp.Or(last.destination, a.Destination)
	return a
}

// A person is somebody who is to travel, as far as the customer has said.
type person struct {
	First string `json:"first_name"`
	Last  string `json:"last_name,omitempty"`
	Born  string `json:"dob,omitempty" jsonschema:"YYYY-MM-DD"`
}

// travelling are the passengers that are meant; what is known of them is filled in. Nobody named is the customer alone.
func travelling(said []person, u payments.User, also []vocab.Passenger) (all []vocab.Passenger, err error) {
	self := vocab.Passenger{FirstName: u.Name.First, LastName: u.Name.Last, Born: u.Born}
	if len(said) == 0 {
		return []vocab.Passenger{self}, nil
	}
	known := slices.Concat(also, []vocab.Passenger{self}, u.SavedPassengers)
	for _, p := range said {
		one := vocab.Passenger{FirstName: p.First, LastName: p.Last, Born: p.Born}
		if i := slices.IndexFunc(known, p.is); i >= 0 {
			one.LastName, one.Born = cmp.Or(p.Last, known[i].LastName), cmp.Or(p.Born, known[i].Born)
		}
		if one.LastName == "" || one.Born == "" {
			return nil, fmt.Errorf("%s: the last name and the date of birth are needed: ask for them", p.First)
		}
		all = append(all, one)
	}
	return all, nil
}

func (p person) is(k vocab.Passenger) bool {
	return strings.EqualFold(p.First, k.FirstName) && (p.Last == "" || strings.EqualFold(p.Last, k.LastName))
}
