package agent

import (
	"context"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
)

// request is what the model is asked: the instructions, what was said before, then the facts of now with
// the message, and what the turn has come to so far.
func (o operator[K, R]) request(ctx context.Context, c Case[K, R]) (llm.Request, error) {
	facts, err := o.facts(ctx, c)
	if err != nil {
		return llm.Request{}, err
	}

	var before, turn []Line
	for _, l := range c.talk.Lines {
		switch {
		case l.Turn < c.Turn.Turn:
			before = append(before, l)
		case l.Turn == c.Turn.Turn && l.By != ByCustomer && l.By != ByOccasion:
			turn = append(turn, l)
		}
	}

	messages := []llm.Message{{Role: llm.System, Text: o.Instructions}}
	messages = append(messages, asChat(before)...)
	messages = append(messages, llm.Message{Role: llm.User, Text: c.talk.promptOf(facts)})
	messages = append(messages, asChat(turn)...)

	r := llm.Request{Messages: messages, MaxTokens: o.Bounds.ReplyTokens}
	for _, t := range o.tools(c) {
		r.Tools = append(r.Tools, t.Tool)
	}

	return r, nil
}

func (o operator[K, R]) facts(ctx context.Context, c Case[K, R]) (string, error) {
	if o.Facts == nil {
		return "", nil
	}

	facts, err := o.Facts(ctx, c)
	if err != nil {
		return "", fmt.Errorf("agent: the facts of %s: %w", c.Key, err)
	}

	return facts, nil
}

// promptOf is the message of the turn, below what there is to know.
func (c Conversation) promptOf(facts string) string {
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

	m := c.Work.Message
	if m.Kind == Occasion {
		b.WriteString(occasionText(m.Text))
	} else {
		b.WriteString(customerText(m.Text))
	}

	return b.String()
}

func occasionText(text string) string {
	return "Nobody wrote. A reason to write to the customer: " + text
}

func customerText(text string) string { return "The customer writes: " + quote(text) }

// asChat makes a chat of lines. It quotes what people wrote.
func asChat(lines []Line) (chat []llm.Message) {
	for _, l := range lines {
		switch l.By {
		case ByCustomer:
			chat = append(chat, llm.Message{Role: llm.User, Text: customerText(l.Text)})
		case ByOccasion:
			chat = append(chat, llm.Message{Role: llm.User, Text: occasionText(l.Text)})
		case ByTool, ByDesk:
			result := l.Call.Message()
			if l.Call.Error == "" && l.Text != "" {
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

// quote is llm.Quote for texts of any length: several quotes, one after the other.
func quote(text string) string {
	var parts []string
	for r := []rune(text); len(r) > 0; {
		n := min(len(r), llm.MaxQuote)
		parts = append(parts, llm.Quote(string(r[:n])))
		r = r[n:]
	}
	return strings.Join(parts, " ")
}
