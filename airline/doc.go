// Package airline is an airline's assistant on a bad day: flights are delayed and cancelled, and everyone who holds a
// seat on one ends rebooked, kept, refunded, or with a person.
//
// Agents talk only by events. The watcher, in the flight's row, tells those who hold seats. Their own row opens a case,
// which an agent decides: Policy by rules alone, Agent with a model that reads what the customer wrote. A rebooking is
// only proposed: the desk, in the row of the flight, grants or refuses the seats, for the whole party or not at all. Only
// what is granted becomes final, in the customer's row and on Decisions; the notifier tells the customer.
//
//	flight-events   ─▶ flights ─▶ disruptions ─▶ customers ─▶ cases ─▶ agent ─▶ seat-requests ─▶ flights
//	customer-events ─▶ customers                 customers ◀─ seat-replies ◀─ flights ─▶ route-updates ─▶ routes
//	policies        ─▶ rules                     customers ─▶ decisions ─▶ notifications, escalations
//
// All steps are pure and use the time in the events. None needs order between topics: a booking may come before its
// flight or after its cancellation, a disruption before the seats it is about, and anything may be repeated. One customer
// is one party under one reservation; a second reservation of the same customer is not taken in.
//
// Words are those of the tau2-bench airline domain where they fit: flight_number, date, reservation_id, the cabins,
// available_seats, and the statuses of a flight.
package airline
