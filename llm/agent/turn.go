package agent

import (
	"cmp"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// A Turn asks for a step. It is an event of the topic Turns.
type Turn struct {
	Turn int       `json:"turn"`
	Step int       `json:"step"`
	Time time.Time `json:"time"`
}

// A Step is what one question to the model has come to. It is an event of the topic Steps, a decision with
// its provenance in the headers. It has calls only, or also one of Proposal, Reply and Person, which end
// the turn.
type Step struct {
	Turn      int              `json:"turn"`
	Step      int              `json:"step"`
	Calls     []llm.ToolResult `json:"calls,omitempty"` // in the order in which the model asked for them
	Refreshed []llm.ToolResult `json:"fresh,omitempty"` // earlier calls with stale results
	Proposal  *Proposal        `json:"proposal,omitempty"`
	Reply     string           `json:"reply,omitempty"`
	Person    string           `json:"person,omitempty"`  // why a person must take over
	Learned   []string         `json:"learned,omitempty"` // what the customer said about themselves
	Quiet     bool             `json:"quiet,omitempty"`   // the customer wants no unasked messages
	Tokens    int              `json:"tokens,omitempty"`  // in and out
	Took      time.Duration    `json:"took,omitempty"`    // in the model, in nanoseconds
}

// work is the turn that a conversation is in.
type work struct {
	Turn    int           `json:"turn"`
	Step    int           `json:"step"`
	Message Message       `json:"message"`
	Note    string        `json:"note,omitempty"`   // of code, on what the message may mean
	Repeat  *llm.Call     `json:"again,omitempty"`  // the call whose proposal is made again
	Sent    *Command      `json:"sent,omitempty"`   // the command that the turn waits for
	Tokens  int           `json:"tokens,omitempty"` // spent so far
	Took    time.Duration `json:"took,omitempty"`   // spent so far
	Time    time.Time     `json:"time"`             // of the turn's newest event
}

// Bounds of a conversation. The zero value works.
type Bounds struct {
	// Steps of a turn. Beyond them a person takes over. Defaults to 8.
	Steps int
	// Tokens of a turn, in and out. Defaults to 40,000.
	Tokens int
	// Time of a turn in the model. Defaults to three minutes.
	Time time.Duration
	// Step is the longest that one step may take. Defaults to a minute.
	Step time.Duration
	// InFlight is how many steps a worker asks for at once. Defaults to 16.
	InFlight int

	// CallBytes is how much of the result of one call is kept and shown to the model. A longer one is
	// cut, and
	// ends in a mark that says so. Defaults to 32 KiB, which is also that of llm.Tool.MaxResult.
	CallBytes int
	// StepBytes is the same for all calls of a step, with their arguments. Defaults to 64 KiB.
	StepBytes int
	// TurnBytes is the same for all calls of a turn. Defaults to 128 KiB.
	TurnBytes int

	// Offer is how long a proposal stays open, by the time of events. Defaults to ten minutes.
	Offer time.Duration
	// Result is how long a command may be under way, by the time of events. The next message after that
	// goes to a person. Defaults to ten minutes.
	Result time.Duration

	// Lines is how many are kept word for word. Older ones are condensed. Defaults to 24.
	Lines int
	// Earlier is how many condensed turns are kept. Defaults to 20.
	Earlier int
	// Facts is how many of those that a customer stated are kept, the newest ones. Defaults to 20.
	Facts int
	// Waiting is how many messages wait for the end of a turn. Beyond them the customer is asked to wait.
	// Defaults to 16.
	Waiting int
	// ReplyTokens bound one answer of the model. Defaults to 512.
	ReplyTokens int
}

func (b Bounds) withDefaults() Bounds {
	b.Steps = cmp.Or(b.Steps, 8)
	b.Tokens = cmp.Or(b.Tokens, 40_000)
	b.Time = cmp.Or(b.Time, 3*time.Minute)
	b.Step = cmp.Or(b.Step, time.Minute)
	b.InFlight = cmp.Or(b.InFlight, 16)

	b.CallBytes = cmp.Or(b.CallBytes, 32<<10)
	b.StepBytes = cmp.Or(b.StepBytes, 64<<10)
	b.TurnBytes = cmp.Or(b.TurnBytes, 128<<10)

	b.Offer = cmp.Or(b.Offer, 10*time.Minute)
	b.Result = cmp.Or(b.Result, 10*time.Minute)

	b.Lines = cmp.Or(b.Lines, 24)
	b.Earlier = cmp.Or(b.Earlier, 20)
	b.Facts = cmp.Or(b.Facts, 20)
	b.Waiting = cmp.Or(b.Waiting, 16)
	b.ReplyTokens = cmp.Or(b.ReplyTokens, 512)

	return b
}
