package reservations

import (
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/topology"
)

// A Routed command goes to one of these.
type Routed struct {
	Reservation *vocab.Order  // the reservation desk
	User        *vocab.Order  // the payment desk alone
	Result      *vocab.Answer // back to the caller, because it can't be read
}

// Route decides which desk coordinates a command.
func Route(e topology.Event[vocab.CustomerID, vocab.Command]) Routed {
	o := vocab.Order{Command: e.Value, Caller: e.Key}
	if o.Time.IsZero() {
		o.Time = e.Time
	}

	op, why := operationOf(o)
	if _, isInternal := op.(SoldElsewhere); isInternal {
		why = vocab.Refuse(vocab.UnknownTool, "Tool '%s' not found.", o.Tool)
	} else if why == nil && o.ID == "" {
		why = vocab.Refuse(vocab.BadArguments, "a command needs an id")
	}

	c, isCertificate := op.(compensation)
	switch {
	case why != nil:
		return Routed{Result: &vocab.Answer{Result: *o.Refused(why, o.Time), Caller: o.Caller}}
	case isCertificate && c.Reservation == "":
		return Routed{User: &o}
	}

	return Routed{Reservation: &o}
}
