// Package airline is an airline's assistant on a bad day. Flights are delayed and cancelled, and everyone who
// holds a seat on one is rebooked, keeps it, has their money back, or is seen to by a person. Meanwhile
// customers book, change and cancel.
//
// This package declares the airline (Config.Topology). What each part does is in the packages below:
//
//	vocab         keys, quantities, messages and topics, rules, refusals
//	flights       the desk of the flights: seats, inventory, routes
//	reservations  the desk that coordinates: each command is a saga in its reservation's row
//	payments      the desk that owns the users' money
//	journeys      the customers' rows: what the agents know of them
//	rebooking     decides what becomes of disrupted parties, by rules or with a model
//	waitlist      parties who would rather take another flight
//	lookup        the tools that only read
//	rehearse      plays a command on the rows as they are
//	concierge     the agent that talks with customers; handbook has what it may cite
//	simulate      a day of flights and customers; measure judges what was made of it
//
// # Desks
//
// What must not be wrong is owned by desks, which are deterministic. Each is a row, and changes nothing else.
// A flight grants seats, for a whole party or not at all. A user has balances and certificates. A reservation
// coordinates.
//
// A command is a call of a tool that changes something. It goes to its reservation, which asks flights for
// seats, has the payment desk take the money, and only then changes. A new reservation is pending until then.
// Whatever is refused on the way undoes what was granted, and then the command has its result. After a crash
// at any step it goes on from there. A command is done once for each id: sent again, it has the same result
// again.
//
//	commands ─▶ router ─▶ orders ─▶ reservations ─▶ seat-requests    ─▶ flights ─▶ seat-replies    ─▶ reservations
//	                                reservations ─▶ payment-requests ─▶ users   ─▶ payment-replies ─▶ reservations
//	results  ◀──────────────────────reservations ─▶ reservation-updates ─▶ customers
//
// # Agents
//
// Agents talk only by events. A flight's row tells those who hold seats of a disruption. Their own row opens
// a case, which the agent decides. A rebooking is only proposed: it is a command to the reservation, and what
// the desks grant becomes final, in the customer's row and on Decisions. A case ends if the party changes the
// flight themselves. The customer is told once of each final decision, and of each command that has changed a
// reservation of theirs.
//
//	flight-events   ─▶ flights ─▶ disruptions ─▶ customers ─▶ cases ─▶ agent ─▶ orders ─▶ reservations
//	customer-events ─▶ customers, users          customers ◀─ reservation-updates ◀─ reservations
//	policies        ─▶ rules                     customers ─▶ decisions ─▶ notifications, escalations
//
// A reservation has one open case at a time. Only its disrupted flight is replaced, by one that leaves after
// the flight before it arrives, and arrives before the flight after it leaves.
//
// # Unasked
//
// Wishes wait in the rows that can grant them. A route keeps the parties who have accepted to arrive half an
// hour or more later than booked, and a flight keeps those who always want a window or an aisle and have
// none. When a better flight opens, or such a seat becomes free, that is an occasion on Messages: once for
// each party, and for no more of them than there are seats. A concierge, if there is one, makes a message of
// it. A wish ends when the reservation changes, when the flight leaves, or when the customer does not want to
// be written to.
//
//	customers ─▶ flight-wishes ─▶ waitlists ─▶ messages
//	flights   ─▶ route-updates ─▶ waitlists
//	customers ─▶ seat-wishes   ─▶ flights   ─▶ messages
//
// # Order
//
// All steps are pure and use the time in the events. None needs an order between topics: a booking may come
// before its flight or after its cancellation, a disruption before the seats it is about, and anything may be
// repeated.
//
// # Loading
//
// Other systems state what there is: flight-events of type inventory, customer-events of type profile with a
// user, and reservation-events. They replace the row. The seats of a reservation that was stated are among
// those sold, and go back to their flight when it is cancelled.
package airline
