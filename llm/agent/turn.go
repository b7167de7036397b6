package agent

import (
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// A Turn is asked for, step by step. It is an event of the topic Turns.
type Turn struct {
	Turn int       `json:"turn"`
	Step int       `json:"step"`
	Time time.Time `json:"time"`
}

// A Step is what one question to the model has come to. It is an event of the topic Steps, a decision with its
// provenance in the headers. It has calls only, or also one of Proposal, Reply and Person, which end the turn.
type Step struct {
	Turn     int              `json:"turn"`
	Step     int              `json:"step"`
	Calls    []llm.ToolResult `json:"calls,omitempty"` // in the order in which the model asked for them
	Fresh    []llm.ToolResult `json:"fresh,omitempty"` // of calls in earlier steps, whose results had become stale
	Proposal *Proposal        `json:"proposal,omitempty"`
	Reply    string           `json:"reply,omitempty"`
	Person   string           `json:"person,omitempty"`  // why a person must take over
	Learned  []string         `json:"learned,omitempty"` // what the customer said about themselves
	Quiet    bool             `json:"quiet,omitempty"`   // the customer does not want to be written to unasked
	Tokens   int              `json:"tokens,omitempty"`  // in and out
	Took     time.Duration    `json:"took,omitempty"`    // in the model, in nanoseconds
}

// work is the turn that a conversation is in.
type work struct {
	Turn    int           `json:"turn"`
	Step    int           `json:"step"`
	Message Message       `json:"message"`
	Note    string        `json:"note,omitempty"`   // of code, on what the message may mean
	Again   *llm.Call     `json:"again,omitempty"`  // of a proposal that is to be made anew
	Sent    *Command      `json:"sent,omitempty"`   // the command whose result resumes the turn
	Tokens  int           `json:"tokens,omitempty"` // spent so far
	Took    time.Duration `json:"took,omitempty"`   // likewise
	Time    time.Time     `json:"time"`             // of the newest event of the turn
}

// Bounds of a conversation. The zero value works.
type Bounds struct {
	// Steps of a turn, after which a person takes over. Defaults to 8.
	Steps int
	// Tokens of a turn, in and out. Defaults to 40,000.
	Tokens int
	// Time of a turn in the model. Defaults to three minutes.
	Time time.Duration
	// Step is the longest that one step may take. Defaults to a minute.
	Step time.Duration
	// InFlight is how many steps a worker asks for at once. Defaults to 16.
	InFlight int
	// Offer is how long a proposal stays open, by the time of events. Defaults to ten minutes.
	Offer time.Duration
	// Result is how long a command may be under way, by the time of events, until the next message goes to a person.
	// Defaults to ten minutes.
	Result time.Duration
	// Lines are kept as they were said; older ones are condensed. Defaults to 24.
	Lines int
	// Earlier is how many condensed turns are kept. Defaults to 20.
	Earlier int
	// Facts that a customer stated are kept, the newest of them. Defaults to 20.
	Facts int
	// Waiting messages of a conversation; one beyond is answered with a request to wait. Defaults to 16.
	Waiting int
	// ReplyTokens bound one answer of the model. Defaults to 512.
	ReplyTokens int
}

func (b Bounds) orDefault() Bounds {
	for _, d := range []struct {
		n   *int
		def int
	}{{&b.Steps, 8}, {&b.Tokens, 40_000}, {&b.InFlight, 16}, {&b.Lines, 24}, {&b.Earlier, 20}, {&b.Facts, 20}, {&b.Waiting, 16}, {&b.ReplyTokens, 512}} {
		if *d.n == 0 {
			*d.n = d.def
		}
	}
	for _, d := range []struct {
		n   *time.Duration
		def time.Duration
	}{{&b.Time, 3 * time.Minute}, {&b.Step, time.Minute}, {&b.Offer, 10 * time.Minute}, {&b.Result, 10 * time.Minute}} {
		if *d.n == 0 {
			*d.n = d.def
		}
	}
	return b
}
