package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// ToolsBySchema lets a model use tools that keeps to a JSON Schema but has no tool calls of its own, or poor ones. It puts
// the tools of a request into its instructions, earlier calls and their results into the chat as text, and holds the
// answer to one of three forms, which become the Calls or the Text of the reply:
//
//	{"tool": "book", "arguments": {"flight": "UA1"}}
//	[{"tool": ..., "arguments": ...}, {"tool": ..., "arguments": ...}]
//	{"reply": "You are booked."}
//
// With a Schema in the request, reply has that schema and Text is its JSON. Text that is no JSON is a reply too, unless
// there is a Schema, and {"calls": [...], "reply": ...} is both. An answer that can't be used is ErrInvalid, and comes along
// with the error, so that the objection can be shown to the model: put Resilient inside, not around. Calls are passed on as
// they are: of tools that aren't there and arguments that don't hold, RunTools tells the model.
//
// The same tools are always the same text, right after the instructions, so that the server keeps both evaluated.
func ToolsBySchema(m Model) Model { return &bySchema{m} }

type bySchema struct{ model Model }

// Chat implements Model.
func (s *bySchema) Chat(ctx context.Context, r Request) (Reply, error) {
	asked, err := plain(r)
	if err != nil {
		return Reply{}, &Error{Kind: ErrRefused, Err: err}
	}
	reply, err := s.model.Chat(ctx, asked)
	if err != nil || len(r.Tools) == 0 {
		return reply, err
	}
	return parsed(reply, len(r.Schema) > 0)
}

func (s *bySchema) warmUp(ctx context.Context, r Request) error {
	asked, err := plain(r)
	if err != nil {
		return err
	}
	return warmUp(ctx, s.model, asked)
}

// plain is the request without tools: they are text and schema.
func plain(r Request) (Request, error) {
	r.Messages = textual(r.Messages, len(r.Tools) > 0, len(r.Schema) > 0)
	if len(r.Tools) == 0 {
		return r, nil
	}
	text, schema, err := described(r.Tools, r.Schema)
	if err != nil {
		return r, err
	}
	if len(r.Messages) > 0 && r.Messages[0].Role == System {
		r.Messages[0].Text += "\n\n" + text // textual has made the slice ours
	} else {
		r.Messages = append([]Message{{Role: System, Text: text}}, r.Messages...)
	}
	r.Tools, r.Schema = nil, schema
	return r, nil
}

// An answer is what the model is held to, and what it is shown of its earlier answers.
type answer struct {
	Tool      string          `json:"tool,omitempty"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Calls     []answer        `json:"calls,omitempty"`
	Reply     json.RawMessage `json:"reply,omitempty"`
}

// parsed makes calls or a text of an answer.
func parsed(reply Reply, structured bool) (Reply, error) {
	text := strings.TrimSpace(reply.Message.Text)
	if !structured && !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[{") && text != "" {
		return reply, nil
	}
	if strings.HasPrefix(text, "[") {
		text = `{"calls":` + text + `}`
	}
	var a answer
	if err := json.Unmarshal([]byte(text), &a); err != nil && reply.Overlong {
		return reply, invalid("it was cut off after %d tokens; be brief", reply.TokensOut)
	} else if err != nil {
		return reply, invalid("%w", err)
	}
	m := Message{Role: reply.Message.Role, Calls: a.all()}
	for _, c := range m.Calls {
		if c.Tool == "" {
			return reply, invalid("a call names no tool")
		}
	}
	switch {
	case len(a.Reply) > 0 && structured:
		m.Text = string(a.Reply)
	case len(a.Reply) > 0:
		if err := json.Unmarshal(a.Reply, &m.Text); err != nil {
			return reply, invalid("reply must be a text")
		}
	case len(m.Calls) == 0:
		return reply, invalid(`it has neither "tool" nor "reply"`)
	}
	reply.Message = m
	return reply, nil
}

func invalid(format string, args ...any) error {
	return &Error{Kind: ErrInvalid, Err: fmt.Errorf("llm: the answer is no call and no reply: "+format, args...)}
}

// all are the calls of an answer.
func (a answer) all() (calls []Call) {
	if a.Tool != "" || len(a.Arguments) > 0 {
		calls = []Call{{Tool: a.Tool, Args: orEmpty(a.Arguments)}}
	}
	for _, c := range a.Calls {
		calls = append(calls, Call{Tool: c.Tool, Args: orEmpty(c.Arguments)})
	}
	return calls
}

// textual is a copy of the messages without calls and without the role of tools. If the answers are held to a form, the
// earlier ones are shown in that form; structured replies are JSON within.
func textual(messages []Message, form, structured bool) (out []Message) {
	for i := 0; i < len(messages); i++ {
		m := messages[i]
		switch {
		case m.Role == Assistant && (form || len(m.Calls) > 0):
			out = append(out, Message{Role: Assistant, Text: said(m, structured)})
		case m.Role == ToolRole:
			n := 1
			for i+n < len(messages) && messages[i+n].Role == ToolRole {
				n++
			}
			out = append(out, Message{Role: User, Text: results(messages[i : i+n])})
			i += n - 1
		default:
			out = append(out, m)
		}
	}
	return out
}

// said is an earlier message of the model in the form of its answers.
func said(m Message, structured bool) string {
	var a answer
	for _, c := range m.Calls {
		a.Calls = append(a.Calls, answer{Tool: c.Tool, Arguments: compacted(c.Args)})
	}
	if len(a.Calls) > 1 && m.Text == "" {
		b, _ := json.Marshal(a.Calls) // of strings and valid JSON
		return string(b)
	}
	if len(a.Calls) == 1 {
		a = a.Calls[0]
	}
	if structured && json.Valid([]byte(m.Text)) {
		a.Reply = json.RawMessage(m.Text)
	} else if m.Text != "" {
		a.Reply, _ = json.Marshal(m.Text)
	}
	b, _ := json.Marshal(a) // likewise
	return string(b)
}

// compacted is JSON without spaces; what is no JSON becomes a string, so that it can be shown.
func compacted(args json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if err := json.Compact(&b, orEmpty(args)); err != nil {
		b.Reset()
		_ = json.NewEncoder(&b).Encode(string(args))
	}
	return bytes.TrimSpace(b.Bytes())
}

// results are those of calls that were made at once; the arguments tell several apart.
func results(messages []Message) string {
	var lines []string
	for _, m := range messages {
		of := "the tool"
		if len(m.Calls) > 0 {
			of = m.Calls[0].Tool
		}
		if len(m.Calls) > 0 && len(messages) > 1 {
			of += " " + string(compacted(m.Calls[0].Args))
		}
		lines = append(lines, "Result of "+of+": "+m.Text)
	}
	return strings.Join(lines, "\n") + "\nReply if you know all that was asked, or call another tool."
}

// described is what a model is told of the tools, and the schema of its answer.
func described(tools []Tool, reply json.RawMessage) (text string, schema json.RawMessage, err error) {
	var b strings.Builder
	b.WriteString(howTo)
	var calls []*jsonschema.Schema
	for _, t := range tools {
		args, err := argsForGrammar(t)
		if err != nil {
			return "", nil, err
		}

		describe(&b, t, args)
		dropDescriptions(args)
		calls = append(calls, callSchema(t.Name, args))
	}
	schema, err = answerSchema(calls, reply)
	return b.String(), schema, err
}

// howTo has an example of each form, which tells small models more than words do. A list must come last: where it was an
// object of its own, they began with it, and made up a second call.
const howTo = `You have tools. Answer with one JSON object:
{"tool": "get_weather", "arguments": {"city": "Rome"}} to call a tool, when you need to know or do something. You are then shown its result.
{"reply": "It rains in Rome."} to answer: when the results are there, when no tool fits, or to ask for what is missing.
If several tools are needed at once, a list of such calls: [{"tool": ..., "arguments": ...}, {"tool": ..., "arguments": ...}]
The tools:`

func describe(b *strings.Builder, t Tool, args *jsonschema.Schema) {
	fmt.Fprintf(b, "\n- %s %s: %s", t.Name, typeScript(args), t.Description)
	for name, p := range properties(args) {
		if p.Description != "" {
			fmt.Fprintf(b, "\n  %s: %s", name, p.Description)
		}
	}
}
