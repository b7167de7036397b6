package agent

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// Terms are what a tool that writes would do. Code computes them from the rows as they are, and words them;
// the model does neither.
type Terms struct {
	// Text tells all that the customer agrees to, and what it costs.
	Text string `json:"text"`
	// Tool and Arguments are those of the command. They default to the tool that was called and its
	// arguments.
	Tool      string `json:"tool,omitempty"`
	Arguments any    `json:"arguments,omitempty"`
	// Agreed is what the desk is held to, such as a price. Defaults to nothing.
	Agreed any `json:"agreed,omitempty"`
}

// A Proposal waits for a yes.
type Proposal struct {
	ID        string          `json:"id"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
	Agreed    json.RawMessage `json:"agreed,omitempty"`
	Text      string          `json:"text"`
	Call      llm.Call        `json:"call"`  // of the model, which led to it
	Since     time.Time       `json:"since"` // a yes from before answers something else
	Expires   time.Time       `json:"expires"`
}

// asJSON panics for what can't be written as JSON, which is a mistake in a tool: it fails the step.
func asJSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}

	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("agent: %T can't be written as JSON: %v", v, err))
	}

	return b
}
