package rebooking

import (
	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// Cases rebuilds each case that waits from the rows as they are now. A View adds what the agent looks up.
func Cases(t *topology.Topology) topology.Stream[vocab.CustomerID, Case] {
	cases := topology.Join(topology.From(t, vocab.Cases), journeys.Table, newCase).Filter(Case.isUndecided)
	return topology.Lookup(cases, vocab.RuleBook, Case.rulesID, Case.withRules)
}

// A View adds to a case what the agent looks up: the row of the party's own flight, and what else flies
// there.
type View func(topology.Stream[vocab.CustomerID, Case]) topology.Stream[vocab.CustomerID, Case]

// LiveView is as current as the worker's copies of the tables.
func LiveView(cases topology.Stream[vocab.CustomerID, Case]) topology.Stream[vocab.CustomerID, Case] {
	cases = topology.Lookup(cases, flights.Table, Case.ownFlight, Case.withFlight)
	return topology.Lookup(cases, flights.Routes, Case.routeID, Case.withOffers)
}
