package agent

import (
	"context"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
)

// request is what the model is asked: the instructions, what was said before, then the facts of now with the message,
// and what the turn has come to so far.
func (a asker[K, R]) request(ctx context.Context, c Case[K, R]) (llm.Request, error) {
	facts := ""
	if a.Facts != nil {
		var err error
		if facts, err = a.Facts(ctx, c); err != nil {
			return llm.Request{}, fmt.Errorf("agent: the facts of %s: %w", c.Key, err)
		}
	}
	messages := []llm.Message{{Role: llm.System, Text: a.Instructions}}
	messages = append(messages, said(c.talk.Lines, func(l Line) bool { return l.Turn < c.Turn.Turn })...)
	messages = append(messages, llm.Message{Role: llm.User, Text: c.talk.now(facts)})
	messages = append(messages, said(c.talk.Lines, func(l Line) bool {
		return l.Turn == c.Turn.Turn && l.By != ByCustomer && l.By != ByNobody
	})...)
	r := llm.Request{Messages: messages, MaxTokens: a.Bounds.ReplyTokens}
	for _, t := range a.tools(c) {
		r.Tools = append(r.Tools, t.Tool)
	}
	return r, nil
}

// now is the message of the turn, with what there is to know.
func (c Conversation) now(facts string) string {
	var b strings.Builder
	if facts != "" {
		fmt.Fprintf(&b, "Facts, as of now:\n%s\n", strings.TrimSpace(facts))
	}
	for _, e := range c.Earlier {
		fmt.Fprintf(&b, "Earlier: %s\n", e)
	}
	for _, f := range c.Facts {
		fmt.Fprintf(&b, "The customer told us: %s\n", llm.Quote(f.Text))
	}
	if c.Work.Note != "" {
		fmt.Fprintln(&b, c.Work.Note)
	}
	if c.Work.Message.Kind == Occasion {
		return b.String() + "Nobody wrote. A reason to write to the customer: " + c.Work.Message.Text
	}
	return b.String() + "The customer writes: " + quote(c.Work.Message.Text)
}

// said makes a chat of lines. What people wrote is quoted.
func said(lines []Line, which func(Line) bool) (chat []llm.Message) {
	for _, l := range lines {
		if !which(l) {
			continue
		}
		switch l.By {
		case ByCustomer:
			chat = append(chat, llm.Message{Role: llm.User, Text: "The customer writes: " + quote(l.Text)})
		case ByNobody:
			chat = append(chat, llm.Message{Role: llm.User, Text: "Nobody wrote. A reason to write to the customer: " + l.Text})
		case ByTool, ByDesk:
			result := l.Done.Message()
			if l.Done.Error == "" && l.Text != "" {
				result.Text = l.Text
			}
			chat = append(chat, llm.Message{Role: llm.Assistant, Calls: result.Calls}, result)
		case ByPerson:
			chat = append(chat, llm.Message{Role: llm.Assistant, Text: "(one of our people) " + l.Text})
		default:
			chat = append(chat, llm.Message{Role: llm.Assistant, Text: l.Text})
		}
	}
	return chat
}

// quote is llm.Quote for texts of any length.
func quote(text string) string {
	var parts []string
	for r := []rune(text); len(r) > 0; r = r[min(len(r), llm.MaxQuote):] {
		parts = append(parts, llm.Quote(string(r[:min(len(r), llm.MaxQuote)])))
	}
	return strings.Join(parts, " ")
}
