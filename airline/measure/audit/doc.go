// Package audit checks what the airline's topics say against what must hold, without a line of the code that
// wrote them: it reads JSON, has its own few structs, and replays each flight with a logic of its own.
//
// # What can be proven
//
// Kafka orders the records of a key within one topic, and nothing between topics. What a flight's row decided
// has a place nevertheless: each reply says how many the row has given (n) and which flight event was its
// newest (as_of). So the replies of a flight, in the order of n, are the desk's log; as_of ties each to the
// events of operations; and the rows on the table's changelog, each with its n and as_of, bound what a reply
// may claim. A reply that is missing, doubled, or made on an outdated row doesn't fit. A changelog may skip
// versions of a row, since a commit writes each row once.
//
// What reservations and users say of themselves is held against what flights and the payment desk have
// granted them: seats by the replies of the flights, money by the replies of the payment desk, commands by
// their results, updates and notifications. Of who has changed something themselves, the agents' decisions
// are not all of it, so these are not held against their seats. Desks in a mode that only keeps the books
// give back less than this asks for: such a day fails.
//
// # What counts as affected
//
// A customer who was told of a disruption, or who holds seats in the end on a flight that was cancelled or
// diverted, or whose last delay known makes it late by the policies. Minutes lost in the air, told by the
// arrival alone, don't count: there is nothing to decide any more. Where policies have several versions,
// copies of them may lag behind, so what any version allows is allowed.
//
// A day is audited once it is over: nothing is on its way any more.
package audit
