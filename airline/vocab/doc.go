// Package vocab is the vocabulary of the airline: what its desks, agents and customers say to each other.
//
// It has the keys (CustomerID, FlightID), the quantities (Cabin, Seats, Amount, Prices), the messages with
// their topics (FlightEvents, Commands, SeatRequests), the rules of the airline as data (Rules), and the
// codes of refusals (Code). It has no steps: each desk is a package of its own, which imports this one and
// knows no other desk. Package airline says which desk hears which topic.
//
// Values of these types are on topics and in rows, as JSON. Names of fields and topics last; new fields are
// optional.
package vocab
