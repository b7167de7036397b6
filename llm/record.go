package llm

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slipstream-go/slipstream/journal"
)

// OnRecord returns a model that puts its chats on the record of the answer for which it is asked, with what
// each exchange took; nothing happens if the answer does not go on record: see package journal. [Operator]
// and package agent ask their models by it. An operator of your own that asks a model wraps it. Instructions
// and tools, which many answers share, are kept once. What is on record is not noted again, so a model may be
// wrapped twice.
func OnRecord(m Model) Model { return recorded{m} }

// An Exchange is the note of what one exchange with a model took. Its name is "usage", with its place in the
// chat.
type Exchange struct {
	Model     string `json:"model"`
	TokensIn  int    `json:"tokens_in"`
	TokensOut int    `json:"tokens_out"`
	MS        int64  `json:"ms"`
	Error     string `json:"error,omitempty"`
}

type recorded struct{ Model }

// Chat implements Model. The messages that a chat repeats are on record once.
func (m recorded) Chat(ctx context.Context, r Request) (Reply, error) {
	if !journal.Recording(ctx) {
		return m.Model.Chat(ctx, r)
	}

	for i, message := range r.Messages {
		addMessage(ctx, i, message)
	}

	if len(r.Tools) > 0 {
		journal.AddSharedNote(ctx, "tools", asNote(r.Tools))
	}

	reply, err := m.Model.Chat(ctx, r)
	took := Exchange{
		Model:     reply.Model,
		TokensIn:  reply.TokensIn,
		TokensOut: reply.TokensOut,
		MS:        reply.Took.Milliseconds(),
	}
	if err != nil {
		took.Error = err.Error()
	} else {
		addMessage(ctx, len(r.Messages), reply.Message)
	}
	journal.AddNote(ctx, fmt.Sprint("usage ", len(r.Messages)), asNote(took))

	return reply, err
}

// addMessage notes what was said at one place of the chat. Instructions are the system's, which many
// decisions share.
func addMessage(ctx context.Context, place int, m Message) {
	text := m.Text
	if len(m.Calls) > 0 {
		text += "\n" + asNote(m.Calls)
	}

	name := fmt.Sprint(place, " ", m.Role)
	if m.Role == System {
		journal.AddSharedNote(ctx, name, text)
	} else {
		journal.AddNote(ctx, name, text)
	}
}

func asNote(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // arguments of a call that are no JSON
		return fmt.Sprint(v)
	}
	return string(b)
}
