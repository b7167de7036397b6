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
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
)

// A Config says what an airline is declared of.
type Config struct {
	// Agent decides cases: rebooking.Policy, or rebooking.Agent with a model. It is required.
	Agent topology.Operator[rebooking.Case, vocab.Decision]

	// Bounds are those of the agent's calls. Changed is the airline's own; the others default to those of topology.Policy.
	Bounds topology.Policy[rebooking.Case]

	// RefreshEvery is how often a batch pipeline would load what the agent looks up: it sees all that happened before the
	// last full multiple of it in the day's time (of the hour, for an hour), and nothing that happened since. All else is
	// live: disruptions still come as events, and the rows that own the seats grant or refuse them. An answer is checked
	// against the loaded rows, too. It is for measuring what a live view is worth. Defaults to a live view.
	RefreshEvery *time.Duration

	// Modes are those that the rules may put the desks into. Defaults to vocab.Enforced alone.
	Modes vocab.DeskModes

	// Parts are further agents, which speak with these by topics, or have a place in a customer's row.
	Parts []Part
}

// A Part declares what belongs to the airline's topology and is in another package.
type Part func(*topology.Topology)

// New declares an airline whose desks enforce its policy, and whose agent has a live view.
func New(agent topology.Operator[rebooking.Case, vocab.Decision], bounds topology.Policy[rebooking.Case], parts ...Part) *topology.Topology {
	return Config{Agent: agent, Bounds: bounds, Parts: parts}.Topology()
}

// NewRefreshed declares the same airline as New, but for the agent's view: see Config.RefreshEvery.
func NewRefreshed(agent topology.Operator[rebooking.Case, vocab.Decision], bounds topology.Policy[rebooking.Case], every time.Duration) *topology.Topology {
	return Config{Agent: agent, Bounds: bounds, RefreshEvery: &every}.Topology()
}

// Topology declares the airline.
func (c Config) Topology() *topology.Topology {
	t := topology.New("airline")
	topics(t)

	topology.Fold(vocab.RuleBook, topology.From(t, vocab.Policies).Check(c.Modes.Valid), vocab.Rules.Newer)
	router(t)
	c.operations(t)
	topology.Fold(flights.Routes, topology.From(t, vocab.RouteUpdates), flights.Offers.OnUpdate)
	c.waitlists(t)
	topology.Fold(flights.Timetables, topology.From(t, vocab.Listings), topology.Latest)
	c.reservationDesk(t)
	c.paymentDesk(t)
	c.assistant(t)
	notifier(t)

	if c.RefreshEvery != nil {
		rebooking.Refresh(t, *c.RefreshEvery)
	}
	for _, declare := range c.Parts {
		declare(t)
	}
	return t
}

// topics says which time and which headers the events have.
func topics(t *topology.Topology) {
	topology.Configure(t, vocab.FlightEvents, topology.TopicConfig[vocab.FlightEvent]{Time: func(e vocab.FlightEvent) time.Time { return e.Time }})
	topology.Configure(t, vocab.CustomerEvents, topology.TopicConfig[vocab.CustomerEvent]{Time: func(e vocab.CustomerEvent) time.Time { return e.Time }})
	topology.Configure(t, vocab.ReservationEvents, topology.TopicConfig[vocab.ReservationEvent]{Time: func(e vocab.ReservationEvent) time.Time { return e.Time }})
	topology.Configure(t, vocab.Commands, topology.TopicConfig[vocab.Command]{Time: func(c vocab.Command) time.Time { return c.Time }})
	topology.Configure(t, vocab.Decisions, topology.TopicConfig[vocab.Decision]{Headers: func(d vocab.Decision) map[string]string { return d.Provenance }})
}

// router takes each command to the desk that coordinates it. What can't be read has its result at once.
func router(t *topology.Topology) {
	routed := topology.Map(topology.Events(topology.From(t, vocab.Commands)), reservations.Route)
	topology.Route(routed, func(r reservations.Routed) *vocab.Order { return r.Reservation }, vocab.Orders, byReservation)
	topology.Route(routed, func(r reservations.Routed) *vocab.Order { return r.User }, vocab.CertificateOrders, byUser)
	topology.Route(routed, func(r reservations.Routed) *vocab.Answer { return r.Result }, vocab.Results, byCaller)
}

// operations has one row per flight. It watches what happens to the flight, and is the desk for its seats.
func (c Config) operations(t *topology.Topology) {
	events := flights.UnderRules(topology.From(t, vocab.FlightEvents).Check(vocab.FlightEvent.Valid), c.Modes)
	requests := topology.Lookup(flights.UnderRules(topology.From(t, vocab.SeatRequests), c.Modes), flights.Timetables, flights.Input[vocab.SeatRequest].FlightNumber, flights.Input[vocab.SeatRequest].WithTimetable)
	effects := topology.Merge(
		topology.Apply(flights.Table, events, flights.Flight.OnEvent),
		topology.Apply(flights.Table, requests, flights.Flight.OnRequest))

	topology.Route(effects, func(e flights.Effect) *vocab.Disruption { return e.Disruption }, vocab.Disruptions,
		func(d vocab.Disruption, _ vocab.FlightID) (vocab.CustomerID, vocab.Disruption) { return d.Customer, d })
	topology.Route(effects, func(e flights.Effect) *vocab.SeatReply { return e.Reply }, vocab.SeatReplies,
		func(r vocab.SeatReply, _ vocab.FlightID) (vocab.ReservationID, vocab.SeatReply) {
			return r.Reservation, r
		})
	topology.Route(effects, func(e flights.Effect) *vocab.RouteUpdate { return e.Update }, vocab.RouteUpdates,
		func(u vocab.RouteUpdate, _ vocab.FlightID) (vocab.RouteID, vocab.RouteUpdate) { return u.Route, u })
	topology.Route(effects, func(e flights.Effect) *vocab.Timetable { return e.Listing }, vocab.Listings,
		func(l vocab.Timetable, _ vocab.FlightID) (vocab.FlightNumber, vocab.Timetable) {
			return vocab.FlightNumber(l.FlightNumber), l
		})
	topology.Route(effects, func(e flights.Effect) *vocab.Occasion { return e.Occasion }, vocab.Messages, toCustomer)
	topology.Fold(flights.Table, topology.From(t, vocab.SeatWishes), flights.Flight.OnSeatWish)
}

// reservationDesk has one row per reservation. It coordinates each command: no other desk knows what it is for.
func (c Config) reservationDesk(t *topology.Topology) {
	effects := topology.Merge(
		topology.Apply(reservations.Table, vocab.UnderRules(topology.From(t, vocab.Orders), c.Modes), reservations.Reservation.OnOrder),
		topology.Apply(reservations.Table, vocab.UnderRules(topology.From(t, vocab.SeatReplies), c.Modes), reservations.Reservation.OnSeats),
		topology.Apply(reservations.Table, vocab.UnderRules(topology.From(t, vocab.PaymentReplies), c.Modes), reservations.Reservation.OnPayment),
		topology.Apply(reservations.Table, topology.Events(topology.From(t, vocab.ReservationEvents).Check(vocab.ReservationEvent.Valid)), reservations.Reservation.OnEvent))

	topology.Route(effects, func(e reservations.Effect) *vocab.SeatRequest { return e.Seats }, vocab.SeatRequests,
		func(r vocab.SeatRequest, _ vocab.ReservationID) (vocab.FlightID, vocab.SeatRequest) {
			return r.Flight, r
		})
	topology.Route(effects, func(e reservations.Effect) *vocab.PaymentRequest { return e.Payment }, vocab.PaymentRequests,
		func(r vocab.PaymentRequest, _ vocab.ReservationID) (vocab.CustomerID, vocab.PaymentRequest) {
			return r.User, r
		})
	topology.Route(effects, func(e reservations.Effect) *vocab.ReservationUpdate { return e.Update }, vocab.ReservationUpdates,
		func(u vocab.ReservationUpdate, _ vocab.ReservationID) (vocab.CustomerID, vocab.ReservationUpdate) {
			return u.Customer, u
		})
	topology.Route(effects, func(e reservations.Effect) *vocab.Order { return e.Forward }, vocab.Orders, byReservation)
	topology.Route(effects, func(e reservations.Effect) *vocab.Answer { return e.Result }, vocab.Results, byCaller)
}

// paymentDesk has one row per user: money and certificates change there alone.
func (c Config) paymentDesk(t *topology.Topology) {
	replies := topology.Apply(payments.Table, topology.From(t, vocab.PaymentRequests), payments.User.OnRequest)
	topology.Rekey(replies, vocab.PaymentReplies, func(r vocab.PaymentReply, _ vocab.CustomerID) (vocab.ReservationID, vocab.PaymentReply) {
		return r.Reservation, r
	})
	results := topology.Apply(payments.Table, vocab.UnderRules(topology.From(t, vocab.CertificateOrders), c.Modes), payments.User.OnOrder)
	topology.Rekey(results, vocab.Results, byCaller)
	topology.Fold(payments.Table, topology.Events(topology.From(t, vocab.CustomerEvents).Check(vocab.CustomerEvent.Valid)), payments.User.OnEvent)
}

// assistant has one row per customer. A disruption opens a case; the agent proposes; the desk grants; then it is final.
func (c Config) assistant(t *topology.Topology) {
	look := rebooking.LiveView
	if c.RefreshEvery != nil {
		look = rebooking.RefreshedView(*c.RefreshEvery)
	}
	c.Bounds.Changed = rebooking.Changed
	proposals, unsettled := topology.Async(look(rebooking.Cases(t)), "rebook", c.Agent, c.Bounds)

	events := topology.Events(topology.From(t, vocab.CustomerEvents).Check(vocab.CustomerEvent.Valid))
	updates := vocab.UnderRules(topology.From(t, vocab.ReservationUpdates), c.Modes)
	effects := topology.Merge(
		topology.Apply(journeys.Table, events, journeys.Customer.OnEvent),
		topology.Apply(journeys.Table, topology.From(t, vocab.Disruptions), journeys.Customer.OnDisruption),
		topology.Apply(journeys.Table, topology.Map(topology.Events(proposals), signed), journeys.Customer.OnProposal),
		topology.Apply(journeys.Table, unsettled, onUnsettled),
		topology.Apply(journeys.Table, updates, journeys.Customer.OnUpdate))

	topology.Route(effects, func(e journeys.Effect) *vocab.Order { return e.Order }, vocab.Orders, byReservation)
	topology.FilterMap(effects, func(e journeys.Effect) *vocab.Ask { return e.Ask }).To(vocab.Cases)
	topology.FilterMap(effects, func(e journeys.Effect) *vocab.Decision { return e.Decision }).To(vocab.Decisions)
	topology.Route(effects, func(e journeys.Effect) *vocab.FlightWish { return e.Wish }, vocab.FlightWishes,
		func(w vocab.FlightWish, _ vocab.CustomerID) (vocab.RouteID, vocab.FlightWish) { return w.Route, w })
	topology.Route(effects, func(e journeys.Effect) *vocab.SeatWish { return e.SeatWish }, vocab.SeatWishes,
		func(w vocab.SeatWish, _ vocab.CustomerID) (vocab.FlightID, vocab.SeatWish) { return w.Flight, w })
	topology.FilterMap(effects, func(e journeys.Effect) *vocab.Notification { return e.Done }).To(vocab.Notifications)
}

// waitlists has one row per route: who would rather be on another of its flights.
func (c Config) waitlists(t *topology.Topology) {
	topology.Fold(waitlist.Table, topology.From(t, vocab.FlightWishes), waitlist.Waitlist.OnWish)
	updates := topology.Join(vocab.UnderRules(topology.From(t, vocab.RouteUpdates), c.Modes), waitlist.Table, waitlist.Await).Filter(waitlist.Update.IsAwaited)
	occasions := topology.Apply(waitlist.Table, updates, waitlist.Waitlist.OnUpdate)
	topology.Rekey(occasions, vocab.Messages, toCustomer)
}

// notifier tells customers and people what decisions have become final. What commands have done the customer's row tells.
func notifier(t *topology.Topology) {
	decisions := topology.From(t, vocab.Decisions)
	topology.Map(decisions, vocab.Decision.Notification).To(vocab.Notifications)
	topology.Map(decisions.Filter(vocab.Decision.IsEscalated), vocab.Decision.Escalation).To(vocab.Escalations)
}

func onUnsettled(c journeys.Customer, f topology.Failure[rebooking.Case]) (journeys.Customer, []journeys.Effect) {
	return c.OnUnsettled(rebooking.Unsettled(f.Case, f.Cause))
}

// signed puts into a decision who made it, and what it was made of: the headers of the answer say so.
func signed(e topology.Event[vocab.CustomerID, vocab.Decision]) vocab.Decision {
	d := e.Value
	d.DecidedBy, d.Model, d.Provenance = e.Headers["ce_decidedby"], e.Headers["ce_model"], e.Headers
	return d
}

func byReservation[K ~string](o vocab.Order, _ K) (vocab.ReservationID, vocab.Order) {
	return reservations.KeyOf(o), o
}

// byUser goes by the user that a certificate is for.
func byUser(o vocab.Order, _ vocab.CustomerID) (vocab.CustomerID, vocab.Order) {
	return payments.CertificateOwner(o), o
}

func byCaller[K ~string](a vocab.Answer, _ K) (vocab.CustomerID, vocab.Result) {
	return a.Caller, a.Result
}

func toCustomer[K ~string](o vocab.Occasion, _ K) (vocab.CustomerID, agent.Message) {
	return o.Customer, o.Message
}
