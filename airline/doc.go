// Package airline is an airline's assistant on a bad day: flights are delayed and cancelled, and everyone who holds a
// seat on one ends rebooked, kept, refunded, or with a person; meanwhile customers book, change and cancel.
//
// # Desks
//
// What must not be wrong is owned by desks, which are deterministic. Each is a row, and changes nothing else:
//
//   - a flight (the seat desk) grants seats, for a whole party or not at all, and knows who sits where;
//   - a reservation (the reservation desk) coordinates: what is done to it is a saga in its own row;
//   - a user (the payment desk) owns balances and certificates.
//
// A command is a call of a tool that changes something, by its name and its arguments. It goes to its reservation,
// which asks flights for seats, has the payment desk take the money, and only then changes; until then a new one reads as
// pending. Whatever is refused on the way undoes what was granted, and then the command has its result. After a crash at
// any step it goes on from there. A command is done once for each id; sent again, it has the same result again.
//
//	commands ─▶ router ─▶ orders ─▶ reservations ─▶ seat-requests    ─▶ flights ─▶ seat-replies    ─▶ reservations
//	                                reservations ─▶ payment-requests ─▶ users   ─▶ payment-replies ─▶ reservations
//	results  ◀──────────────────────reservations ─▶ reservation-updates ─▶ customers
//
// The desks enforce the airline's policy, or leave it to whoever sends the commands (vocab.DeskMode). Tools that only read are functions over the tables ([Read]).
//
// # Agents
//
// Agents talk only by events. The watcher, in the flight's row, tells those who hold seats. Their own row opens a case,
// which an agent decides: Policy by rules alone, Agent with a model that reads what the customer wrote. A rebooking is
// only proposed: it is a command to the reservation, and only what is granted becomes final, in the customer's row and on
// Decisions; the notifier tells the customer. A case whose party changes the flight themselves ends with that. Of each command
// that has changed a reservation, whoever sent it, the customer is told once, too.
//
//	flight-events   ─▶ flights ─▶ disruptions ─▶ customers ─▶ cases ─▶ agent ─▶ orders ─▶ reservations
//	customer-events ─▶ customers, users          customers ◀─ reservation-updates ◀─ reservations
//	policies        ─▶ rules                     customers ─▶ decisions ─▶ notifications, escalations
//
// Each reservation has its cases, one open at a time. Of several flights only the disrupted one is replaced, by one that
// leaves after the one before it arrives, and arrives before the next one leaves.
//
// # Unasked
//
// Rows that could grant what somebody would like better wait for it: a route keeps those who have accepted to arrive half an
// hour or more later than booked. When one of its flights becomes better for them by an update, its occasion is on Messages,
// once for each flight, for as many as there are seats; a concierge, if there is one, makes a message of it. A flight keeps
// who always wants a window or an aisle and has none, and tells likewise when one becomes free. Both end when the
// reservation changes, the flight leaves, or the customer's profile says that they want to hear of none.
//
//	customers ─▶ flight-wishes ─▶ waitlists ─▶ messages
//	flights   ─▶ route-updates ─▶ waitlists
//	customers ─▶ seat-wishes   ─▶ flights   ─▶ messages
//
// # Order
//
// All steps are pure and use the time in the events. None needs order between topics: a booking may come before its
// flight or after its cancellation, a disruption before the seats it is about, and anything may be repeated.
//
// # Loading
//
// Other systems state what there is: flight-events of type inventory, customer-events of type profile with a user, and
// reservation-events. They replace their row wholly. Seats of a reservation that was
// stated are among those sold, and go back to their flight when it is cancelled.
package airline
