package llm

import (
	"context"
	"encoding/json"
	"time"
)

// A Model answers a chat. It is safe for use by several goroutines, does not change the request, and ends
// early with ctx, with an error that is ctx.Err(). llmtest.Conformance checks an implementation.
type Model interface {
	Chat(ctx context.Context, r Request) (Reply, error)
}

// A Request is what is asked. Its zero settings are the right ones for decisions.
type Request struct {
	Messages []Message `json:"messages"`
	// Schema is the JSON Schema of the answer. Defaults to free text.
	Schema json.RawMessage `json:"schema,omitempty"`
	// Tools are those that the model may call. Defaults to none.
	Tools []Tool `json:"tools,omitempty"`
	// MaxTokens bounds the answer. Defaults to as many as fit.
	MaxTokens int `json:"maxTokens,omitempty"`
	// Temperature is how much chance there is in the answer. Defaults to 0: the most likely answer each time.
	Temperature float64 `json:"temperature,omitempty"`
	// Seed is that of the choice above temperature 0. Defaults to 0.
	Seed int `json:"seed,omitempty"`
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
	Calls []Call `json:"calls,omitempty"` // of the assistant; in a tool's message, the call that it answers
}

// A Call is a tool call that a model asks for.
type Call struct {
	ID   string          `json:"id,omitempty"` // of the server, if it gives one; a tool's message repeats it
	Tool string          `json:"tool"`
	Args json.RawMessage `json:"args"` // a JSON object, if the model kept to that
}

// A Reply is a model's message, and what it cost.
type Reply struct {
	Message  Message `json:"message"`
	Model    string  `json:"model"`              // as the server names it
	Overlong bool    `json:"overlong,omitempty"` // MaxTokens, or the end of the context, cut it off
	// Cached reports that it was given before, to an equal request: no model was asked, and nothing was used.
	Cached bool `json:"cached,omitempty"`
	// InThoughts reports that the cut came before the answer began, while the model was thinking.
	InThoughts bool `json:"inThoughts,omitempty"`
	TokensIn   int  `json:"tokensIn"` // including those that were kept evaluated
	// TokensCached are those of TokensIn that were kept evaluated, if the server says so.
	TokensCached int           `json:"tokensCached,omitempty"`
	TokensOut    int           `json:"tokensOut"`
	Took         time.Duration `json:"took"`            // all of it, including time in a queue
	Read         time.Duration `json:"read,omitempty"`  // of Took, evaluating the prompt; 0 if not known
	Wrote        time.Duration `json:"wrote,omitempty"` // of Took, generating the answer; 0 if not known
}
