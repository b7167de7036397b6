// Package reservations is the desk that coordinates: what is done to a reservation is a saga in its own row.
//
// An order is a command for one reservation. The row asks flights for seats and the payment desk who the user
// is, decides by their replies, has the payment desk take the money, and only then changes. A new reservation
// is pending until then. Whatever is refused on the way undoes what was granted, and then the command has its
// result. A command is done once for each id: sent again, it has the same result again. The others wait in
// the row for their turn.
//
//	orders, seat-replies, payment-replies, reservation-events
//	  ─▶ Reservation ─▶ seat-requests, payment-requests, results, reservation-updates, orders
//
// Each tool that changes something is an operation in a file of its own (book.go, cancel.go). The airline's
// policy for customers is in policy.go, a function a rule.
package reservations
