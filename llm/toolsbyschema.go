package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// ToolsBySchema lets a model use tools if it keeps to a JSON Schema but calls no tools by itself, or calls
// them poorly. It puts the tools of a request into its instructions, earlier calls and their results into
// the chat as text, and holds the answer to one of three forms, which become the Calls or the Text of the
// reply:
//
//	{"tool": "book", "arguments": {"flight": "UA1"}}
//	[{"tool": ..., "arguments": ...}, {"tool": ..., "arguments": ...}]
//	{"reply": "You are booked."}
//
// If the request has a Schema, reply has that schema and Text is its JSON. Without a Schema, text that is
// no JSON is a reply, too. {"calls": [...], "reply": ...} is both. Calls in other forms are read as Interpret
// does. An answer that can't be used is
// ErrInvalid, and comes along with the error, so that the model can be shown the objection: put Resilient
// inside, not around. Calls are passed on as they are. RunTools tells the model of tools that aren't there
// and of arguments that don't hold.
//
// A tool whose schema can't be used is not offered, and a warning says so.
//
// The same tools are always the same text, right after the instructions, so that the server keeps both
// evaluated.
func ToolsBySchema(m Model) Model { return &bySchema{m} }

type bySchema struct{ model Model }

// Chat implements Model.
func (s *bySchema) Chat(ctx context.Context, r Request) (Reply, error) {
	r.Tools = Offered(r.Tools)

	asked, err := withoutTools(r)
	if err != nil {
		return Reply{}, &Error{Kind: ErrRefused, Err: err}
	}

	reply, err := s.model.Chat(ctx, asked)
	if err != nil || len(r.Tools) == 0 {
		return reply, err
	}

	return understand(reply, r.Tools, len(r.Schema) > 0)
}

// WarmUp implements Warmer.
func (s *bySchema) WarmUp(ctx context.Context, r Request) error {
	r.Tools = Offered(r.Tools)

	asked, err := withoutTools(r)
	if err != nil {
		return err
	}
	return warmUp(ctx, s.model, asked)
}

// withoutTools makes text and schema of a request's tools.
func withoutTools(r Request) (Request, error) {
	r.Messages = asText(r.Messages, len(r.Tools) > 0, len(r.Schema) > 0)
	if len(r.Tools) == 0 {
		return r, nil
	}

	text, schema, err := describeTools(r.Tools, r.Schema)
	if err != nil {
		return r, err
	}

	if len(r.Messages) > 0 && r.Messages[0].Role == System {
		r.Messages[0].Text += "\n\n" + text // asText has copied the slice
	} else {
		r.Messages = append([]Message{{Role: System, Text: text}}, r.Messages...)
	}
	r.Tools, r.Schema = nil, schema

	return r, nil
}

// asText copies messages, and makes text of their calls and of the role of tools. If answers are held to a
// form, earlier ones are shown in that form; structured replies are JSON within it.
func asText(messages []Message, form, structured bool) (out []Message) {
	for len(messages) > 0 {
		m := messages[0]
		switch {
		case m.Role == Assistant && (form || len(m.Calls) > 0):
			out = append(out, Message{Role: Assistant, Text: formatAnswer(m, structured)})
		case m.Role == ToolRole:
			n := 1
			for n < len(messages) && messages[n].Role == ToolRole {
				n++
			}
			out = append(out, Message{Role: User, Text: formatResults(messages[:n])})
			messages = messages[n:]
			continue
		default:
			out = append(out, m)
		}
		messages = messages[1:]
	}

	return out
}

// formatResults shows the results of calls that were made at once. If there are several, the arguments tell
// them apart.
func formatResults(messages []Message) string {
	var lines []string
	for _, m := range messages {
		of := "the tool"
		if len(m.Calls) > 0 {
			of = m.Calls[0].Tool
		}

		if len(m.Calls) > 0 && len(messages) > 1 {
			of += " " + string(compactArgs(m.Calls[0].Args))
		}
		lines = append(lines, "Result of "+of+": "+m.Text)
	}

	return strings.Join(lines, "\n") + "\nReply if you know all that was asked, or call another tool."
}

// describeTools returns what a model is told of the tools, and the schema of its answer.
func describeTools(tools []Tool, reply json.RawMessage) (text string, schema json.RawMessage, err error) {
	var b strings.Builder
	b.WriteString(howTo)

	var calls []*jsonschema.Schema
	for _, t := range tools {
		args, err := argsForGrammar(t)
		if err != nil {
			return "", nil, err
		}

		describeTool(&b, t, args)
		dropDescriptions(args)
		calls = append(calls, callSchema(t.Name, args))
	}

	schema, err = answerSchema(calls, reply)

	return b.String(), schema, err
}

// howTo has an example of each form, which tells small models more than words do. A list must come last:
// where it was an object of its own, they began with it, and made up a second call.
const howTo = `You have tools. Answer with one JSON object:
{"tool": "get_weather",
"arguments": {"city": "Rome"}} to call a tool, when you need to know or do something. You are then shown its result.
{"reply": "It rains in Rome."} to answer: when the results are there, when no tool fits, or to ask for what is missing.
If several tools are needed at once, a list of such calls: [{"tool": ..., "arguments": ...}, {"tool": ..., "arguments": ...}]
The tools:`

func describeTool(b *strings.Builder, t Tool, args *jsonschema.Schema) {
	fmt.Fprintf(b, "\n- %s %s: %s", t.Name, typeScript(args), t.Description)

	for name, p := range properties(args) {
		if p.Description != "" {
			fmt.Fprintf(b, "\n  %s: %s", name, p.Description)
		}
	}
}
