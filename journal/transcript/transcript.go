// Package transcript puts what models are told, and what they say, on the record of the decision that they help to make.
//
// An operator whose Policy has Record leaves a record of each answer; see package journal. [Of] adds the chat: put
// it around the model that the operator asks. What is the same for many decisions, instructions and tools, is kept once;
// the rest goes into the record itself. Outside of a recorded call a model that is wrapped costs nothing.
package transcript

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/llm"
)

// Names of notes. Those of messages are their place in the chat and their role: "2 user".
const (
	Tools = "tools" // that the model could call, as JSON; kept once
	Usage = "usage" // of each exchange, as JSON: a Cost
)

// A Cost is what one exchange took.
type Cost struct {
	Model     string `json:"model"`
	TokensIn  int    `json:"tokens_in"`
	TokensOut int    `json:"tokens_out"`
	MS        int64  `json:"ms"`
	Error     string `json:"error,omitempty"`
}

// Of is the model, with its chats on record.
func Of(m llm.Model) llm.Model { return recorded{m} }

type recorded struct{ llm.Model }

// Chat implements llm.Model. The messages that a chat repeats are on record once.
func (m recorded) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	if !journal.Recording(ctx) {
		return m.Model.Chat(ctx, r)
	}
	for i, message := range r.Messages {
		note(ctx, i, message)
	}
	if len(r.Tools) > 0 {
		journal.AddSharedNote(ctx, Tools, encode(r.Tools))
	}
	reply, err := m.Model.Chat(ctx, r)
	cost := Cost{reply.Model, reply.TokensIn, reply.TokensOut, reply.Took.Milliseconds(), ""}
	if err != nil {
		cost.Error = err.Error()
	} else {
		note(ctx, len(r.Messages), reply.Message)
	}
	journal.AddNote(ctx, fmt.Sprint(Usage, " ", len(r.Messages)), encode(cost))
	return reply, err
}

// note says what was said at one place of the chat. Instructions are the system's.
func note(ctx context.Context, place int, m llm.Message) {
	take := journal.AddNote
	if m.Role == llm.System {
		take = journal.AddSharedNote
	}
	text := m.Text
	if len(m.Calls) > 0 {
		text += "\n" + encode(m.Calls)
	}
	take(ctx, fmt.Sprint(place, " ", m.Role), text)
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // arguments of a call that are no JSON
		return fmt.Sprint(v)
	}
	return string(b)
}
