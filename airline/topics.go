package airline

import (
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/journeys"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/reservations"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
)

// configureTopics sets which time and which headers events have.
func configureTopics(t *topology.Topology) {
	topology.Configure(t, vocab.FlightEvents, topology.TopicConfig[vocab.FlightEvent]{
		Time: func(e vocab.FlightEvent) time.Time { return e.Time },
	})
	topology.Configure(t, vocab.CustomerEvents, topology.TopicConfig[vocab.CustomerEvent]{
		Time: func(e vocab.CustomerEvent) time.Time { return e.Time },
	})
	topology.Configure(t, vocab.ReservationEvents, topology.TopicConfig[vocab.ReservationEvent]{
		Time: func(e vocab.ReservationEvent) time.Time { return e.Time },
	})
	topology.Configure(t, vocab.Commands, topology.TopicConfig[vocab.Command]{
		Time: func(c vocab.Command) time.Time { return c.Time },
	})
	topology.Configure(t, vocab.Decisions, topology.TopicConfig[vocab.Decision]{
		Headers: func(d vocab.Decision) map[string]string { return d.Provenance },
	})
}

// sign notes in a decision who has made it, and of what. The headers of the answer have both.
func sign(e topology.Event[vocab.CustomerID, vocab.Decision]) vocab.Decision {
	d := e.Value
	d.DecidedBy, d.Model = e.Headers["ce_decidedby"], e.Headers["ce_model"]
	d.Provenance = e.Headers
	return d
}

func onUnsettled(c journeys.Customer, f topology.Failure[rebooking.Case]) (journeys.Customer, []journeys.Effect) {
	return c.OnUnsettled(rebooking.Unsettled(f.Case, f.Cause))
}

// What an effect can be.

func orderToReservation(r reservations.Routed) *vocab.Order { return r.Reservation }
func orderToUser(r reservations.Routed) *vocab.Order        { return r.User }
func immediateResult(r reservations.Routed) *vocab.Answer   { return r.Result }

func disruption(e flights.Effect) *vocab.Disruption   { return e.Disruption }
func seatReply(e flights.Effect) *vocab.SeatReply     { return e.Reply }
func routeUpdate(e flights.Effect) *vocab.RouteUpdate { return e.Update }
func listing(e flights.Effect) *vocab.Timetable       { return e.Listing }
func seatOccasion(e flights.Effect) *vocab.Occasion   { return e.Occasion }

func seatRequest(e reservations.Effect) *vocab.SeatRequest             { return e.Seats }
func paymentRequest(e reservations.Effect) *vocab.PaymentRequest       { return e.Payment }
func reservationUpdate(e reservations.Effect) *vocab.ReservationUpdate { return e.Update }
func forwarded(e reservations.Effect) *vocab.Order                     { return e.Forward }
func result(e reservations.Effect) *vocab.Answer                       { return e.Result }

func order(e journeys.Effect) *vocab.Order              { return e.Order }
func ask(e journeys.Effect) *vocab.Ask                  { return e.Ask }
func decision(e journeys.Effect) *vocab.Decision        { return e.Decision }
func flightWish(e journeys.Effect) *vocab.FlightWish    { return e.Wish }
func seatWish(e journeys.Effect) *vocab.SeatWish        { return e.SeatWish }
func commandDone(e journeys.Effect) *vocab.Notification { return e.Done }

// To whom something goes: its key.

func toReservation[K ~string](o vocab.Order, _ K) (vocab.ReservationID, vocab.Order) {
	return reservations.KeyOf(o), o
}

func toSeatRequester[K ~string](r vocab.SeatReply, _ K) (vocab.ReservationID, vocab.SeatReply) {
	return r.Reservation, r
}

func toPaymentRequester[K ~string](r vocab.PaymentReply, _ K) (vocab.ReservationID, vocab.PaymentReply) {
	return r.Reservation, r
}

func toFlight[K ~string](r vocab.SeatRequest, _ K) (vocab.FlightID, vocab.SeatRequest) {
	return r.Flight, r
}

func toWishedFlight[K ~string](w vocab.SeatWish, _ K) (vocab.FlightID, vocab.SeatWish) {
	return w.Flight, w
}

func toRoute[K ~string](u vocab.RouteUpdate, _ K) (vocab.RouteID, vocab.RouteUpdate) {
	return u.Route, u
}

func toWaitlist[K ~string](w vocab.FlightWish, _ K) (vocab.RouteID, vocab.FlightWish) {
	return w.Route, w
}

func toTimetable[K ~string](l vocab.Timetable, _ K) (vocab.FlightNumber, vocab.Timetable) {
	return vocab.FlightNumber(l.FlightNumber), l
}

func toUser[K ~string](r vocab.PaymentRequest, _ K) (vocab.CustomerID, vocab.PaymentRequest) {
	return r.User, r
}

func toOwner[K ~string](o vocab.Order, _ K) (vocab.CustomerID, vocab.Order) {
	return payments.CertificateOwner(o), o
}

func toHolder[K ~string](d vocab.Disruption, _ K) (vocab.CustomerID, vocab.Disruption) {
	return d.Customer, d
}

func toTraveller[K ~string](u vocab.ReservationUpdate, _ K) (vocab.CustomerID, vocab.ReservationUpdate) {
	return u.Customer, u
}

func toCaller[K ~string](a vocab.Answer, _ K) (vocab.CustomerID, vocab.Result) {
	return a.Caller, a.Result
}

func toCustomer[K ~string](o vocab.Occasion, _ K) (vocab.CustomerID, agent.Message) {
	return o.Customer, o.Message
}
