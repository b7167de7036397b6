// Package journeys has what the agents know of each customer: who they are, what they wrote, and how their
// journeys stand.
//
// A row of Table is one customer, with a Journey for each of their reservations. A disruption opens a case,
// which is asked of the rebooking agent. Its decision is a proposal. A rebooking becomes final when the
// reservation desk has done it, and everything else at once. Each reservation has one open case at a time. A
// case whose flight the party leaves themselves ends with that.
//
// The row never asks for what it knows already, and tells each thing once, because its events come by several
// topics, in any order, and may be repeated.
//
//	customer-events, disruptions, proposals, reservation-updates
//	  ─▶ Customer ─▶ cases, orders, decisions, notifications, flight-wishes, seat-wishes
package journeys
