package lookup

import (
	"context"
	"iter"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Tables have the rows that the tools look into. A row that is not there is the zero value. An error means
// that the row can't be read.
type Tables interface {
	Flight(vocab.FlightID) (flights.Flight, error)
	Reservation(vocab.ReservationID) (reservations.Reservation, error)
	User(vocab.CustomerID) (payments.User, error)
	Timetable(vocab.FlightNumber) (vocab.Timetable, error)

	// Routes yields the rows whose keys start with prefix, such as PHX-. It ends with the first error.
	Routes(prefix vocab.RouteID) iter.Seq2[topology.Row[vocab.RouteID, flights.Offers], error]
}

// Reads are the tables that Live looks into, for a Policy.Reads.
var Reads = []topology.Readable{flights.Table, reservations.Table, payments.Table, flights.Timetables,
	flights.Routes}

// Live returns the tables as a worker's copies have them at the moment of each call. The context is that of
// an operator's Decide or Check.
func Live(ctx context.Context) Tables { return copies{ctx} }

type copies struct{ ctx context.Context }

func (c copies) Flight(id vocab.FlightID) (flights.Flight, error) {
	return topology.Get(c.ctx, flights.Table, id)
}

func (c copies) Reservation(id vocab.ReservationID) (reservations.Reservation, error) {
	return topology.Get(c.ctx, reservations.Table, id)
}

func (c copies) User(id vocab.CustomerID) (payments.User, error) {
	return topology.Get(c.ctx, payments.Table, id)
}

func (c copies) Timetable(number vocab.FlightNumber) (vocab.Timetable, error) {
	return topology.Get(c.ctx, flights.Timetables, number)
}

func (c copies) Routes(prefix vocab.RouteID) iter.Seq2[topology.Row[vocab.RouteID, flights.Offers], error] {
	return topology.Scan(c.ctx, flights.Routes, prefix)
}
