package airline

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/airline/waitlist"
	"github.com/slipstream-go/slipstream/topology"
)

// An Agent decides the cases of disrupted parties: rebooking.Policy, or rebooking.Agent with a model.
type Agent = topology.Operator[rebooking.Case, vocab.Decision]

// Bounds are those of an agent's calls. Changed is the airline's own. The others default to those of
// topology.Policy.
type Bounds = topology.Policy[rebooking.Case]

// A Part declares what belongs to the airline's topology and is in another package, such as a further agent.
type Part func(*topology.Topology)

// A Config is what an airline is declared of.
type Config struct {
	// Agent decides cases. It is required.
	Agent  Agent
	Bounds Bounds

	// RefreshEvery has the agent look things up as a batch pipeline would have loaded them: with all that
	// happened before the last full multiple of RefreshEvery in the day's time, and nothing that happened
	// since. An answer is checked against the same rows. Everything else is live: disruptions come as events,
	// and the rows that own the seats grant or refuse them. It is for measuring what a live view is worth.
	// Zero loads after each event. Defaults to a live view.
	RefreshEvery *time.Duration

	// Modes are the modes of the desks that rules may name. Defaults to vocab.Enforced alone.
	Modes vocab.DeskModes

	// Parts are declared last. Defaults to none.
	Parts []Part
}

// New declares an airline whose desks enforce its policy, and whose agent has a live view.
func New(agent Agent, bounds Bounds, parts ...Part) *topology.Topology {
	return Config{Agent: agent, Bounds: bounds, Parts: parts}.Topology()
}

// NewRefreshed declares the same airline as New, except for the agent's view. See Config.RefreshEvery.
func NewRefreshed(agent Agent, bounds Bounds, every time.Duration) *topology.Topology {
	return Config{Agent: agent, Bounds: bounds, RefreshEvery: &every}.Topology()
}

// Topology declares the airline. Each of these functions declares one table, or what stands between the
// tables.
func (c Config) Topology() *topology.Topology {
	t := topology.New("airline")
	configureTopics(t)

	c.rules(t)
	c.commands(t)
	c.flights(t)
	c.routes(t)
	c.waitlists(t)
	c.timetables(t)
	c.reservations(t)
	c.users(t)
	c.customers(t)
	c.notifications(t)

	if c.RefreshEvery != nil {
		rebooking.Refresh(t, *c.RefreshEvery)
	}

	for _, declare := range c.Parts {
		declare(t)
	}

	return t
}

// rules has one row: the rules in force.
func (c Config) rules(t *topology.Topology) {
	topology.Fold(vocab.RuleBook, topology.From(t, vocab.Policies).Check(c.Modes.Valid), vocab.Rules.Newer)
}

// commands takes each command to the desk that coordinates it. A command that can't be read has its result at
// once.
func (c Config) commands(t *topology.Topology) {
	routed := topology.Map(topology.Events(topology.From(t, vocab.Commands)), reservations.Route)
	topology.Route(routed, orderToReservation, vocab.Orders, toReservation)
	topology.Route(routed, orderToUser, vocab.CertificateOrders, toOwner)
	topology.Route(routed, immediateResult, vocab.Results, toCaller)
}

// flights has one row per flight. It watches what happens to the flight, and is the desk for its seats.
func (c Config) flights(t *topology.Topology) {
	events := flights.UnderRules(topology.From(t, vocab.FlightEvents).Check(vocab.FlightEvent.Valid), c.Modes)
	requests := flights.UnderRules(topology.From(t, vocab.SeatRequests), c.Modes)
	requests = topology.Lookup(requests, flights.Timetables,
		flights.Input[vocab.SeatRequest].FlightNumber, flights.Input[vocab.SeatRequest].WithTimetable)
	effects := topology.Merge(
		topology.Apply(flights.Table, events, flights.Flight.OnEvent),
		topology.Apply(flights.Table, requests, flights.Flight.OnRequest))

	topology.Route(effects, disruption, vocab.Disruptions, toHolder)
	topology.Route(effects, seatReply, vocab.SeatReplies, toSeatRequester)
	topology.Route(effects, routeUpdate, vocab.RouteUpdates, toRoute)
	topology.Route(effects, listing, vocab.Listings, toTimetable)
	topology.Route(effects, seatOccasion, vocab.Messages, toCustomer)
	topology.Fold(flights.Table, topology.From(t, vocab.SeatWishes), flights.Flight.OnSeatWish)
}

// routes has one row per route: the flights that can still be taken.
func (c Config) routes(t *topology.Topology) {
	topology.Fold(flights.Routes, topology.From(t, vocab.RouteUpdates), flights.Offers.OnUpdate)
}

// waitlists has one row per route: the parties who would rather take another of its flights.
func (c Config) waitlists(t *topology.Topology) {
	topology.Fold(waitlist.Table, topology.From(t, vocab.FlightWishes), waitlist.Waitlist.OnWish)

	updates := vocab.UnderRules(topology.From(t, vocab.RouteUpdates), c.Modes)
	awaited := topology.Join(updates, waitlist.Table, waitlist.Await).Filter(waitlist.Update.IsAwaited)
	occasions := topology.Apply(waitlist.Table, awaited, waitlist.Waitlist.OnUpdate)
	topology.Rekey(occasions, vocab.Messages, toCustomer)
}

// timetables has one row per flight number.
func (c Config) timetables(t *topology.Topology) {
	topology.Fold(flights.Timetables, topology.From(t, vocab.Listings), topology.Latest)
}

// reservations has one row per reservation. It coordinates each command: no other desk knows what a request
// is for.
func (c Config) reservations(t *topology.Topology) {
	orders := vocab.UnderRules(topology.From(t, vocab.Orders), c.Modes)
	seats := vocab.UnderRules(topology.From(t, vocab.SeatReplies), c.Modes)
	payments := vocab.UnderRules(topology.From(t, vocab.PaymentReplies), c.Modes)
	events := topology.Events(topology.From(t, vocab.ReservationEvents).Check(vocab.ReservationEvent.Valid))
	effects := topology.Merge(
		topology.Apply(reservations.Table, orders, reservations.Reservation.OnOrder),
		topology.Apply(reservations.Table, seats, reservations.Reservation.OnSeats),
		topology.Apply(reservations.Table, payments, reservations.Reservation.OnPayment),
		topology.Apply(reservations.Table, events, reservations.Reservation.OnEvent))

	topology.Route(effects, seatRequest, vocab.SeatRequests, toFlight)
	topology.Route(effects, paymentRequest, vocab.PaymentRequests, toUser)
	topology.Route(effects, reservationUpdate, vocab.ReservationUpdates, toTraveller)
	topology.Route(effects, forwarded, vocab.Orders, toReservation)
	topology.Route(effects, result, vocab.Results, toCaller)
}

// users has one row per user. Money and certificates change there alone.
func (c Config) users(t *topology.Topology) {
	requests := topology.From(t, vocab.PaymentRequests)
	replies := topology.Apply(payments.Table, requests, payments.User.OnRequest)
	topology.Rekey(replies, vocab.PaymentReplies, toPaymentRequester)

	orders := vocab.UnderRules(topology.From(t, vocab.CertificateOrders), c.Modes)
	results := topology.Apply(payments.Table, orders, payments.User.OnOrder)
	topology.Rekey(results, vocab.Results, toCaller)

	events := topology.Events(topology.From(t, vocab.CustomerEvents).Check(vocab.CustomerEvent.Valid))
	topology.Fold(payments.Table, events, payments.User.OnEvent)
}

// customers has one row per customer. A disruption opens a case, the agent proposes, the desks grant, and
// then the decision is final.
func (c Config) customers(t *topology.Topology) {
	view := rebooking.LiveView
	if c.RefreshEvery != nil {
		view = rebooking.RefreshedView(*c.RefreshEvery)
	}
	c.Bounds.Changed = rebooking.Changed
	proposals, unsettled := topology.Async(view(rebooking.Cases(t)), "rebook", c.Agent, c.Bounds)

	events := topology.Events(topology.From(t, vocab.CustomerEvents).Check(vocab.CustomerEvent.Valid))
	updates := vocab.UnderRules(topology.From(t, vocab.ReservationUpdates), c.Modes)
	signed := topology.Map(topology.Events(proposals), sign)
	effects := topology.Merge(
		topology.Apply(journeys.Table, events, journeys.Customer.OnEvent),
		topology.Apply(journeys.Table, topology.From(t, vocab.Disruptions), journeys.Customer.OnDisruption),
		topology.Apply(journeys.Table, signed, journeys.Customer.OnProposal),
		topology.Apply(journeys.Table, unsettled, onUnsettled),
		topology.Apply(journeys.Table, updates, journeys.Customer.OnUpdate))

	topology.Route(effects, order, vocab.Orders, toReservation)
	topology.FilterMap(effects, ask).To(vocab.Cases)
	topology.FilterMap(effects, decision).To(vocab.Decisions)
	topology.Route(effects, flightWish, vocab.FlightWishes, toWaitlist)
	topology.Route(effects, seatWish, vocab.SeatWishes, toWishedFlight)
	topology.FilterMap(effects, commandDone).To(vocab.Notifications)
}

// notifications tells customers and people which decisions have become final. The customer's row tells what
// commands have done.
func (c Config) notifications(t *topology.Topology) {
	decisions := topology.From(t, vocab.Decisions)
	topology.Map(decisions, vocab.Decision.Notification).To(vocab.Notifications)
	topology.Map(decisions.Filter(vocab.Decision.IsEscalated),
		vocab.Decision.Escalation).To(vocab.Escalations)
}
