package vocab

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

// The names of the tools that change something.
const (
	BookReservation   = "book_reservation"
	CancelReservation = "cancel_reservation"
	UpdateBaggages    = "update_reservation_baggages"
	UpdateFlights     = "update_reservation_flights"
	UpdatePassengers  = "update_reservation_passengers"
	SendCertificate   = "send_certificate"

	// enterReservation is the airline's own: what was sold elsewhere, and is only to be seated.
	EnterReservation = "enter_reservation"
)

// An Order is a command on its way to the desk that coordinates it.
type Order struct {
	Command
	Caller  CustomerID `json:"caller"`            // the key of the command: who gets the result
	Airline bool       `json:"airline,omitempty"` // of the airline's own agents, which keep its rules themselves
	Try     int        `json:"try,omitempty"`     // of the ids for a new reservation, those that were taken
}

// read decodes the arguments of a tool. All that are required must be there, and none that the tool does not take; within
// them, what is not known is left out.
func ReadArguments(tool string, arguments json.RawMessage, into any, required, optional []string) *Refusal {
	var there map[string]json.RawMessage
	if err := json.Unmarshal(arguments, &there); err != nil {
		return Refuse(BadArguments, "%s: the arguments are not a JSON object", tool)
	}
	for _, name := range required {
		if _, ok := there[name]; !ok {
			return Refuse(BadArguments, "%s: missing argument %q", tool, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			return Refuse(BadArguments, "%s: unexpected argument %q", tool, name)
		}
	}
	if err := json.Unmarshal(arguments, into); err != nil {
		return Refuse(BadSchema, "%s: %v", tool, err)
	}
	return nil
}

// result says that the command was done.
func (o Order) Done(value any, text string, now time.Time) *Result {
	b, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("airline: result of %s: %v", o.Tool, err)) // structs of plain fields
	}
	return &Result{Command: o.ID, OK: true, Result: b, Text: text, Time: now}
}

// refused says that it was not.
func (o Order) Refused(r *Refusal, now time.Time) *Result {
	return &Result{Command: o.ID, Error: r.Text, Code: string(r.Code), Time: now}
}

// staff says whether the command is from one of our people, who act for any customer.
func (o Order) IsStaff() bool {
	return len(o.Caller) > len(StaffPrefix) && o.Caller[:len(StaffPrefix)] == StaffPrefix
}

// staffPrefix begins the keys under which people of the airline send commands.
const StaffPrefix = "staff/"

// addressed is a result, and to whom it goes.
type Answer struct {
	Result
	Caller CustomerID
}
