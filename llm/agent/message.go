package agent

import (
	"errors"
	"fmt"
	"time"
)

// A Message is something for a conversation to hear. It is an event of the topic Messages, under the conversation's key.
type Message struct {
	// ID is its channel's; one that was heard already changes nothing. Defaults to the record's.
	ID   string `json:"id,omitempty"`
	Kind Kind   `json:"kind,omitempty"`
	// Channel it came by, and by which it is answered: "app", "phone".
	Channel string `json:"channel,omitempty"`
	Text    string `json:"text,omitempty"`
	// Answers names the proposal that a yes or no is about, from a channel that shows buttons. Defaults to the one that
	// was told last.
	Answers string `json:"answers,omitempty"`
	// Time is when it was said. Defaults to the record's.
	Time time.Time `json:"time,omitzero"`
}

// A Kind says who speaks, or what is to become of the conversation.
type Kind string

// The kinds of messages.
const (
	Says     Kind = ""          // the customer, or whoever the agent talks with
	Occasion Kind = "occasion"  // nobody: live rows give a reason to write unasked. ID is the reason, which counts once
	Person   Kind = "person"    // one of our people, to the customer
	TakeOver Kind = "take-over" // one of our people takes the conversation
	HandBack Kind = "hand-back" // and gives it back
	Forget   Kind = "forget"    // erase what is remembered
)

// MaxText bounds the text of a message, in bytes: longer ones go to the dead letters.
const MaxText = 8000

// MaxID bounds the id of a message, its channel, and the id of a proposal that it answers, in bytes.
const MaxID = 256

// Valid says why a message can't be heard.
func (m Message) Valid() error {
	switch m.Kind {
	case Says, Occasion, Person:
		if m.Text == "" {
			return errors.New("agent: a message without text")
		}
	case TakeOver, HandBack, Forget:
	default:
		return fmt.Errorf("agent: no such kind of message: %q", m.Kind)
	}
	if n := max(len(m.ID), len(m.Channel), len(m.Answers)); n > MaxID {
		return fmt.Errorf("agent: an id or channel of %d bytes, at most %d are kept", n, MaxID)
	}
	if len(m.Text) > MaxText {
		return fmt.Errorf("agent: a message of %d bytes, at most %d are read", len(m.Text), MaxText)
	}
	return nil
}

// A Reply is what a conversation's other side is told. It is an event of the topic Replies.
type Reply struct {
	Turn    int       `json:"turn"`
	Message string    `json:"message_id"` // the one that is answered: what was said, or the reason for writing unasked
	By      string    `json:"by"`         // agent, code or person
	Channel string    `json:"channel,omitempty"`
	Text    string    `json:"text"`
	Offers  *Proposal `json:"proposal,omitempty"` // that a yes accepts
	Time    time.Time `json:"time"`
}

// Who a reply is by.
const (
	ByAgent  = "agent"  // the model's words
	ByCode   = "code"   // computed: the terms of a proposal, the news of a hand-over
	ByPerson = "person" // one of our people
)

// A Handover is for people. It is an event of the topic Handovers: the conversation is theirs, or, while it is, a
// message to it.
type Handover struct {
	Turn    int       `json:"turn"`
	Why     string    `json:"why,omitempty"`
	Message string    `json:"message_id,omitempty"`
	Text    string    `json:"text,omitempty"`  // of the message
	Lines   []Line    `json:"lines,omitempty"` // how it came to this
	Time    time.Time `json:"time"`
}
