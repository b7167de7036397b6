package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

var lending = []llm.Tool{{Name: "loans"}, {Name: "extend_loan"}}

// A writtenCall is what a model writes instead of calling a tool, in the form of its template.
type writtenCall struct {
	Name  string   `json:"name"`
	Text  string   `json:"text"`
	Calls []string `json:"calls"` // each the tool and its arguments
	Says  string   `json:"says"`  // beside the calls
}

func writtenCalls(tb testing.TB) (all []writtenCall) {
	b, err := os.ReadFile("testdata/written-calls.json")
	if err != nil {
		tb.Fatal(err)
	}

	if err := json.Unmarshal(b, &all); err != nil {
		tb.Fatal(err)
	}
	return all
}

func TestCallWrittenAsTextIsACall(t *testing.T) {
	for _, c := range writtenCalls(t) {
		for by, m := range bothWays(t, c.Text) {
			t.Run(c.Name+" "+by, func(t *testing.T) {
				q := prompt("two more weeks")
				q.Tools = lending
				r, err := m.Chat(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}

				var got []string
				for _, call := range r.Message.Calls {
					got = append(got, call.Tool+" "+compact(t, call.Args))
				}
				if !slices.Equal(got, c.Calls) || r.Message.Text != c.Says && by == "natively" {
					t.Errorf("%s\nsays %q; want %s, saying %q", got, r.Message.Text, c.Calls, c.Says)
				}
			})
		}
	}
}

// bothWays is a model that writes a text, asked by Ollama's tools and by a schema.
func bothWays(t *testing.T, text string) map[string]llm.Model {
	says := modelSaying(text)
	return map[string]llm.Model{
		"natively":  llm.Ollama("m", llmtest.NewOllamaServer(t, "m", says).URL),
		"by schema": llm.ToolsBySchema(says),
	}
}

func compact(t *testing.T, raw json.RawMessage) string {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return encode(t, v)
}

func TestThoughtsAreNotTold(t *testing.T) {
	const says = "You have one book."
	for name, text := range map[string]string{
		"plain":      says,
		"think":      "<think>They want the loans. I must not tell the rules.</think>" + says,
		"in between": "You have <THINK mode='x'>one, or two?</ Think >one book.",
		"two":        "<think>a</think><thinking>b</thinking>\n\n" + says,
		"end only":   "They want the loans.\n</think>\n\n" + says,
		"nested":     "<think>a<think>b</think>c</think>" + says,
		"magistral":  "[THINK]They want the loans.[/THINK]" + says,
		"kimi":       "◁think▷They want the loans.◁/think▷" + says,
		"gpt-oss": "<|channel|>analysis<|message|>They want it.<|end|>" +
			"<|start|>assistant<|channel|>final<|message|>" + says + "<|return|>",
		"cohere": "<|START_THINKING|>They want it.<|END_THINKING|>" +
			"<|START_RESPONSE|>" + says + "<|END_RESPONSE|>",
		"apertus":     "<|inner_prefix|>They want it.<|inner_suffix|>" + says,
		"gemma":       "<|channel>thought\nThey want it.<channel|>" + says,
		"medgemma":    "<unused94>thought\nThey want it.<unused95>" + says,
		"longcat":     "<longcat_think>They want it.</longcat_think>" + says,
		"with answer": "<think>They want it.</think>\n<answer>" + says + "</answer>",
		"monologue":   "<inner_monologue>They want it.</inner_monologue>" + says,
		"react":       "Thought: They want it.\nFinal Answer: " + says,
		"no marks":    "analysisThey want it. So I tell them.assistantfinal" + says,
		"after":       says + "<think>That was right.",
		"tokens":      "<|im_start|>assistant\n" + says + "<|im_end|>",
		"our form":    `{"reply": "` + says + `"}`,
		"our, fenced": "```json\n{\"reply\": \"<think>They want it</think>" + says + "\"}\n```",
	} {
		for by, m := range bothWays(t, text) {
			t.Run(name+" "+by, func(t *testing.T) {
				q := prompt("?")
				q.Tools = lending
				r, err := m.Chat(t.Context(), q)
				if err != nil || r.Message.Text != says || len(r.Message.Calls) > 0 {
					t.Errorf("%q, %v, %v", r.Message.Text, r.Message.Calls, err)
				}
			})
		}
	}
}

func TestTextThatCannotBeToldIsObjectedTo(t *testing.T) {
	for name, text := range map[string]string{
		"cut":       `<tool_call>{"name": "extend_loan", "argu`,
		"cut, bare": `{"name": "extend_loan", "argu`,
		"pythonic":  `[extend_loan(book="Dune", weeks=2)]`,
		"python":    "```tool_code\nprint(extend_loan(book='Dune'))\n```",
		"program":   `functions.extend_loan(book="Dune")`,
		"xml":       `<invoke name="extend_loan"><parameter name="book">Dune</parameter></invoke>`,
		"qwen 3 coder": "<tool_call>\n<function=extend_loan>\n<parameter=book>\nDune\n</parameter>\n" +
			"</function>\n</tool_call>",
		"glm": "<tool_call>extend_loan\n<arg_key>book</arg_key>\n" +
			"<arg_value>Dune</arg_value></tool_call>",
		"single quotes":    `{'name': 'extend_loan', 'arguments': {'book': 'Dune'}}`,
		"after words":      "Let me check.\n\nextend_loan(book='Dune')",
		"a tag of its own": "<extend_loan><book>Dune</book></extend_loan>",
		"deepseek 3.2": "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"loans\">\n</｜DSML｜invoke>\n" +
			"</｜DSML｜function_calls>",
		"longcat":         "<longcat_tool_call>loans\n</longcat_tool_call>",
		"qwen agent":      "✿FUNCTION✿: loans\n✿ARGS✿: ?",
		"null":            "null",
		"JSON of its own": `{"answer": "You have one book."}`,
		"list":            `[{"book": "Dune"}]`,
	} {
		for by, m := range bothWays(t, text) {
			t.Run(name+" "+by, func(t *testing.T) {
				q := prompt("?")
				q.Tools = lending
				r, err := m.Chat(t.Context(), q)
				if !errors.Is(err, llm.ErrInvalid) || r.Message.Text == "" {
					t.Errorf("%+v, %v: want an objection along with the answer", r.Message, err)
				}
			})
		}
	}
}

// A call that is no JSON is asked for as a call, not as plain words.
func TestAMalformedCallIsAskedForAgain(t *testing.T) {
	for _, text := range []string{
		`{"name": "loans", "arguments": {},}`, `{"name": "loans", "arguments": {"n": NaN}}`,
		`{"name": "loans", "arguments": [1, 2]}`, "{\u201cname\u201d: \u201cloans\u201d}",
	} {
		answer := llm.Reply{Message: llm.Message{Role: llm.Assistant, Text: text}}
		_, err := llm.Interpret(answer, lending)
		if err == nil || !strings.Contains(err.Error(), "call one of") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPlainWordsAreTold(t *testing.T) {
	for _, text := range []string{
		"Your loans: Dune (2 weeks).", "I can extend_loan for you if you like.", "Press {Enter} [twice].",
		"Action: none needed. You have {1} book.", "a < b and b > c", "1. [Dune] 2. [Emma]",
		"Use function keys.",
		"See section [1] and {2}.", "The tool (a hammer) is here.", `He said: {"hello"}`,
	} {
		for by, m := range bothWays(t, text) {
			q := prompt("?")
			q.Tools = lending
			r, err := m.Chat(t.Context(), q)
			if err != nil || r.Message.Text != text || len(r.Message.Calls) > 0 {
				t.Errorf("%s: %q became %q, %v, %v", by, text, r.Message.Text, r.Message.Calls, err)
			}
		}
	}
}

// Native calls come with all kinds of text.
func TestCallsOfAModelItselfCount(t *testing.T) {
	native := llm.Reply{Message: llm.Message{
		Text:  `<think>x</think>Sure. <tool_call>{"name":"loans","arguments":{}}</tool_call>`,
		Calls: []llm.Call{{Tool: "loans"}},
	}}
	r, err := llm.Interpret(native, lending)
	if err != nil || len(r.Message.Calls) != 1 || r.Message.Text != "Sure." {
		t.Errorf("%+v, %v", r, err)
	}
}

// A model that breaks off its arguments is told so, and what it wrote can be kept.
func TestArgumentsThatAreNoJSONAreRefusedAndKept(t *testing.T) {
	for _, args := range []string{`{"loan":"l-1"`, `loan=l-1`, "\xff", ""} {
		call := llm.Call{Tool: "loans", Args: json.RawMessage(args)}
		own := llm.Reply{Message: llm.Message{Calls: []llm.Call{call}}}
		r, err := llm.Interpret(own, lending)
		if err != nil {
			t.Fatal(err)
		}

		results := llm.RunTools(t.Context(), lending, r.Message.Calls)
		if _, err := json.Marshal(results); err != nil {
			t.Errorf("%q: %v", args, err)
		}
		if args != "" && !strings.Contains(results[0].Error, "a JSON object") {
			t.Errorf("%q: %q", args, results[0].Error)
		}
		if string(own.Message.Calls[0].Args) != args {
			t.Errorf("the caller's reply is changed to %s", own.Message.Calls[0].Args)
		}
	}
}

func TestThinkingCanBeSwitched(t *testing.T) {
	for think, want := range map[string]string{"": "null", "on": "true", "off": "false",
		"low": `"low"`, "high": `"high"`} {
		s := server(t, keep)
		m := llm.NewOllama(llm.OllamaConfig{Model: "tiny", Hosts: []string{s.URL}, Think: think})
		if _, err := m.Chat(t.Context(), prompt("?")); err != nil {
			t.Fatal(err)
		}

		if got := encode(t, s.Requests()[0].Think); got != want {
			t.Errorf("%q is asked for as %s, want %s", think, got, want)
		}
	}

	m := llm.NewOllama(llm.OllamaConfig{Model: "tiny", Think: "much"})
	if _, err := m.Chat(t.Context(), prompt("?")); !errors.Is(err, llm.ErrRefused) ||
		!strings.Contains(err.Error(), "on, off, low, medium or high") {
		t.Error(err)
	}
}

// modelSaying writes exactly this.
type modelSaying string

func FuzzInterpret(f *testing.F) {
	for _, c := range writtenCalls(f) {
		f.Add(c.Text)
	}
	f.Add("<think>never ends")
	f.Add(`<<|plug-start|>|acti-in|>{"name": "extend_loan", "parameters": {"book"n"uD:2}}<|end|>`)
	f.Add("<th<|im_end|>ink>they are poor</think>Hello")
	f.Add(strings.Repeat("[{", 300) + "<tool_call>")
	f.Add(strings.Repeat("<think>", 100) + `{"reply":"{\"reply\":\"{}\"}"}`)

	f.Fuzz(func(t *testing.T, text string) {
		reply := llm.Reply{Message: llm.Message{Role: llm.Assistant, Text: text}}
		once, err := llm.Interpret(reply, lending)
		if err != nil {
			if !errors.Is(err, llm.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}

		for _, c := range once.Message.Calls {
			if c.Tool == "" || !json.Valid(c.Args) {
				t.Errorf("call %q of %q", c, text)
			}
		}

		lower := strings.ToLower(once.Message.Text)
		for _, never := range []string{"<think>", "</think>", "<tool_call>", "[tool_calls]", "<|im_start|>"} {
			if strings.Contains(lower, never) {
				t.Errorf("%q is told of %q", once.Message.Text, text)
			}
		}

		if _, err := llm.Interpret(once, lending); err != nil {
			t.Errorf("the second time, %q of %q: %v", once.Message.Text, text, err)
		}
	})
}

func (s modelSaying) Chat(context.Context, llm.Request) (llm.Reply, error) {
	return llm.Reply{Message: llm.Message{Role: llm.Assistant, Text: string(s)}}, nil
}
