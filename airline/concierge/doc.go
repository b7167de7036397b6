// Package concierge is the airline's agent that talks with customers.
//
// # Contract
//
// The concierge knows who writes, what they have booked and what was said. It reads rows as they are now:
// flights, seats, fares, rules. It acts only through the desks.
//
// Its tools have the names and arguments of the desks and of package lookup; arguments that code can fill in
// may be left out. Tools that read show customers their own rows and what is public. Tools that write are
// rehearsed on the rows: what the desks would refuse is refused at once. What they would do becomes a proposal
// with its price, in words that code has written, and is done once the customer agrees.
//
// The facts at the beginning of each prompt are computed, too: how each trip stands, by its airport's clock,
// and what the alternatives are, with their price. A reply may not claim a flight, seat, time or price that
// was not shown, nor one that only a customer or a name has mentioned; it is checked again when it settles.
// If several reservations may be meant, the customer is asked.
//
// So whatever the model is talked into, by a customer, a name, a policy's text or a tool's result, it can do
// nothing that the customer could not ask for themselves, and nothing without their consent.
package concierge
