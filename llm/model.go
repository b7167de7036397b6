package llm

import (
	"context"
	"encoding/json"
	"time"
)

// A Model answers a chat. It is safe for use by several goroutines, leaves the request as it is, and ends early
// with ctx, then returning an error that is ctx.Err(). llmtest.Conformance checks an implementation.
type Model interface {
	Chat(ctx context.Context, r Request) (Reply, error)
}

// A Request is what is asked. Its zero settings are the right ones for decisions.
type Request struct {
	Messages    []Message       `json:"messages"`
	Schema      json.RawMessage `json:"schema,omitempty"`      // JSON Schema of the answer. Defaults to free text.
	Tools       []Tool          `json:"tools,omitempty"`       // that the model may call. Defaults to none.
	MaxTokens   int             `json:"maxTokens,omitempty"`   // of the answer. Defaults to as many as fit.
	Temperature float64         `json:"temperature,omitempty"` // 0 is the most likely answer each time. Defaults to 0.
	Seed        int             `json:"seed,omitempty"`        // of the choice above temperature 0. Defaults to 0.
}

// The roles of a Message.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
	ToolRole  = "tool"
)

// A Message is one turn of a chat.
type Message struct {
	Role  string `json:"role"` // System, User, Assistant or ToolRole
	Text  string `json:"text"`
	Calls []Call `json:"calls,omitempty"` // asked for by the assistant; in a tool's message, the one that it answers
}

// A Call is a tool call that a model asks for.
type Call struct {
	ID   string          `json:"id,omitempty"` // the server's, if it has one, by which a tool's message refers to it
	Tool string          `json:"tool"`
	Args json.RawMessage `json:"args"` // a JSON object, if the model kept to it
}

// A Reply is a model's message, and what it cost.
type Reply struct {
	Message   Message       `json:"message"`
	Model     string        `json:"model"`              // as the server calls it
	Overlong  bool          `json:"overlong,omitempty"` // MaxTokens, or the end of the context, ended it
	TokensIn  int           `json:"tokensIn"`           // those kept evaluated are counted too
	TokensOut int           `json:"tokensOut"`
	Took      time.Duration `json:"took"`            // all of it, queueing included
	Read      time.Duration `json:"read,omitempty"`  // of Took, evaluating the prompt. 0: not known
	Wrote     time.Duration `json:"wrote,omitempty"` // of Took, generating. 0: not known
}
