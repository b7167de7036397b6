package vocab

import (
	"github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/topology"
)

// What comes in: from the operations centre, from the customers' side, from other systems, and the airline's
// rules.
const (
	FlightEvents      topology.Topic[FlightID, FlightEvent]           = "flight-events"
	CustomerEvents    topology.Topic[CustomerID, CustomerEvent]       = "customer-events"
	ReservationEvents topology.Topic[ReservationID, ReservationEvent] = "reservation-events"
	Policies          topology.Topic[RulesID, Rules]                  = "policies"
)

// Commands are calls of tools that change something, under the key of their caller. Each has one result.
const (
	Commands topology.Topic[CustomerID, Command] = "commands"
	Results  topology.Topic[CustomerID, Result]  = "results"
)

// What the agents and the desks say to each other.
const (
	Disruptions        topology.Topic[CustomerID, Disruption]        = "disruptions"
	Cases              topology.Topic[CustomerID, Ask]               = "cases"
	Orders             topology.Topic[ReservationID, Order]          = "orders"
	CertificateOrders  topology.Topic[CustomerID, Order]             = "certificate-orders"
	SeatRequests       topology.Topic[FlightID, SeatRequest]         = "seat-requests"
	SeatReplies        topology.Topic[ReservationID, SeatReply]      = "seat-replies"
	PaymentRequests    topology.Topic[CustomerID, PaymentRequest]    = "payment-requests"
	PaymentReplies     topology.Topic[ReservationID, PaymentReply]   = "payment-replies"
	ReservationUpdates topology.Topic[CustomerID, ReservationUpdate] = "reservation-updates"
	RouteUpdates       topology.Topic[RouteID, RouteUpdate]          = "route-updates"
	Listings           topology.Topic[FlightNumber, Timetable]       = "listings"
	FlightWishes       topology.Topic[RouteID, FlightWish]           = "flight-wishes"
	SeatWishes         topology.Topic[FlightID, SeatWish]            = "seat-wishes"
)

// What comes out. Every case ends on Decisions. Those for a person are on Escalations, too. Messages are
// occasions to write to a customer who has not asked.
const (
	Decisions     topology.Topic[CustomerID, Decision]      = "decisions"
	Notifications topology.Topic[CustomerID, Notification]  = "notifications"
	Escalations   topology.Topic[CustomerID, Escalation]    = "escalations"
	Messages      topology.Topic[CustomerID, agent.Message] = "messages"
)
