package llm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// Schemas as MCP servers and OpenAPI bridges send them: what the model is told of the arguments, some that
// hold, and some that don't.
var foreignSchemas = []struct{ name, schema, told, yes, no string }{
	{"nullable", `{"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"]}`,
		`{"a": string | null}`, `{"a":null}`, `{"a":1}`},
	{"nullable of OpenAPI", `{"type":"object","properties":{"p":{"type":"string","nullable":true}}}`,
		`{"p"?: string | null}`, `{"p":"x"}`, `{"p":1}`},
	{"optional or null", `{"type":"object","properties":{"p":{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null}}}`,
		`{"p"?: integer | null}`, `{"p":null}`, `{"p":"x"}`},
	{"all of", `{"type":"object","allOf":[{"properties":{"id":{"type":"string"}},"required":["id"]},{"properties":{"n":{"type":"integer"}}}]}`,
		`{"id": string, "n"?: integer}`, `{"id":"x","n":1}`, `{"n":1}`},
	{"all of a reference", `{"type":"object","properties":{"who":{"allOf":[{"$ref":"#/$defs/P"}],"description":"the person"}},"$defs":{"P":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}},"required":["who"]}`,
		`{"who": {"name": string}}`, `{"who":{"name":"Ann"}}`, `{"who":{}}`},
	{"one of two shapes", `{"type":"object","oneOf":[{"properties":{"id":{"type":"string"},"n":{"type":"integer"}},"required":["id"]},{"properties":{"name":{"type":"string"}},"required":["name"]}]}`,
		`{"id"?: string, "n"?: integer, "name"?: string}`, `{"id":"x"}`, `{}`},
	{"one of two names", `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"anyOf":[{"required":["a"]},{"required":["b"]}]}`,
		`{"a"?: string, "b"?: string}`, `{"b":"x"}`, `{}`},
	{"by condition", `{"type":"object","properties":{"kind":{"enum":["a","b"]}},"if":{"properties":{"kind":{"const":"a"}}},"then":{"properties":{"n":{"type":"integer"}}}}`,
		`{"kind"?: "a" | "b", "n"?: integer}`, `{"kind":"b","n":"x"}`, `{"kind":"a","n":"x"}`},
	{"recursive", `{"type":"object","properties":{"node":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#/$defs/N"}},"t":{"type":"string"}}}}}`,
		`{"node"?: {"kids"?: {"kids"?: `, `{"node":{"kids":[{"t":"x"}]}}`, `{"node":{"kids":[{"t":1}]}}`},
	{"a reference at the top", `{"$ref":"#/$defs/A","$defs":{"A":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"]}}}`,
		`{"x": integer}`, `{"x":1}`, `{}`},
	{"a reference into properties", `{"type":"object","properties":{"x":{"$ref":"#/properties/a~1b"},"a/b":{"type":"integer"}}}`,
		`{"x"?: integer, "a/b"?: integer}`, `{"x":1}`, `{"x":"1"}`},
	{"no type", `{"properties":{"x":{"description":"anything"}}}`, `{"x"?: any}`, `{"x":[1]}`, `7`},
	{"true", `true`, `object`, `{"x":1}`, `[]`},
	{"none", ``, `object`, `{"x":1}`, `"x"`},
	{"a constant", `{"type":"object","properties":{"k":{"const":"v"}},"required":["k"]}`, `{"k": "v"}`, `{"k":"v"}`, `{"k":"w"}`},
	{"a pattern", `{"type":"object","properties":{"d":{"type":"string","pattern":"^\\d{4}-\\d{2}$"}},"required":["d"]}`,
		`{"d": string}`, `{"d":"2026-11"}`, `{"d":"x"}`},
	{"draft 4", `{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","properties":{"n":{"type":"integer","minimum":0,"exclusiveMinimum":true}}}`,
		`{"n"?: integer}`, `{"n":1}`, `{"n":0}`},
	{"draft 4 that does not say so", `{"type":"object","properties":{"n":{"type":"integer","minimum":0,"exclusiveMinimum":true}}}`,
		`{"n"?: integer}`, `{"n":1}`, `{"n":0}`},
	{"draft 4 that says it is another", `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"n":{"type":"integer","minimum":0,"exclusiveMinimum":true}}}`,
		`{"n"?: integer}`, `{"n":1}`, `{"n":0}`},
	{"draft 7", `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"n":{"type":"integer","minimum":0}}}`,
		`{"n"?: integer}`, `{"n":0}`, `{"n":-1}`},
	{"a version of its own", `{"$schema":"https://example.com/mine","type":"object","properties":{"n":{"type":"integer"}}}`,
		`{"n"?: integer}`, `{"n":0}`, `{"n":"0"}`},
	{"a tuple", `{"type":"object","properties":{"p":{"type":"array","items":[{"type":"number"},{"type":"string"}]}}}`,
		`{"p"?: [number, string]}`, `{"p":[1,"x"]}`, `{"p":["x",1]}`},
	{"a tuple of draft 7", `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"p":{"type":"array","items":[{"type":"number"},{"type":"number"}],"additionalItems":false}}}`,
		`{"p"?: number[]}`, `{"p":[1,2]}`, `{"p":[1,2,3]}`},
	{"a tuple of 2020", `{"type":"object","properties":{"p":{"type":"array","prefixItems":[{"type":"number"},{"enum":["m","km"]}],"items":false}}}`,
		`{"p"?: [number, "m" | "km"]}`, `{"p":[1,"km"]}`, `{"p":[1,"mi"]}`},
	{"numbers to choose", `{"type":"object","properties":{"p":{"type":"number","enum":[1,2,9007199254740993]}}}`,
		`{"p"?: 1 | 2 | 9007199254740993}`, `{"p":9007199254740993}`, `{"p":9007199254740992}`},
	{"large bounds", `{"type":"object","properties":{"p":{"type":"integer","minimum":9007199254740993}}}`,
		`{"p"?: integer}`, `{"p":9007199254740993}`, `{"p":9007199254740992}`},
	{"odd names", `{"type":"object","properties":{"uids[]":{"type":"array","items":{"type":"string"}},"a.b":{"type":"string"}}}`,
		`{"uids[]"?: string[], "a.b"?: string}`, `{"a.b":"x"}`, `{"a.b":1}`},
	{"names by a pattern", `{"type":"object","patternProperties":{"^x-":{"type":"integer"}},"additionalProperties":false}`,
		`{[name]: integer}`, `{"x-a":1}`, `{"a":1}`},
	{"formats are the server's to judge", `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"at":{"type":"string","format":"date-time"}}}`,
		`{"at"?: date-time}`, `{"at":"2026-11-28 10:00"}`, `{"at":1}`},
	{"keywords of the wrong kind", `{"type":"object","properties":{"a":{"type":"string","description":"x","examples":"y"}}}`,
		`{"a"?: string}`, `{"a":"x"}`, `{"a":1}`},
}

func TestForeignSchemasAreRead(t *testing.T) {
	for _, c := range foreignSchemas {
		t.Run(c.name, func(t *testing.T) {
			tool := llm.Tool{Name: "t", Description: "A tool.", Schema: json.RawMessage(c.schema)}
			if unchecked, err := tool.CheckSchema(); err != nil || unchecked != nil {
				t.Fatal(unchecked, err)
			}

			r := prompt("?")
			r.Tools = []llm.Tool{tool}
			m := &asks{says: `{"reply":"ok"}`}
			if _, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil ||
				!strings.Contains(m.last.Messages[0].Text, "\n- t "+c.told) {
				t.Errorf("the model is told %s, %v; want %s", m.last.Messages[0].Text, err, c.told)
			}

			if err := tool.Check([]byte(c.yes)); err != nil {
				t.Errorf("%s: %v", c.yes, err)
			}

			if err := tool.Check([]byte(c.no)); err == nil || strings.Contains(err.Error(), "the schema of tool") {
				t.Errorf("%s: %v", c.no, err)
			}

			s := server(t, "hello")
			if _, err := llm.Ollama("tiny", s.URL).Chat(t.Context(), r); err != nil || len(s.Requests()[0].Tools) != 1 {
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
	`{"$ref":"#"}`:            "refers to itself without end",
	`{"allOf":[{"anyOf":[{"$ref":"#/allOf/0"}]}]}`:                                                          "refers to itself without end",
	`{"properties":{"a":{"$ref":"https://example.com/a.json"}}}`:                                            "outside of the schema",
	`{"properties":{"a":{"$ref":"file:///etc/hosts"}}}`:                                                     "outside of the schema",
	`{"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`: "refers to itself",
}

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
			if _, err := llm.Ollama("tiny", s.URL).Chat(t.Context(), r); err != nil || len(s.Requests()[0].Tools) != 2 {
				t.Errorf("%s: %v", schema, err)
			}

			if got, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil || len(got.Message.Calls) != 1 ||
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
		Name:   "pay",
		Schema: json.RawMessage(`{"type":"object","properties":{"d":{"type":"string","pattern":"^(?!x).*$"}},"required":["d"]}`),
		Run:    func(context.Context, json.RawMessage) (any, error) { return "paid", nil },
	}
	if unchecked, err := tool.CheckSchema(); err != nil || len(unchecked) != 1 || unchecked[0] != `^(?!x).*$` {
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
		defs = append(defs, `"`+string(name)+`":{"type":"object","properties":{`+strings.Join(parts, ",")+`}}`)
	}

	r := prompt("?")
	r.Tools = []llm.Tool{{Name: "t", Schema: json.RawMessage(
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{` + strings.Join(defs, ",") + `}}`)}}
	m := &asks{says: `{"reply":"ok"}`}
	if _, err := llm.ToolsBySchema(m).Chat(t.Context(), r); err != nil || len(m.last.Messages[0].Text) > 64<<10 {
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
	script := llmtest.Says(`for Result of cancel: {"reply":"Done."}`, `{"tool":"cancel","arguments":`+args+`}`)
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
