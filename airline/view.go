package airline

import (
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

// A view adds to a case what the agent looks up: the row of its own flight, and what else goes there.
type view func(topology.Stream[CustomerID, Case]) topology.Stream[CustomerID, Case]

// live is a view as current as the worker's copies of the tables.
func live(cases topology.Stream[CustomerID, Case]) topology.Stream[CustomerID, Case] {
	cases = topology.Lookup(cases, Flights, Case.own, Case.withFlight)
	return topology.Lookup(cases, Routes, Case.routeID, Case.withOffers)
}

// now is the day's time at which a case is looked at, as far as events have told it.
func (c Case) now() time.Time { return later(c.Time, c.AsOf) }
