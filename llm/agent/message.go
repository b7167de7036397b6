package agent

import (
	"errors"
	"fmt"
	"time"
)

// A Message is what a conversation receives. It is an event of the topic Messages, under the conversation's
// key.
type Message struct {
	// ID is the one that its channel gave it. A message with the ID of an earlier one changes nothing.
	// Defaults to the record's.
	ID string `json:"id,omitempty"`
	// Kind defaults to Customer.
	Kind Kind `json:"kind,omitempty"`
	// Channel is where it came from and where it is answered, such as "app" or "phone".
	Channel string `json:"channel,omitempty"`
	Text    string `json:"text,omitempty"`
	// Proposal is the id of the one that a yes or no is about, for channels that show buttons. Defaults to
	// the proposal that was told last.
	Proposal string `json:"answers,omitempty"`
	// Time is when it was said. Defaults to the record's, which also counts if Time is later than an hour
	// from now: the clock that it comes from is wrong then.
	Time time.Time `json:"time,omitzero"`
}

// A Kind is who speaks, or what is to become of the conversation.
type Kind string

// The kinds of messages.
const (
	Customer Kind = ""          // the customer writes
	Occasion Kind = "occasion"  // live rows give a reason to write; the ID names it
	Person   Kind = "person"    // one of our people writes to the customer
	TakeOver Kind = "take-over" // one of our people takes the conversation
	HandBack Kind = "hand-back" // and gives it back
	Forget   Kind = "forget"    // erase what is remembered
)

// MaxText bounds the text of a message, in bytes. A longer one is a dead letter.
const MaxText = 8000

// MaxID bounds the id of a message, its channel, and the id of the proposal that it answers, in bytes.
const MaxID = 256

// MaxReply bounds the text of an agent's reply, in bytes. The model is asked to shorten a longer one.
const MaxReply = 8000

// Valid returns why a message can't be received.
func (m Message) Valid() error {
	switch m.Kind {
	case Customer, Occasion, Person:
		if m.Text == "" {
			return errors.New("agent: a message without text")
		}
	case TakeOver, HandBack, Forget:
	default:
		return fmt.Errorf("agent: no such kind of message: %q", m.Kind)
	}

	if n := max(len(m.ID), len(m.Channel), len(m.Proposal)); n > MaxID {
		return fmt.Errorf("agent: an id or channel of %d bytes, at most %d are kept", n, MaxID)
	}

	if len(m.Text) > MaxText {
		return fmt.Errorf("agent: a message of %d bytes, at most %d are read", len(m.Text), MaxText)
	}

	return nil
}

// A Reply is what the customer is told. It is an event of the topic Replies.
type Reply struct {
	Turn     int       `json:"turn"`
	Message  string    `json:"message_id"` // the one that is answered, or the occasion
	By       string    `json:"by"`         // ByAgent, ByCode or ByPerson
	Channel  string    `json:"channel,omitempty"`
	Text     string    `json:"text"`
	Proposal *Proposal `json:"proposal,omitempty"` // that a yes accepts
	Time     time.Time `json:"time"`
}

// Who a reply is by.
const (
	ByAgent  = "agent"  // the model's words
	ByCode   = "code"   // computed: the terms of a proposal, the news of a hand-over
	ByPerson = "person" // one of our people
)

// A Handover is for people. It is an event of the topic Handovers: it gives them a conversation, or a
// message to one that they have.
type Handover struct {
	Turn    int       `json:"turn"`
	Why     string    `json:"why,omitempty"`
	Message string    `json:"message_id,omitempty"`
	Text    string    `json:"text,omitempty"`  // of the message
	Lines   []Line    `json:"lines,omitempty"` // how it came to this
	Time    time.Time `json:"time"`
}
