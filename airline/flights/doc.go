// Package flights is the desk of the flights: it says what there is, and grants seats.
//
// A row of Table is one flight. It watches what the operations centre says, tells everyone who holds seats of
// disruptions, and is the seat desk: it alone grants seats, for a whole party or not at all, and knows who
// sits where. A row of Routes has the flights between two cities that can still be taken, and lags a little
// behind them. A row of Timetables is a flight number.
//
// The steps are pure. Their events come in any order and any number: a booking may come before its flight is
// scheduled, a cancellation before both, and a repeated request changes nothing.
//
//	flight-events, seat-requests, seat-wishes ─▶ Flight ─▶ seat-replies, disruptions, route-updates, listings, messages
package flights
