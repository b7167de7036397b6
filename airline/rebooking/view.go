package rebooking

import (
	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// cases rebuilds each case that waits from the rows as they are now; what else the agent sees is the view's.
func Cases(t *topology.Topology) topology.Stream[vocab.CustomerID, Case] {
	cases := topology.Join(topology.From(t, vocab.Cases), journeys.Table, newCase).Filter(Case.isOpen)
	return topology.Lookup(cases, vocab.RuleBook, Case.rulesID, Case.withRules)
}

// A view adds to a case what the agent looks up: the row of its own flight, and what else goes there.
type View func(topology.Stream[vocab.CustomerID, Case]) topology.Stream[vocab.CustomerID, Case]

// live is a view as current as the worker's copies of the tables.
func LiveView(cases topology.Stream[vocab.CustomerID, Case]) topology.Stream[vocab.CustomerID, Case] {
	cases = topology.Lookup(cases, flights.Table, Case.ownFlight, Case.withFlight)
	return topology.Lookup(cases, flights.Routes, Case.routeID, Case.withOffers)
}
