// Package transcript puts on record what models are told and what they answer.
//
//	model := transcript.Of(llm.Ollama("qwen2.5-coder:1.5b"))
//	adviser := llm.Operator[Case, Advice]{Model: model, ...}
//	advice, _ := topology.Async(cases, "advise", adviser, topology.Policy[Case]{Record: true})
//
// An operator whose Policy has Record leaves a record of each answer: see package journal. [Of] adds the
// chat. What is the same for many decisions, which is instructions and tools, is kept once; the rest goes
// into the record itself. Outside of a recorded call the wrapped model costs nothing.
package transcript

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/llm"
)

// Names of notes. A message's name is its place in the chat and its role: "2 user".
const (
	Tools = "tools" // the tools that the model could call, as JSON; kept once
	Usage = "usage" // with a place in the chat: what an exchange took, a Cost as JSON
)

// A Cost is what one exchange took.
type Cost struct {
	Model     string `json:"model"`
	TokensIn  int    `json:"tokens_in"`
	TokensOut int    `json:"tokens_out"`
	MS        int64  `json:"ms"`
	Error     string `json:"error,omitempty"`
}

// Of returns the model with its chats on record.
func Of(m llm.Model) llm.Model { return recorded{m} }

type recorded struct{ llm.Model }

// Chat implements llm.Model. The messages that a chat repeats are on record once.
func (m recorded) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	if !journal.Recording(ctx) {
		return m.Model.Chat(ctx, r)
	}

	for i, message := range r.Messages {
		addMessage(ctx, i, message)
	}

	if len(r.Tools) > 0 {
		journal.AddSharedNote(ctx, Tools, encode(r.Tools))
	}

	reply, err := m.Model.Chat(ctx, r)
	cost := Cost{
		Model:     reply.Model,
		TokensIn:  reply.TokensIn,
		TokensOut: reply.TokensOut,
		MS:        reply.Took.Milliseconds(),
	}
	if err != nil {
		cost.Error = err.Error()
	} else {
		addMessage(ctx, len(r.Messages), reply.Message)
	}
	journal.AddNote(ctx, fmt.Sprint(Usage, " ", len(r.Messages)), encode(cost))

	return reply, err
}

// addMessage notes what was said at one place of the chat. Instructions are the system's, which many
// decisions share.
func addMessage(ctx context.Context, place int, m llm.Message) {
	text := m.Text
	if len(m.Calls) > 0 {
		text += "\n" + encode(m.Calls)
	}

	name := fmt.Sprint(place, " ", m.Role)
	if m.Role == llm.System {
		journal.AddSharedNote(ctx, name, text)
	} else {
		journal.AddNote(ctx, name, text)
	}
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // arguments of a call that are no JSON
		return fmt.Sprint(v)
	}
	return string(b)
}
