package airline

import (
	"context"
	"iter"

	"github.com/slipstream-go/slipstream/topology"
)

// Tables are the rows that the tools which only read look into. A row that is not there is the zero value; an error means
// that it can't be read.
type Tables interface {
	Flight(FlightID) (Flight, error)
	Reservation(ReservationID) (Reservation, error)
	User(CustomerID) (User, error)
	Timetable(FlightNumber) (Timetable, error)
	// Routes are all whose keys start with prefix, such as "PHX-". An error is the last.
	Routes(prefix RouteID) iter.Seq2[topology.Row[RouteID, Offers], error]
}

// Reads are the tables that [Live] looks into, for a Policy.Reads.
var Reads = []topology.Readable{Flights, Reservations, Users, Timetables, Routes}

// Live are the tables as a worker's copies have them at the moment of each call. The context is that of an operator's
// Decide or Recheck.
func Live(ctx context.Context) Tables { return copies{ctx} }

type copies struct{ ctx context.Context }

func (c copies) Flight(id FlightID) (Flight, error) { return topology.Get(c.ctx, Flights, id) }

func (c copies) Reservation(id ReservationID) (Reservation, error) {
	return topology.Get(c.ctx, Reservations, id)
}

func (c copies) User(id CustomerID) (User, error) { return topology.Get(c.ctx, Users, id) }

func (c copies) Timetable(number FlightNumber) (Timetable, error) {
	return topology.Get(c.ctx, Timetables, number)
}

func (c copies) Routes(prefix RouteID) iter.Seq2[topology.Row[RouteID, Offers], error] {
	return topology.Scan(c.ctx, Routes, prefix)
}
