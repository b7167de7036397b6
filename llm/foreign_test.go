package llm_test

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// foreignSchemas are as MCP servers and OpenAPI bridges send them.
//
//go:embed testdata/foreign-schemas.json
var foreignSchemas []byte

// A foreignSchema comes with what the model is told of the arguments, some that hold, and some that don't.
type foreignSchema struct {
	Name    string
	Schema  json.RawMessage
	Told    string
	Yes, No json.RawMessage
}

func readForeignSchemas(tb testing.TB) (all []foreignSchema) {
	tb.Helper()

	if err := json.Unmarshal(foreignSchemas, &all); err != nil {
		tb.Fatal(err)
	}
	return all
}

func TestForeignSchemasAreRead(t *testing.T) {
	for _, c := range readForeignSchemas(t) {
		t.Run(c.Name, func(t *testing.T) {
			tool := llm.Tool{Name: "t", Description: "A tool.", Schema: c.Schema}
			if unchecked, err := tool.CheckSchema(); err != nil || unchecked != nil {
				t.Fatal(unchecked, err)
			}

			r := prompt("?")
			r.Tools = []llm.Tool{tool}
			m := &asks{says: `{"reply":"ok"}`}
			if _, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil ||
				!strings.Contains(m.last.Messages[0].Text, "\n- t "+c.Told) {
				t.Errorf("the model is told %s, %v; want %s", m.last.Messages[0].Text, err, c.Told)
			}

			if err := tool.Check(c.Yes); err != nil {
				t.Errorf("%s: %v", c.Yes, err)
			}

			if err := tool.Check(c.No); err == nil || strings.Contains(err.Error(), "the schema of tool") {
				t.Errorf("%s: %v", c.No, err)
			}

			s := server(t, "hello")
			_, err := llm.Ollama("tiny", s.URL).Chat(t.Context(), r)
			if err != nil || len(s.Requests()[0].Tools) != 1 {
				t.Error(err)
			}
		})
	}
}

// Schemas that nothing can be held to, and what is said of them.
var uselessSchemas = map[string]string{
	`{`:                       "unexpected end",
	`{"type":"strin"}`:        "strin",
	`{"type":"array"}`:        "never array",
	`{"$ref":"#/$defs/none"}`: "not found",
	`{"$ref":"#"}`:            endless,
	`{"allOf":[{"anyOf":[{"$ref":"#/allOf/0"}]}]}`:               endless,
	`{"properties":{"a":{"$ref":"https://example.com/a.json"}}}`: "outside of the schema",
	`{"properties":{"a":{"$ref":"file:///etc/hosts"}}}`:          "outside of the schema",
	`{"properties":{"a":{"$ref":"#/$defs/a"}},
		"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`: endless,
}

const endless = "refers to itself without end"

// A tool that can't be offered leaves the others usable, and is named in the log once.
func TestAUselessSchemaTakesOneToolAway(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)

	for schema, says := range uselessSchemas {
		log.Reset()
		useless := llm.Tool{Name: "useless", Schema: json.RawMessage(schema + " ")} // seen by this test alone
		r := withTools("?")
		r.Tools = append([]llm.Tool{useless}, r.Tools...)

		s := server(t, "hello")
		m := &asks{says: `{"tool":"now"}`}
		for range 2 {
			_, err := llm.Ollama("tiny", s.URL).Chat(t.Context(), r)
			if err != nil || len(s.Requests()[0].Tools) != 2 {
				t.Errorf("%s: %v", schema, err)
			}

			got, err := llm.ToolsBySchema(m).Chat(t.Context(), r)
			if err != nil || len(got.Message.Calls) != 1 ||
				strings.Contains(m.last.Messages[0].Text, "useless") {
				t.Errorf("%s: %+v, %v", schema, got, err)
			}
		}

		if n := strings.Count(log.String(), "tool=useless"); n != 1 {
			t.Errorf("%s: %d lines in the log:\n%s", schema, n, log.String())
		}

		if _, err := useless.CheckSchema(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", schema, err, says)
		}
	}
}

// Go's regular expressions have no lookahead. The pattern is named, and what it is about is left to the tool.
func TestPatternsThatGoCannotExpress(t *testing.T) {
	tool := llm.Tool{
		Name: "pay",
		Schema: json.RawMessage(`{"type":"object",
			"properties":{"d":{"type":"string","pattern":"^(?!x).*$"}},"required":["d"]}`),
		Run: func(context.Context, json.RawMessage) (any, error) { return "paid", nil },
	}
	unchecked, err := tool.CheckSchema()
	if err != nil || len(unchecked) != 1 || unchecked[0] != `^(?!x).*$` {
		t.Errorf("%q, %v", unchecked, err)
	}

	if _, err := tool.Call(t.Context(), []byte(`{"d":"x"}`)); err != nil {
		t.Error(err)
	}

	if _, err := tool.Call(t.Context(), []byte(`{}`)); err == nil {
		t.Error("d is required")
	}
}

// What refers to itself many times over must not become a prompt without end.
func TestWhatTheModelIsToldIsBounded(t *testing.T) {
	var defs []string
	for _, name := range "abcdefghij" {
		var parts []string
		for _, other := range "abcdefghij" {
			parts = append(parts, `"`+string(other)+`":{"$ref":"#/$defs/`+string(other)+`"}`)
		}
		properties := strings.Join(parts, ",")
		defs = append(defs, `"`+string(name)+`":{"type":"object","properties":{`+properties+`}}`)
	}

	r := prompt("?")
	r.Tools = []llm.Tool{{Name: "t", Schema: json.RawMessage(
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},` +
			`"$defs":{` + strings.Join(defs, ",") + `}}`)}}
	m := &asks{says: `{"reply":"ok"}`}
	_, err := llm.ToolsBySchema(m).Chat(t.Context(), r)
	if err != nil || len(m.last.Messages[0].Text) > 64<<10 {
		t.Errorf("%d bytes, %v", len(m.last.Messages[0].Text), err)
	}
}

// Numbers are as they were written, whatever the model's own way of calling is.
func TestArgumentsAreExact(t *testing.T) {
	type order struct {
		Number int64       `json:"number"`
		Amount json.Number `json:"amount"`
		Size   float64     `json:"size"`
	}
	var got []order
	tool := llm.NewTool("cancel", "Cancel an order.", func(_ context.Context, o order) (string, error) {
		got = append(got, o)
		return "ok", nil
	})
	want := order{9007199254740993, "12345678901234567.89", 1e21}
	const args = `{"amount":12345678901234567.89,"number":9007199254740993,"size":1000000000000000000000}`

	r := prompt("Cancel 9007199254740993.")
	r.Tools = []llm.Tool{tool}
	script := llmtest.Says(`for Result of cancel: {"reply":"Done."}`,
		`{"tool":"cancel","arguments":`+args+`}`)
	s := llmtest.NewOllamaServer(t, "tiny", llm.ToolsBySchema(script))
	m := llm.Ollama("tiny", s.URL)

	reply, err := m.Chat(t.Context(), r)
	if err != nil || len(reply.Message.Calls) != 1 || string(reply.Message.Calls[0].Args) != args {
		t.Fatalf("%+v, %v", reply.Message, err)
	}

	result := llm.RunTools(t.Context(), r.Tools, reply.Message.Calls)[0]
	if len(got) != 1 || got[0] != want {
		t.Errorf("the tool got %+v, %s; want %+v", got, result.Error, want)
	}

	r.Messages = append(r.Messages, reply.Message, result.Message())
	if _, err := m.Chat(t.Context(), r); err != nil {
		t.Fatal(err)
	}

	if shown := encode(t, s.Requests()[1].Messages); !strings.Contains(shown, `"arguments":`+args) {
		t.Errorf("the model was shown %s", shown)
	}
}
