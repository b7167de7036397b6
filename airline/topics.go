package airline

import "github.com/slipstream-go/slipstream/topology"

// What comes in: the operations centre, the customers' side, and the airline's rules.
const (
	FlightEvents   topology.Topic[FlightID, FlightEvent]     = "flight-events"
	CustomerEvents topology.Topic[CustomerID, CustomerEvent] = "customer-events"
	Policies       topology.Topic[RulesID, Rules]            = "policies"
)

// What the agents say to each other.
const (
	Disruptions  topology.Topic[CustomerID, Disruption] = "disruptions"
	Cases        topology.Topic[CustomerID, Ask]        = "cases"
	SeatRequests topology.Topic[FlightID, SeatRequest]  = "seat-requests"
	SeatReplies  topology.Topic[CustomerID, SeatReply]  = "seat-replies"
	RouteUpdates topology.Topic[RouteID, RouteUpdate]   = "route-updates"
)

// What comes out. Every case ends on Decisions; those for people are on Escalations too.
const (
	Decisions     topology.Topic[CustomerID, Decision]     = "decisions"
	Notifications topology.Topic[CustomerID, Notification] = "notifications"
	Escalations   topology.Topic[CustomerID, Escalation]   = "escalations"
)

// The tables, one row per key.
const (
	Flights   topology.Table[FlightID, Flight]     = "flights"
	Customers topology.Table[CustomerID, Customer] = "customers"
	Routes    topology.Table[RouteID, Offers]      = "routes"
	RuleBook  topology.Table[RulesID, Rules]       = "rules"
)
