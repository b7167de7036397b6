package vocab

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/llm/agent"
)

// A Command is one call of a tool that changes something. It is done once for each ID, however often it is
// sent, and has one Result. Its time is the clock of what it does. What was Agreed to is an Agreement.
type Command = agent.Command

// A Result is what became of a command. The code of an error is a Code.
type Result = agent.Result

// An Agreement is what the customer said yes to. The desks do nothing that costs more.
type Agreement struct {
	Total Amount `json:"total"` // the price of a booking, or the difference of a change
}

// The names of the tools that change something.
const (
	BookReservation   = "book_reservation"
	CancelReservation = "cancel_reservation"
	UpdateBaggages    = "update_reservation_baggages"
	UpdateFlights     = "update_reservation_flights"
	UpdatePassengers  = "update_reservation_passengers"
	SendCertificate   = "send_certificate"

	// EnterReservation is the airline's own tool: it seats a reservation that was sold elsewhere.
	EnterReservation = "enter_reservation"
)

// An Order is a command on its way to the desk that coordinates it.
type Order struct {
	Command
	Caller  CustomerID `json:"caller"`            // the key of the command: who gets the result
	Airline bool       `json:"airline,omitempty"` // from the airline's own agents, which keep its rules themselves
	Try     int        `json:"try,omitempty"`     // how many of the ids for a new reservation were taken
}

// An Answer is a result, and who gets it.
type Answer struct {
	Result
	Caller CustomerID
}

// StaffPrefix begins the keys under which people of the airline send commands.
const StaffPrefix = "staff/"

// IsStaff reports whether a person of the airline sent the command. They act for any customer.
func (o Order) IsStaff() bool {
	return strings.HasPrefix(string(o.Caller), StaffPrefix) && o.Caller != StaffPrefix
}

// Done makes the result of a command that was done. Value must be a plain value that JSON can hold.
func (o Order) Done(value any, text string, now time.Time) *Result {
	b, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("airline: result of %s: %v", o.Tool, err))
	}
	return &Result{Command: o.ID, OK: true, Result: b, Text: text, Time: now}
}

// Refused makes the result of a command that was refused.
func (o Order) Refused(r *Refusal, now time.Time) *Result {
	return &Result{Command: o.ID, Error: r.Text, Code: string(r.Code), Time: now}
}

// ReadArguments decodes the arguments of a tool. It refuses arguments that lack a required one, and arguments
// that the tool does not take. It ignores unknown fields within an argument.
func ReadArguments(tool string, arguments json.RawMessage, into any, required, optional []string) *Refusal {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(arguments, &given); err != nil {
		return Refuse(BadArguments, "%s: the arguments are not a JSON object", tool)
	}

	for _, name := range required {
		if _, ok := given[name]; !ok {
			return Refuse(BadArguments, "%s: missing argument %q", tool, name)
		}
	}

	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			return Refuse(BadArguments, "%s: unexpected argument %q", tool, name)
		}
	}

	if err := json.Unmarshal(arguments, into); err != nil {
		return Refuse(BadSchema, "%s: %v", tool, err)
	}

	return nil
}
