// Package concierge is the airline's agent that talks with customers.
//
// # Contract
//
// The concierge knows who writes, what they booked and what was said, and looks at rows as they are now: flights, seats,
// fares, rules. It acts by the desks only. Its tools are those of the desks and of package lookup, by their names and
// arguments; arguments that code can fill may be left out. Tools that read show a
// customer their own rows and what is public. Tools that write are rehearsed on the rows: what the desks would refuse is
// refused at once, and what they would do is told with its price, word by word by code, and done on a yes.
//
// What the model is told first is computed, too: how each trip stands, by its airport's clock, and what else there is with
// what it would cost. A reply may claim no flight, seat, time or price that was not shown, and none that only a customer or
// a name has said; it is checked again when it settles. Which reservation is meant code decides only where one can be.
//
// So whatever the model is talked into, by a customer, a name, a policy's text or a tool's result, it can do nothing that
// the customer could not ask for themselves, and nothing at all without their yes.
package concierge
