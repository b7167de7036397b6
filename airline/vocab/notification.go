package vocab

import (
	"time"

	"github.com/slipstream-go/slipstream/llm/agent"
)

// A Notification is what a customer is told: once for each final decision, and once for each command that has
// changed a reservation of theirs, whether they sent it themselves or an agent or a person did for them.
type Notification struct {
	Case    CaseID    `json:"case_id,omitempty"` // of a decision
	Command string    `json:"command,omitempty"` // of a command
	Email   string    `json:"email,omitempty"`
	Text    string    `json:"text"`
	Time    time.Time `json:"time"`
}

// An Escalation is a case for people.
type Escalation struct {
	Case        CaseID        `json:"case_id"`
	Reservation ReservationID `json:"reservation_id"`
	Flight      FlightID      `json:"flight"`
	Note        string        `json:"note,omitempty"`
	Why         string        `json:"why"`
	Time        time.Time     `json:"time"`
}

// An Occasion is a reason to write to a customer who has not asked.
type Occasion struct {
	agent.Message
	Customer CustomerID
}
