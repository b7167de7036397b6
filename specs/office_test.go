package specs_test

import (
	"context"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// What the office keeps.
const (
	Inquiries topology.Topic[ClientID, Inquiry] = "inquiries"
	Replies   topology.Topic[ClientID, string]  = "replies"
	Letters   topology.Topic[ClientID, string]  = "to-people"
	Files     topology.Table[ClientID, File]    = "files"
)

// office answers inquiries. What it can't file explodes, and what is too long does not go out: such an answer
// can't be applied.
func office(m llm.Model) *topology.Topology {
	t := topology.New("office")
	received := topology.Fold(Files, topology.From(t, Inquiries), File.open)
	replies, unsettled := topology.Async(received, "clerk", clerk{m}, topology.Policy[Inquiry]{})
	topology.Fold(Files, replies, File.answer)
	replies.To(Replies)

	topology.Map(unsettled, func(f topology.Failure[Inquiry]) string { return f.Cause }).To(Letters)

	return t
}

// desert is the office without people: what is unsettled is a dead letter.
func desert(m llm.Model) *topology.Topology {
	t := topology.New("desert")
	received := topology.Fold(Files, topology.From(t, Inquiries), File.open)
	replies, _ := topology.Async(received, "clerk", clerk{m}, topology.Policy[Inquiry]{})
	topology.Fold(Files, replies, File.answer).To(Replies)
	return t
}

type (
	ClientID string
	Inquiry  struct {
		Text string `json:"text"`
		Rule string `json:"rule,omitempty"` // the answer if the clerk has none
	}
	File struct {
		Open     int    `json:"open,omitempty"`
		Answered int    `json:"answered,omitempty"`
		Last     string `json:"last,omitempty"`
	}
)

func (f File) open(Inquiry) File {
	f.Open++
	return f
}

func (f File) answer(text string) File {
	if strings.HasPrefix(text, "explode") {
		panic("the file exploded: " + text)
	}
	f.Open--
	f.Answered++
	f.Last = text
	if len(text) > 10 {
		f.Last = text[:10]
	}
	return f
}

// A clerk answers what the model says.
type clerk struct{ model llm.Model }

func (c clerk) Decide(ctx context.Context, q Inquiry) (string, topology.Provenance, error) {
	reply, err := c.model.Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User, Text: q.Text}}})
	switch {
	case err != nil:
		return "", nil, err
	case reply.Message.Text == "long":
		return strings.Repeat("long ", 200_000), nil, nil
	}
	return reply.Message.Text, nil, nil
}

func (clerk) Check(_ context.Context, _ Inquiry, text string) error {
	if text == "bad check" {
		panic("the check exploded")
	}
	return nil
}

func (clerk) GiveUp(q Inquiry, cause error) (string, error) {
	if q.Rule == "" {
		return "", cause
	}
	return q.Rule, nil
}
