package concierge

import (
	"context"
	"iter"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/topology"
)

// live are the airline's tables, as this worker's copies have them now.
type live struct{ ctx context.Context }

// reads are the tables that live looks into.
var reads = []topology.Readable{airline.Flights, airline.Reservations, airline.Users, airline.Timetables, airline.Routes, airline.RuleBook}

func (l live) Flight(id airline.FlightID) (airline.Flight, error) {
	return topology.Get(l.ctx, airline.Flights, id)
}

func (l live) Reservation(id airline.ReservationID) (airline.Reservation, error) {
	return topology.Get(l.ctx, airline.Reservations, id)
}

func (l live) User(id airline.CustomerID) (airline.User, error) {
	return topology.Get(l.ctx, airline.Users, id)
}

func (l live) Timetable(number airline.FlightNumber) (airline.Timetable, error) {
	return topology.Get(l.ctx, airline.Timetables, number)
}

// Routes passes the routes whose keys begin so. A table that can't be read has none; the tools read others beside it,
// whose errors tell.
func (l live) Routes(prefix airline.RouteID) iter.Seq2[airline.RouteID, airline.Offers] {
	return func(yield func(airline.RouteID, airline.Offers) bool) {
		for row, err := range topology.Scan(l.ctx, airline.Routes, prefix) {
			if err != nil || !yield(row.Key, row.Value) {
				return
			}
		}
	}
}

// rules are those in force.
func (l live) rules() (airline.Rules, error) {
	r, err := topology.Get(l.ctx, airline.RuleBook, airline.RulesKey)
	if err == nil && r.Version == 0 {
		r = airline.DefaultRules
	}
	return r, err
}
