package agent

import (
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// A Conversation is what a row keeps of a talk: what was said, what was learned, the proposal that is open, the turn that
// is being worked on, and the messages that wait for its end. It is a pure value; an [Agent] changes it.
type Conversation struct {
	Lines   []Line   `json:"lines,omitempty"`   // as they were said, oldest first
	Earlier []string `json:"earlier,omitempty"` // one a turn, of what is no longer among them
	Facts   []Fact   `json:"facts,omitempty"`
	Turns   int      `json:"turns,omitempty"` // so far
	// Open is the proposal that a yes accepts.
	Open *Proposal `json:"proposal,omitempty"`
	// WithPerson: one of our people has the conversation, and the model is silent.
	WithPerson bool `json:"with_person,omitempty"`

	Lapsed  *Proposal `json:"lapsed,omitempty"` // the last one that was not answered by yes or no
	Owed    []Command `json:"owed,omitempty"`   // commands that were given in turns that a person has taken over, or that are forgotten
	Work    *work     `json:"work,omitempty"`
	Waiting []waiting `json:"waiting,omitempty"`
	Heard   []string  `json:"heard,omitempty"`   // ids of the last messages
	Reasons []string  `json:"reasons,omitempty"` // for which the agent has written unasked, and does not again
	Quiet   bool      `json:"quiet,omitempty"`   // the customer does not want that
}

// A Line is something that was said or done.
type Line struct {
	Turn    int             `json:"turn,omitempty"`
	By      string          `json:"by"` // ByCustomer, ByAgent, ByCode, ByPerson, ByTool, ByDesk or ByNobody
	Channel string          `json:"channel,omitempty"`
	Text    string          `json:"text,omitempty"`
	Done    *llm.ToolResult `json:"done,omitempty"` // by a tool, or a desk
	Time    time.Time       `json:"time,omitzero"`
}

// Who a line is by, beside those of a reply.
const (
	ByCustomer = "customer"
	ByTool     = "tool"   // a call of a tool that reads, or that refused to propose
	ByDesk     = "desk"   // the result of a command
	ByNobody   = "nobody" // an occasion
)

// A Fact is what a customer stated about themselves.
type Fact struct {
	Text   string    `json:"text"`
	Source string    `json:"source"` // the message in which they did
	Time   time.Time `json:"time"`
}

// waiting is a message that came during a turn, with the proposal that its writer had been told.
type waiting struct {
	Message Message `json:"message"`
	Shown   string  `json:"shown,omitempty"`
}
