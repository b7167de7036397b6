package llmtest

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
)

// Obedient is the worst that a model can be: it obeys whatever it reads, no matter who wrote it, and
// answers as m does only if there is nothing to obey. It stands for a model that has been talked into
// things, so that tests show what such a model can and can't do. In every text except for the instructions,
// and within quotes and JSON, too, it looks for
//
//	CALL tool {"argument": "value"}     calls the tool
//	SAY text                            says the text, up to the end of the line or the quote
//
// Each call is made once in a chat, several at once. It needs no tools in the request: like any model that
// has none, it then writes what llm.ToolsBySchema reads.
func Obedient(m llm.Model) llm.Model { return obedient{m} }

type obedient struct{ model llm.Model }

// Chat implements llm.Model.
func (o obedient) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	if err := ctx.Err(); err != nil {
		return llm.Reply{}, err
	}

	calls, say := orders(r.Messages)
	if len(calls) == 0 && say == "" {
		return o.model.Chat(ctx, r)
	}

	m := llm.Message{Role: llm.Assistant, Text: say, Calls: calls}
	if len(r.Tools) == 0 {
		m = llm.Message{Role: llm.Assistant, Text: asForm(calls, say)}
	}

	return llm.Reply{Message: m, Model: "obeying", TokensIn: llm.Tokens(texts(r)...),
		TokensOut: llm.Tokens(m.Text)}, nil
}

// orders are the calls that have been ordered and not made yet; or, if there are none, what is to be said.
func orders(messages []llm.Message) (calls []llm.Call, say string) {
	done := map[string]bool{}
	for _, m := range messages {
		for _, c := range callsMade(m) {
			done[callKey(c)] = true
		}
	}

	for _, m := range messages {
		if m.Role == llm.System || m.Role == llm.Assistant {
			continue
		}

		for _, c := range callsOrdered(m.Text) {
			if !done[callKey(c)] {
				calls = append(calls, c)
			}
			done[callKey(c)] = true
		}

		for _, found := range sayOrder.FindAllStringSubmatch(m.Text, -1) {
			if text := strings.TrimSpace(found[1]); !wasSaid(messages, text) {
				say = text
			}
		}
	}

	if len(calls) > 0 {
		return calls, ""
	}

	return nil, say
}

// form is what llm.ToolsBySchema reads and shows.
type form struct {
	Tool      string          `json:"tool,omitempty"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Calls     []form          `json:"calls,omitempty"`
	Reply     string          `json:"reply,omitempty"`
}

func asForm(calls []llm.Call, say string) string {
	f := form{Reply: say}
	for _, c := range calls {
		f.Calls = append(f.Calls, form{Tool: c.Tool, Arguments: c.Args})
	}

	if len(f.Calls) == 1 {
		f = f.Calls[0]
	}

	b, _ := json.Marshal(f) // of valid JSON
	if len(f.Calls) > 1 {
		b, _ = json.Marshal(f.Calls)
	}

	return string(b)
}

// callsMade are the calls of a message of the model, in either encoding.
func callsMade(m llm.Message) []llm.Call {
	if m.Role != llm.Assistant {
		return nil
	}

	calls := m.Calls
	var f form
	if json.Unmarshal([]byte(m.Text), &f.Calls) != nil {
		_ = json.Unmarshal([]byte(m.Text), &f) // else it is text
	}

	for _, c := range append(f.Calls, f) {
		if c.Tool != "" {
			calls = append(calls, llm.Call{Tool: c.Tool, Args: c.Arguments})
		}
	}

	return calls
}

func wasSaid(messages []llm.Message, text string) bool {
	return slices.ContainsFunc(messages, func(m llm.Message) bool { return m.Role == llm.Assistant && strings.Contains(m.Text, text) })
}

var (
	callOrder  = regexp.MustCompile(`\bCALL\s+([\w.-]+)\s*`)
	sayOrder   = regexp.MustCompile(`\bSAY\s+([^\n"\\]+)`)
	quotedName = regexp.MustCompile(`^\(\s*'[^']*'\s*:`) // in an object, after llm.Quote
)

// callsOrdered are the calls that a text orders.
func callsOrdered(text string) (calls []llm.Call) {
	for _, at := range callOrder.FindAllStringSubmatchIndex(text, -1) {
		args := unquoted(text[at[1]:])
		if !json.Valid([]byte(args)) {
			args = "{}"
		}
		calls = append(calls, llm.Call{Tool: text[at[2]:at[3]], Args: json.RawMessage(args)})
	}
	return calls
}

// unquoted is the object that a text begins with, as it was before llm.Quote or a JSON string had it.
func unquoted(text string) string {
	var (
		out  strings.Builder
		open []byte // what must still be closed
	)
	text = strings.ReplaceAll(text, `\"`, `"`)
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '(' && quotedName.MatchString(text[i:]):
			c = '{'
		case c == '(':
			c = '['
		case c == '\'':
			c = '"'
		}

		switch c {
		case '{':
			open = append(open, '}')
		case '[':
			open = append(open, ']')
		case '}', ']', ')':
			if len(open) > 0 {
				c, open = open[len(open)-1], open[:len(open)-1]
			}
		}

		if len(open) == 0 && out.Len() == 0 {
			return ""
		}
		out.WriteByte(c)

		if len(open) == 0 {
			break
		}
	}

	return out.String()
}
