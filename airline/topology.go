package airline

import (
	"time"

	"github.com/slipstream-go/slipstream/topology"
)

// New declares the airline's assistant. The agent decides cases: Policy, or Agent with a model. Of the bounds, Changed
// is the airline's own; the others default to those of topology.Policy.
//
// Parts are further agents, which speak with these by topics, or have a place in a customer's row.
func New(agent topology.Operator[Case, Decision], bounds topology.Policy[Case], parts ...Part) *topology.Topology {
	t := declare(agent, bounds, live)
	for _, declare := range parts {
		declare(t)
	}
	return t
}

// A Part declares what belongs to the airline's topology and is not in this package.
type Part func(*topology.Topology)

func declare(agent topology.Operator[Case, Decision], bounds topology.Policy[Case], look view) *topology.Topology {
	t := topology.New("airline")
	topology.Configure(t, FlightEvents, topology.TopicConfig[FlightEvent]{Time: func(e FlightEvent) time.Time { return e.Time }})
	topology.Configure(t, CustomerEvents, topology.TopicConfig[CustomerEvent]{Time: func(e CustomerEvent) time.Time { return e.Time }})
	topology.Configure(t, ReservationEvents, topology.TopicConfig[ReservationEvent]{Time: func(e ReservationEvent) time.Time { return e.Time }})
	topology.Configure(t, Commands, topology.TopicConfig[Command]{Time: func(c Command) time.Time { return c.Time }})
	topology.Configure(t, Decisions, topology.TopicConfig[Decision]{Headers: func(d Decision) map[string]string { return d.Provenance }})

	topology.Fold(RuleBook, topology.From(t, Policies).Check(Rules.Valid), Rules.newer)
	router(t)
	operations(t)
	topology.Fold(Routes, topology.From(t, RouteUpdates), Offers.withUpdate)
	waitlists(t)
	topology.Fold(Timetables, topology.From(t, Listings), topology.Latest)
	reservationDesk(t)
	paymentDesk(t)
	assistant(t, agent, bounds, look)
	notifier(t)
	return t
}

// operations has one row per flight. It watches what happens to the flight, and is the desk for its seats.
func operations(t *topology.Topology) {
	events := underRules(topology.From(t, FlightEvents).Check(FlightEvent.Valid))
	requests := topology.Lookup(underRules(topology.From(t, SeatRequests)), Timetables, flightCase[SeatRequest].number, flightCase[SeatRequest].withNumber)
	effects := topology.Merge(
		topology.Apply(Flights, events, Flight.withEvent),
		topology.Apply(Flights, requests, Flight.withRequest))

	topology.Route(effects, func(e flightEffect) *Disruption { return e.Disruption }, Disruptions,
		func(d Disruption, _ FlightID) (CustomerID, Disruption) { return d.Customer, d })
	topology.Route(effects, func(e flightEffect) *SeatReply { return e.Reply }, SeatReplies,
		func(r SeatReply, _ FlightID) (ReservationID, SeatReply) { return r.Reservation, r })
	topology.Route(effects, func(e flightEffect) *RouteUpdate { return e.Update }, RouteUpdates,
		func(u RouteUpdate, _ FlightID) (RouteID, RouteUpdate) { return u.Route, u })
	topology.Route(effects, func(e flightEffect) *Timetable { return e.Listing }, Listings,
		func(l Timetable, _ FlightID) (FlightNumber, Timetable) { return FlightNumber(l.FlightNumber), l })
	topology.Route(effects, func(e flightEffect) *occasion { return e.Occasion }, Messages, toCustomer)
	topology.Fold(Flights, topology.From(t, SeatWishes), Flight.withSeatWish)
}

// assistant has one row per customer. A disruption opens a case; the agent proposes; the desk grants; then it is final.
func assistant(t *topology.Topology, agent topology.Operator[Case, Decision], bounds topology.Policy[Case], look view) {
	bounds.Changed = changed
	proposals, unsettled := topology.Async(look(cases(t)), "rebook", agent, bounds)

	events := topology.Events(topology.From(t, CustomerEvents).Check(CustomerEvent.Valid))
	updates := rule(topology.From(t, ReservationUpdates))
	effects := topology.Merge(
		topology.Apply(Customers, events, Customer.onEvent),
		topology.Apply(Customers, topology.From(t, Disruptions), Customer.withDisruption),
		topology.Apply(Customers, topology.Map(topology.Events(proposals), signed), Customer.withProposal),
		topology.Apply(Customers, unsettled, Customer.onFailure),
		topology.Apply(Customers, updates, Customer.onUpdate))

	topology.Route(effects, func(e customerEffect) *Order { return e.Order }, Orders, byReservation)
	topology.FilterMap(effects, func(e customerEffect) *Ask { return e.Ask }).To(Cases)
	topology.FilterMap(effects, func(e customerEffect) *Decision { return e.Decision }).To(Decisions)
	topology.Route(effects, func(e customerEffect) *FlightWish { return e.Wish }, FlightWishes,
		func(w FlightWish, _ CustomerID) (RouteID, FlightWish) { return w.Route, w })
	topology.Route(effects, func(e customerEffect) *SeatWish { return e.SeatWish }, SeatWishes,
		func(w SeatWish, _ CustomerID) (FlightID, SeatWish) { return w.Flight, w })
	topology.FilterMap(effects, func(e customerEffect) *Notification { return e.Done }).To(Notifications)
}

// cases rebuilds each case that waits from the rows as they are now; what else the agent sees is the view's.
func cases(t *topology.Topology) topology.Stream[CustomerID, Case] {
	cases := topology.Join(topology.From(t, Cases), Customers, newCase).Filter(Case.isOpen)
	return topology.Lookup(cases, RuleBook, Case.rulesID, Case.withRules)
}

// notifier tells customers and people what decisions have become final. What commands have done the customer's row tells.
func notifier(t *topology.Topology) {
	decisions := topology.From(t, Decisions)
	topology.Map(decisions, Decision.notification).To(Notifications)
	topology.Map(decisions.Filter(Decision.isEscalated), Decision.escalation).To(Escalations)
}

// underRules adds the key of an event for a flight, and the rules in force.
func underRules[E any](s topology.Stream[FlightID, E]) topology.Stream[FlightID, flightCase[E]] {
	return topology.Lookup(topology.Events(s), RuleBook, func(topology.Event[FlightID, E]) RulesID { return RulesKey },
		func(e topology.Event[FlightID, E], r Rules) flightCase[E] {
			return flightCase[E]{Flight: e.Key, Event: e.Value, Rules: r.orDefault()}
		})
}

// signed puts into a decision who made it, and what it was made of: the headers of the answer say so.
func signed(e topology.Event[CustomerID, Decision]) Decision {
	d := e.Value
	d.DecidedBy, d.Model, d.Provenance = e.Headers["ce_decidedby"], e.Headers["ce_model"], e.Headers
	return d
}

// rule adds the rules in force.
func rule[K ~string, E any](s topology.Stream[K, E]) topology.Stream[K, ruled[E]] {
	return topology.Lookup(s, RuleBook, func(E) RulesID { return RulesKey }, func(e E, r Rules) ruled[E] { return ruled[E]{e, r.orDefault()} })
}

func (c flightCase[E]) number() FlightNumber { return FlightNumber(c.Flight.Number()) }

func (c flightCase[E]) withNumber(t Timetable) flightCase[E] {
	c.Number = t.Exists()
	return c
}

func (c Customer) onUpdate(u ruled[ReservationUpdate]) (Customer, []customerEffect) {
	return c.withUpdate(u.Event, u.Rules)
}

func (c Customer) onEvent(e topology.Event[CustomerID, CustomerEvent]) (Customer, []customerEffect) {
	return c.withEvent(e.Key, e.Value)
}

func (c Customer) onFailure(f topology.Failure[Case]) (Customer, []customerEffect) {
	return c.withFailure(f.Case, f.Cause)
}

func (d Decision) isEscalated() bool { return d.Outcome == Escalated }
