package agent

import (
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// A Conversation is what a row keeps of a talk: what was said, what was learned, the open proposal, the
// turn that is being worked on, and the messages that wait for its end. It is a pure value, which an
// [Agent] replaces.
type Conversation struct {
	// Lines are what was said, word for word, oldest first.
	Lines []Line `json:"lines,omitempty"`
	// Earlier has a line for each turn that is no longer among Lines.
	Earlier []string `json:"earlier,omitempty"`
	// Facts are what the customer stated about themselves.
	Facts []Fact `json:"facts,omitempty"`
	// Turns is how many there have been.
	Turns int `json:"turns,omitempty"`
	// Open is the proposal that a yes accepts.
	Open *Proposal `json:"proposal,omitempty"`
	// WithPerson is set while one of our people has the conversation. The model is silent then.
	WithPerson bool `json:"with_person,omitempty"`

	// Lapsed is the last proposal that was answered neither yes nor no.
	Lapsed *Proposal `json:"lapsed,omitempty"`
	// Owed are commands without a result yet, of turns that a person has taken over or that are forgotten.
	Owed []Command `json:"owed,omitempty"`
	// Work is the turn in progress.
	Work *work `json:"work,omitempty"`
	// Waiting are messages that came during a turn.
	Waiting []waiting `json:"waiting,omitempty"`
	// Seen are the ids of the last messages.
	Seen []string `json:"heard,omitempty"`
	// Reasons are the ids of occasions on which the agent has written unasked. It does not write again.
	Reasons []string `json:"reasons,omitempty"`
	// Quiet is set for a customer who does not want to be written to unasked.
	Quiet bool `json:"quiet,omitempty"`
}

// A Line is something that was said or done.
type Line struct {
	Turn    int             `json:"turn,omitempty"`
	By      string          `json:"by"` // ByCustomer, ByAgent, ByCode, ByPerson, ByTool, ByDesk or ByOccasion
	Channel string          `json:"channel,omitempty"`
	Text    string          `json:"text,omitempty"`
	Call    *llm.ToolResult `json:"done,omitempty"` // of a tool, or of a desk
	Time    time.Time       `json:"time,omitzero"`
}

// Who a line is by, beside those of a reply.
const (
	ByCustomer = "customer"
	ByTool     = "tool"   // a call of a tool that reads, or that refused to propose
	ByDesk     = "desk"   // the result of a command
	ByOccasion = "nobody" // live rows, not somebody who wrote
)

// A Fact is what a customer stated about themselves.
type Fact struct {
	Text   string    `json:"text"`
	Source string    `json:"source"` // id of the message in which they did
	Time   time.Time `json:"time"`
}

// A waiting message came during a turn.
type waiting struct {
	Message Message `json:"message"`
	Shown   string  `json:"shown,omitempty"` // id of the proposal that its writer had been told
}
