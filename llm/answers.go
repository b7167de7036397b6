package llm

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// answerSchema is the schema of an answer in the forms of ToolsBySchema: one call, several, or a reply.
func answerSchema(calls []*jsonschema.Schema, reply json.RawMessage) (json.RawMessage, error) {
	if len(reply) == 0 {
		reply = json.RawMessage(`{"type":"string"}`)
	}

	text, err := forGrammar(reply)
	if err != nil {
		return nil, err
	}
	dropDescriptions(text)

	call := &jsonschema.Schema{Ref: "#/$defs/call"}
	several := &jsonschema.Schema{Type: "array", Items: call, MinItems: new(2), MaxItems: new(MaxCalls)}

	return json.Marshal(&jsonschema.Schema{
		AnyOf: []*jsonschema.Schema{call, closedObject(field{"reply", text}), several},
		Defs:  map[string]*jsonschema.Schema{"call": {AnyOf: calls}},
	})
}

// callSchema is the schema of a call of one tool.
func callSchema(tool string, args *jsonschema.Schema) *jsonschema.Schema {
	name := &jsonschema.Schema{Const: jsonschema.Ptr[any](tool)}
	return closedObject(field{"tool", name}, field{"arguments", args})
}

type field struct {
	name   string
	schema *jsonschema.Schema
}

// closedObject is the schema of an object that has these fields and no others.
func closedObject(fields ...field) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Type:                 "object",
		Properties:           map[string]*jsonschema.Schema{},
		AdditionalProperties: noSchema(),
	}
	for _, f := range fields {
		s.Properties[f.name] = f.schema
		s.PropertyOrder = append(s.PropertyOrder, f.name)
		s.Required = append(s.Required, f.name)
	}

	return s
}

// An answer is what the model is held to, and the form in which it is shown its earlier answers.
type answer struct {
	Tool      string          `json:"tool,omitempty"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Calls     []answer        `json:"calls,omitempty"`
	Reply     json.RawMessage `json:"reply,omitempty"`
}

// understand makes calls or a text of an answer: by its own forms, or else by those in which models write
// calls.
func understand(reply Reply, tools []Tool, structured bool) (Reply, error) {
	reply = withoutThoughts(reply)
	if reply.InThoughts {
		return reply, invalidAnswer("%w", cutOff(reply))
	}

	answer, err := parseAnswer(reply, structured)
	if err == nil && structured {
		return answer, nil
	}

	if err == nil {
		return Interpret(answer, tools)
	}

	if w := readWritten(reply.Message.Text, tools); len(w.calls) > 0 {
		reply.Message.Text, reply.Message.Calls = "", w.calls
		return reply, nil
	}
	return reply, err
}

// parseAnswer makes calls or a text of an answer in one of its forms.
func parseAnswer(reply Reply, structured bool) (Reply, error) {
	text := unfenced(reply.Message.Text)
	isForm := strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[{")
	if !structured && !isForm && text != "" {
		return reply, nil
	}

	if strings.HasPrefix(text, "[") {
		text = `{"calls":` + text + `}`
	}

	var a answer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return reply, invalidAnswer("%w", cmp.Or(cutOff(reply), err))
	}

	m := Message{Role: reply.Message.Role, Calls: a.calls()}
	for _, c := range m.Calls {
		if c.Tool == "" {
			return reply, invalidAnswer("a call names no tool")
		}
	}

	switch {
	case len(a.Reply) > 0 && structured:
		m.Text = string(a.Reply)
	case len(a.Reply) > 0:
		if err := json.Unmarshal(a.Reply, &m.Text); err != nil {
			return reply, invalidAnswer("reply must be a text")
		}
	case len(m.Calls) == 0:
		return reply, invalidAnswer(`it has neither "tool" nor "reply"`)
	}
	reply.Message = m

	return reply, nil
}

// unfenced is a text without a fence around all of it.
func unfenced(text string) string {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	inner, ok := strings.CutPrefix(text, "```")
	if !ok || !strings.HasSuffix(inner, "```") {
		return text
	}
	inner = strings.TrimSuffix(inner, "```")

	return strings.TrimSpace(strings.TrimLeft(inner, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"))
}

func invalidAnswer(format string, args ...any) error {
	const what = "llm: the answer is no call and no reply: "
	return &Error{Kind: ErrInvalid, Err: fmt.Errorf(what+format, args...)}
}

func (a answer) calls() (calls []Call) {
	if a.Tool != "" || len(a.Arguments) > 0 {
		calls = []Call{{Tool: a.Tool, Args: orEmpty(a.Arguments)}}
	}

	for _, c := range a.Calls {
		calls = append(calls, Call{Tool: c.Tool, Args: orEmpty(c.Arguments)})
	}
	return calls
}

// formatAnswer writes an earlier message of the model in the form of its answers. Strings and valid JSON
// always have JSON.
func formatAnswer(m Message, structured bool) string {
	var a answer
	for _, c := range m.Calls {
		a.Calls = append(a.Calls, answer{Tool: c.Tool, Arguments: compactArgs(c.Args)})
	}

	if len(a.Calls) > 1 && m.Text == "" {
		b, _ := json.Marshal(a.Calls)
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
	b, _ := json.Marshal(a)

	return string(b)
}

// compactArgs is JSON without spaces. What is no JSON becomes a string, so that it can be shown.
func compactArgs(args json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if err := json.Compact(&b, orEmpty(args)); err != nil {
		b.Reset()
		_ = json.NewEncoder(&b).Encode(string(args))
	}
	return bytes.TrimSpace(b.Bytes())
}
