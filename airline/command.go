package airline

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/llm/agent"
)

// A Command is one call of a tool that changes something. It is done once for each ID, however often it is sent, and has
// one Result. Its time is the clock of what it does; what was Agreed to is an Agreement.
type Command = agent.Command

// A Result is what became of a command. The Code of an error is a Code.
type Result = agent.Result

// An Agreement is what the customer said yes to. The desks do nothing that costs more.
type Agreement struct {
	Total Amount `json:"total"` // of a booking the price, of a change the difference: negative is a refund
}

// The tools that change something, by their names in tau2-bench.
const (
	BookReservation   = "book_reservation"
	CancelReservation = "cancel_reservation"
	UpdateBaggages    = "update_reservation_baggages"
	UpdateFlights     = "update_reservation_flights"
	UpdatePassengers  = "update_reservation_passengers"
	SendCertificate   = "send_certificate"

	// enterReservation is the airline's own: what was sold elsewhere, and is only to be seated.
	enterReservation = "enter_reservation"
)

// An Order is a command on its way to the desk that coordinates it.
type Order struct {
	Command
	Caller  CustomerID `json:"caller"`            // the key of the command: who gets the result
	Airline bool       `json:"airline,omitempty"` // of the airline's own agents, which keep its rules themselves
	Try     int        `json:"try,omitempty"`     // of the ids for a new reservation, those that were taken
}

// agreed is the total agreed to; none if nothing was agreed. What can't be read is nothing that anybody agreed to.
func (o Order) agreed() (total *Amount, why *Refusal) {
	var a struct{ Total *Amount }
	if len(o.Agreed) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(o.Agreed, &a); err != nil {
		return nil, refuse(BadSchema, "%s: agreed: %v", o.Tool, err)
	}
	return a.Total, nil
}

// read decodes the arguments of a tool. All that are required must be there, and none that the tool does not take; within
// them, what is not known is left out.
func read(tool string, arguments json.RawMessage, into any, required, optional []string) *Refusal {
	var there map[string]json.RawMessage
	if err := json.Unmarshal(arguments, &there); err != nil {
		return refuse(BadArguments, "%s: the arguments are not a JSON object", tool)
	}
	for _, name := range required {
		if _, ok := there[name]; !ok {
			return refuse(BadArguments, "%s: missing argument %q", tool, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			return refuse(BadArguments, "%s: unexpected argument %q", tool, name)
		}
	}
	if err := json.Unmarshal(arguments, into); err != nil {
		return refuse(BadSchema, "%s: %v", tool, err)
	}
	return nil
}

// result says that the command was done.
func (o Order) result(value any, text string, now time.Time) *Result {
	b, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("airline: result of %s: %v", o.Tool, err)) // structs of plain fields
	}
	return &Result{Command: o.ID, OK: true, Result: b, Text: text, Time: now}
}

// refused says that it was not.
func (o Order) refused(r *Refusal, now time.Time) *Result {
	return &Result{Command: o.ID, Error: r.Text, Code: string(r.Code), Time: now}
}
