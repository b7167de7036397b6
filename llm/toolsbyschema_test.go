package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// asks keeps what a model was asked for, and answers with a text.
type asks struct {
	says string
	last llm.Request
}

func (a *asks) Chat(_ context.Context, r llm.Request) (llm.Reply, error) {
	a.last = r
	return llm.Reply{Message: llm.Message{Role: llm.Assistant, Text: a.says}, Model: "asks"}, nil
}

func withTools(text string) llm.Request {
	r := prompt(text)
	r.Tools = []llm.Tool{book(), llm.NewTool("now", "The time.",
		func(context.Context, struct{}) (string, error) { return "noon", nil })}
	return r
}

func TestAnswersBecomeCallsOrText(t *testing.T) {
	for _, c := range []struct {
		says, text string
		calls      []llm.Call
	}{
		{says: `{"reply":"You are booked."}`, text: "You are booked."},
		{says: "You are booked.", text: "You are booked."},
		{says: `{"tool":"now"}`, calls: []llm.Call{{Tool: "now", Args: []byte(`{}`)}}},
		{says: ` {"tool":"book","arguments":{"flight":"UA1"}}`,
			calls: []llm.Call{{Tool: "book", Args: []byte(`{"flight":"UA1"}`)}}},
		{says: `{"calls":[{"tool":"now","arguments":{}},{"tool":"fly","arguments":7}]}`,
			calls: []llm.Call{{Tool: "now", Args: []byte(`{}`)}, {Tool: "fly", Args: []byte(`7`)}}},
		{says: `[{"tool":"now"},{"tool":"book","arguments":{"flight":"UA1"}}]`,
			calls: []llm.Call{{Tool: "now", Args: []byte(`{}`)},
				{Tool: "book", Args: []byte(`{"flight":"UA1"}`)}}},
		{says: "[No.]", text: "[No.]"},
		{says: `{"reply":"One moment.","tool":"now"}`, text: "One moment.",
			calls: []llm.Call{{Tool: "now", Args: []byte(`{}`)}}},
	} {
		reply, err := llm.ToolsBySchema(&asks{says: c.says}).Chat(t.Context(), withTools("?"))
		if err != nil || reply.Message.Text != c.text || len(reply.Message.Calls) != len(c.calls) ||
			reply.Model != "asks" {
			t.Errorf("%s: %+v, %v", c.says, reply, err)
			continue
		}

		for i, call := range reply.Message.Calls {
			if call.Tool != c.calls[i].Tool || string(call.Args) != string(c.calls[i].Args) {
				t.Errorf("%s: %s%s", c.says, call.Tool, call.Args)
			}
		}
	}
}

func TestAnswersThatCannotBeUsed(t *testing.T) {
	for says, why := range map[string]string{
		``:                          "unexpected end",
		`{"tool":"now","argum`:      "unexpected end",
		`{}`:                        `neither "tool" nor "reply"`,
		`{"reply":{"to":"nobody"}}`: "reply must be a text",
		`{"arguments":{}}`:          "names no tool",
		`{"calls":[{"tool":""}]}`:   "names no tool",
	} {
		reply, err := llm.ToolsBySchema(&asks{says: says}).Chat(t.Context(), withTools("?"))
		if !errors.Is(err, llm.ErrInvalid) || !strings.Contains(err.Error(), why) ||
			reply.Message.Text != says {
			t.Errorf("%s: %q, %v", says, reply.Message.Text, err)
		}
	}

	s := server(t, `{"reply":"a very long text that does not end"}`)
	r := withTools("?")
	r.MaxTokens = 3
	if _, err := llm.ToolsBySchema(llm.Ollama("tiny", s.URL)).Chat(t.Context(), r); !errors.Is(err,
		llm.ErrInvalid) || !strings.Contains(err.Error(), "be brief") {
		t.Error(err)
	}
}

// The schema takes the forms of answers and nothing else.
func TestSchemaOfAnswers(t *testing.T) {
	m := &asks{says: `{"reply":"yes"}`}
	r := withTools("?")
	if _, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	r.Schema = json.RawMessage(keepSchema)
	structured := &asks{says: `{"reply":{"action":"keep"}}`}

	r.Messages = append(r.Messages, llm.Message{Role: llm.Assistant, Text: `{"action":"rebook"}`},
		llm.Message{Role: llm.User, Text: "Sure?"})
	reply, err := llm.ToolsBySchema(structured).Chat(t.Context(), r)
	if err != nil || reply.Message.Text != `{"action":"keep"}` {
		t.Fatal(reply, err)
	}

	if got := structured.last.Messages[2].Text; got != `{"reply":{"action":"rebook"}}` {
		t.Error(got)
	}

	for _, c := range []struct {
		schema json.RawMessage
		yes    bool
		says   string
	}{
		{m.last.Schema, true, `{"reply":"yes"}`},
		{m.last.Schema, true, `{"tool":"now","arguments":{}}`},
		{m.last.Schema, true, `{"tool":"book","arguments":` + booked + `}`},
		{m.last.Schema, true, `[{"tool":"now","arguments":{}},{"tool":"now","arguments":{}}]`},
		{m.last.Schema, false, `[{"tool":"now","arguments":{}}]`},
		{m.last.Schema, false, `{"tool":"book","arguments":` + strings.Replace(booked, "economy", "first",
			1) + `}`},
		{m.last.Schema, false, `{"tool":"now","arguments":{"zone":"UTC"}}`},
		{m.last.Schema, false, `{"tool":"fly","arguments":{}}`},
		{m.last.Schema, false, `{"reply":{"action":"keep"}}`},
		{structured.last.Schema, true, `{"reply":{"action":"keep"}}`},
		{structured.last.Schema, false, `{"reply":{"action":"leave"}}`},
		{structured.last.Schema, true, `{"tool":"now","arguments":{}}`},
	} {
		if err := holds(c.schema, c.says); (err == nil) != c.yes {
			t.Errorf("%s: %v", c.says, err)
		}
	}
}

const keepSchema = `{"type":"object","properties":{"action":{"type":"string","enum":["keep","rebook"]}},"required":["action"],"additionalProperties":false}`

func holds(schema json.RawMessage, value string) error {
	var s jsonschema.Schema
	if err := json.Unmarshal(schema, &s); err != nil {
		return err
	}

	judge, err := s.Resolve(nil)
	if err != nil {
		return err
	}

	var v any
	if err := json.Unmarshal([]byte(value), &v); err != nil {
		return err
	}

	return judge.Validate(v)
}

func TestTranscriptIsText(t *testing.T) {
	m := &asks{says: `{"reply":"yes"}`}
	r := withTools("Book UA1 and tell me the time.")
	now := llm.Call{Tool: "now", Args: []byte(`{ }`)}
	bad := llm.Call{Tool: "book", Args: []byte(`{"flight`)}

	before := len(r.Messages)
	r.Messages = append(r.Messages,
		llm.Message{Role: llm.Assistant, Calls: []llm.Call{now, bad}},
		llm.Message{Role: llm.ToolRole, Calls: []llm.Call{now}, Text: `"noon"`},
		llm.Message{Role: llm.ToolRole, Calls: []llm.Call{bad}, Text: `error: no`},
		llm.Message{Role: llm.Assistant, Text: "It is noon."},
		llm.Message{Role: llm.User, Text: "And now?"},
		llm.Message{Role: llm.Assistant, Text: "I look.", Calls: []llm.Call{now}},
		llm.Message{Role: llm.ToolRole, Calls: []llm.Call{now}, Text: `"one"`})
	if _, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil {
		t.Fatal(err)
	}

	var got []string
	for _, x := range m.last.Messages[before:] {
		if len(x.Calls) > 0 {
			t.Errorf("%+v", x)
		}
		got = append(got, x.Role+" "+x.Text)
	}
	const next = "\nReply if you know all that was asked, or call another tool."

	want := []string{
		`assistant [{"tool":"now","arguments":{}},{"tool":"book","arguments":"{\"flight"}]`,
		"user Result of now {}: \"noon\"\nResult of book \"{\\\"flight\": error: no" + next,
		`assistant {"reply":"It is noon."}`,
		`user And now?`,
		`assistant {"tool":"now","arguments":{},"reply":"I look."}`,
		`user Result of now: "one"` + next,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	if r.Messages[0].Text != "Rules." || len(r.Tools) != 2 {
		t.Error("the request was changed")
	}
}

// What comes first is the same for all cases, so the server keeps it evaluated.
func TestToolsAreDescribedAfterTheInstructions(t *testing.T) {
	m := &asks{says: `{"reply":"yes"}`}
	for _, text := range []string{"one", "two"} {
		if _, err := llm.ToolsBySchema(m).Chat(t.Context(), withTools(text)); err != nil {
			t.Fatal(err)
		}

		if got := m.last.Messages[0]; got.Role != llm.System || !strings.HasPrefix(got.Text, "Rules.\n\n") || !strings.HasSuffix(got.Text, `
- book {"flight": string, "cabin": "economy" | "business", "passengers": {"name": string, "born"?: date-time}[], "bags"?: integer}: Book seats.
  flight: number and date
- now {}: The time.`) {
			t.Error(got.Text)
		}
	}

	r := withTools("?")
	r.Messages = r.Messages[1:]
	if _, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil ||
		m.last.Messages[0].Role != llm.System || len(m.last.Messages) != 2 {
		t.Errorf("%v: %+v", err, m.last.Messages)
	}
}

// A schema that is anyone's may refer, allow several types, or say nothing.
func TestToolsWithForeignSchemas(t *testing.T) {
	m := &asks{says: `{"reply":"yes"}`}
	r := prompt("?")
	r.Tools = []llm.Tool{{Name: "find", Schema: json.RawMessage(`{"$schema":"http://json-schema.org/draft-07/schema#","type":"object",
		"definitions":{"city":{"type":"string","title":"City"},"tree":{"properties":{"below":{"$ref":"#/definitions/tree"}}}},
		"properties":{"to":{"$ref":"#/definitions/city","description":"where"},"any":{},"on":{"type":["string","null"],"format":"date"},"tags":{"type":"object","additionalProperties":{"type":"integer"}},
		"by":{"oneOf":[{"const":"price"},{"type":"array","items":{"enum":["a",1]}}]},"tree":{"$ref":"#/definitions/tree"},"none":{"type":["array","null"],"items":[{"type":"number"},{"type":"string"}]}}}`)}}
	if _, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil {
		t.Fatal(err)
	}

	if got := m.last.Messages[0].Text; !strings.Contains(got,
		`- find {"to"?: string, "any"?: any, "on"?: date | null, "tags"?: {[name]: integer}, "by"?: "price" | ("a" | 1)[], "tree"?: {"below"?: {`) || !strings.HasSuffix(got, "}, \"none\"?: [number, string] | null}: \n  to: where") {
		t.Error(got)
	}

	if err := holds(m.last.Schema, `{"tool":"find","arguments":{"to":"SEA","any":[1],"on":null,"by":["a"],"tree":{"below":{}},"none":[7,"a"],"tags":{"x":1}}}`); err != nil {
		t.Error(err)
	}

	if strings.Contains(string(m.last.Schema), "definitions") ||
		strings.Contains(string(m.last.Schema), "where") {
		t.Errorf("%s", m.last.Schema)
	}

	r.Tools[0].Schema = nil
	if _, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil ||
		!strings.HasSuffix(m.last.Messages[0].Text, "- find object: ") {
		t.Error(err, m.last.Messages[0].Text)
	}

}

func TestConformanceOfToolsBySchema(t *testing.T) {
	llmtest.Conformance(t, func(*testing.T) llm.Model { return llm.ToolsBySchema(llmtest.Says(keep)) })
}

func TestWarmUpEvaluatesTheToolsToo(t *testing.T) {
	s := server(t, keep)
	m := llm.ToolsBySchema(llm.Resilient(llm.Ollama("tiny", s.URL), llm.ResilientConfig{}))
	r := withTools("?")
	if err := llm.WarmUp(t.Context(), m, "Rules.", r.Tools...); err != nil {
		t.Fatal(err)
	}

	_, _ = m.Chat(t.Context(), r) // the answer is not meant for it
	if q := s.Requests(); len(q) != 2 || q[0].Messages[0].Content != q[1].Messages[0].Content ||
		!strings.Contains(q[0].Messages[0].Content, "- book {") {
		t.Errorf("%+v", q)
	}
}
