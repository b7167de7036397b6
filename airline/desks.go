package airline

import (
	"encoding/json"

	"github.com/slipstream-go/slipstream/topology"
)

// router takes each command to the desk that coordinates it. What can't be read has its result at once.
func router(t *topology.Topology) {
	routed := topology.Map(topology.Events(topology.From(t, Commands)), route)
	topology.Route(routed, func(r routedOrder) *Order { return r.Reservation }, Orders, byReservation)
	topology.Route(routed, func(r routedOrder) *Order { return r.User }, CertificateOrders, byUser)
	topology.Route(routed, func(r routedOrder) *addressed { return r.Result }, Results, byCaller)
}

// routedOrder has one of these.
type routedOrder struct {
	Reservation, User *Order
	Result            *addressed
}

func route(e topology.Event[CustomerID, Command]) routedOrder {
	o := Order{Command: e.Value, Caller: e.Key}
	if o.Time.IsZero() {
		o.Time = e.Time
	}
	op, why := o.operation()
	c, certificate := op.(compensation)
	_, internal := op.(entry)
	switch {
	case internal:
		why = refuse(UnknownTool, "Tool '%s' not found.", o.Tool)
	case why == nil && o.ID == "":
		why = refuse(BadArguments, "a command needs an id")
	}
	switch {
	case why != nil:
		return routedOrder{Result: &addressed{*o.refused(why, o.Time), o.Caller}}
	case certificate && c.Reservation == "":
		return routedOrder{User: &o}
	}
	return routedOrder{Reservation: &o}
}

func byReservation[K ~string](o Order, _ K) (ReservationID, Order) { return o.about(), o }

// byUser goes by the user that a certificate is for.
func byUser(o Order, _ CustomerID) (CustomerID, Order) {
	var c compensation
	_ = json.Unmarshal(o.Arguments, &c) // the router has read it
	return c.User, o
}

func byCaller[K ~string](a addressed, _ K) (CustomerID, Result) { return a.Caller, a.Result }

// reservationDesk has one row per reservation. It coordinates each command: no other desk knows what it is for.
func reservationDesk(t *topology.Topology) {
	effects := topology.Merge(
		topology.Apply(Reservations, rule(topology.From(t, Orders)), Reservation.onOrder),
		topology.Apply(Reservations, rule(topology.From(t, SeatReplies)), Reservation.onSeats),
		topology.Apply(Reservations, rule(topology.From(t, PaymentReplies)), Reservation.onPayment),
		topology.Apply(Reservations, topology.Events(topology.From(t, ReservationEvents).Check(ReservationEvent.Valid)), Reservation.onEvent))

	topology.Route(effects, func(e reservationEffect) *SeatRequest { return e.Seats }, SeatRequests,
		func(r SeatRequest, _ ReservationID) (FlightID, SeatRequest) { return r.Flight, r })
	topology.Route(effects, func(e reservationEffect) *PaymentRequest { return e.Payment }, PaymentRequests,
		func(r PaymentRequest, _ ReservationID) (CustomerID, PaymentRequest) { return r.User, r })
	topology.Route(effects, func(e reservationEffect) *ReservationUpdate { return e.Update }, ReservationUpdates,
		func(u ReservationUpdate, _ ReservationID) (CustomerID, ReservationUpdate) { return u.Customer, u })
	topology.Route(effects, func(e reservationEffect) *Order { return e.Forward }, Orders, byReservation)
	topology.Route(effects, func(e reservationEffect) *addressed { return e.Result }, Results, byCaller)
}

// paymentDesk has one row per user: money and certificates change there alone.
func paymentDesk(t *topology.Topology) {
	replies := topology.Apply(Users, topology.From(t, PaymentRequests), User.withRequest)
	topology.Rekey(replies, PaymentReplies, func(r PaymentReply, _ CustomerID) (ReservationID, PaymentReply) { return r.Reservation, r })
	results := topology.Apply(Users, rule(topology.From(t, CertificateOrders)), User.onOrder)
	topology.Rekey(results, Results, byCaller)
	topology.Fold(Users, topology.Events(topology.From(t, CustomerEvents).Check(CustomerEvent.Valid)), User.withEvent)
}

// withEvent takes in a profile. One that has all of a user replaces the row wholly, but for what only this row knows: the
// numbers of requests, the commands that were done, and reservations that were sold elsewhere and entered here.
func (u User) withEvent(e topology.Event[CustomerID, CustomerEvent]) User {
	switch {
	case e.Value.Type != CustomerProfile:
	case e.Value.User != nil:
		u.UserDetails = *e.Value.User
		for _, r := range u.Entered {
			u = u.enrolled(u.ID, r)
		}
	default:
		u.ID, u.Email, u.Membership = e.Key, e.Value.Email, e.Value.Membership
	}
	return u
}
