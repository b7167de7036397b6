package reservations

import (
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// routedOrder has one of these.
type Routed struct {
	Reservation, User *vocab.Order
	Result            *vocab.Answer
}

func Route(e topology.Event[vocab.CustomerID, vocab.Command]) Routed {
	o := vocab.Order{Command: e.Value, Caller: e.Key}
	if o.Time.IsZero() {
		o.Time = e.Time
	}
	op, why := operationOf(o)
	c, certificate := op.(compensation)
	_, internal := op.(SoldElsewhere)
	switch {
	case internal:
		why = vocab.Refuse(vocab.UnknownTool, "Tool '%s' not found.", o.Tool)
	case why == nil && o.ID == "":
		why = vocab.Refuse(vocab.BadArguments, "a command needs an id")
	}
	switch {
	case why != nil:
		return Routed{Result: &vocab.Answer{Result: *o.Refused(why, o.Time), Caller: o.Caller}}
	case certificate && c.Reservation == "":
		return Routed{User: &o}
	}
	return Routed{Reservation: &o}
}
