package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

const keep = `{"reason":"it leaves on time","action":"keep"}`

func prompt(text string) llm.Request {
	return llm.Request{Messages: []llm.Message{{Role: llm.System, Text: "Rules."},
		{Role: llm.User, Text: text}}}
}

func server(t *testing.T, answers ...string) *llmtest.OllamaServer {
	return llmtest.NewOllamaServer(t, "tiny", llmtest.Says(answers...))
}

func TestOllamaTellsMomentAndRemedy(t *testing.T) {
	for _, c := range []struct {
		name   string
		mishap llmtest.Mishap
		kind   error
		says   string
	}{
		{"loading", llmtest.Loading, llm.ErrUnavailable, "OLLAMA_MAX_QUEUE"},
		{"runner gone", llmtest.ServerErr, llm.ErrUnavailable, "server's log"},
		{"done: false", llmtest.Stops, llm.ErrTruncated, "broke off"},
		{"connection lost", llmtest.HangsUp, llm.ErrTruncated, "broke off"},
		{"error within the stream", llmtest.Crashes, llm.ErrTruncated, "while running the model"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server(t, keep)
			s.Next(c.mishap)

			reply, err := llm.Ollama("tiny", s.URL).Chat(t.Context(), prompt("?"))
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: want %q, saying %q", err, c.kind, c.says)
			}

			if reply.Message.Text != "" || !llm.Retryable(err) {
				t.Errorf("half an answer %q, retryable %v", reply.Message.Text, llm.Retryable(err))
			}
		})
	}
}

func TestOllamaRefusals(t *testing.T) {
	s := server(t, keep)
	_, unknown := llm.Ollama("huge", s.URL).Chat(t.Context(), prompt("?"))
	small := llm.NewOllama(llm.OllamaConfig{Model: "tiny", Hosts: []string{s.URL}, Context: 100})

	_, long := small.Chat(t.Context(), prompt(strings.Repeat("word ", 200)))
	for says, err := range map[string]error{"ollama pull huge": unknown, "show fewer facts": long} {
		if !errors.Is(err, llm.ErrRefused) || llm.Retryable(err) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: want it refused, saying %q", err, says)
		}
	}
}

func TestOllamaIsAskedForWhatFactsDemand(t *testing.T) {
	s := server(t, keep)
	m := llm.NewOllama(llm.OllamaConfig{Model: "tiny", Hosts: []string{s.URL}, Context: 2048, Threads: 3})
	r := prompt("?")
	r.MaxTokens, r.Schema = 40, []byte(`{"type":"object"}`)
	if _, err := m.Chat(t.Context(), r); err != nil {
		t.Fatal(err)
	}

	q := s.Requests()[0]
	if q.Truncate == nil || *q.Truncate || q.Shift == nil || *q.Shift || q.Stream == nil || !*q.Stream {
		t.Error("prompt and answer must not be cut, and must be streamed")
	}

	for option, want := range map[string]float64{"num_ctx": 2048, "num_thread": 3, "num_predict": 40,
		"temperature": 0} {
		if got := q.Options[option]; got != want {
			t.Errorf("%s is %v, want %v", option, got, want)
		}
	}

	if string(q.Format) != string(r.Schema) || q.KeepAlive.Duration != 30*time.Minute {
		t.Errorf("format %s, keep alive %v", q.Format, q.KeepAlive)
	}
}

func TestOllamaSaysThatMaxTokensEndedIt(t *testing.T) {
	s := server(t, "one two three four")
	r := prompt("count")
	r.MaxTokens = 2

	reply, err := llm.Ollama("tiny", s.URL).Chat(t.Context(), r)
	if err != nil || !reply.Overlong || reply.Message.Text != "one two " || reply.TokensOut != 2 {
		t.Errorf("%+v, %v", reply, err)
	}
}

// A call that ends stops the server's work, even between two words.
func TestOllamaLeavesWhenItsContextEnds(t *testing.T) {
	s := server(t, keep)
	s.Next(llmtest.Stalls)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	if _, err := llm.Ollama("tiny", s.URL).Chat(ctx, prompt("?")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	<-s.Left() // the test's own deadline is the bound
}

func TestOllamaAsksTheNextHost(t *testing.T) {
	gone := closedPort(t)
	s := server(t, keep)
	m := llm.Ollama("tiny", gone, s.URL)
	for range 3 {
		if _, err := m.Chat(t.Context(), prompt("?")); err != nil {
			t.Fatal(err)
		}
	}

	_, err := llm.Ollama("tiny", gone).Chat(t.Context(), prompt("?"))
	if !errors.Is(err, llm.ErrUnavailable) || !strings.Contains(err.Error(), "OLLAMA_HOST") {
		t.Error(err)
	}
}

// closedPort is an address that refuses connections.
func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// A modelFunc is a model.
type modelFunc func(ctx context.Context, r llm.Request) (llm.Reply, error)

func (f modelFunc) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) { return f(ctx, r) }

func TestOllamaSpreadsOverHosts(t *testing.T) {
	arrived := make(chan struct{})
	a := llmtest.NewOllamaServer(t, "tiny", modelFunc(func(ctx context.Context,
		_ llm.Request) (llm.Reply, error) {
		close(arrived)
		<-ctx.Done()
		return llm.Reply{}, ctx.Err()
	}))
	b := server(t, keep)

	m := llm.Ollama("tiny", a.URL, b.URL)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { _, err := m.Chat(ctx, prompt("the first stalls")); first <- err }()
	<-arrived

	if _, err := m.Chat(t.Context(), prompt("?")); err != nil {
		t.Fatal(err)
	}

	if len(b.Requests()) != 1 {
		t.Error("the busy host was asked again")
	}
	cancel()

	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWarmUpEvaluatesTheInstructionsOnEachHost(t *testing.T) {
	a, b := server(t, keep), server(t, keep)
	m := llm.Resilient(llm.Ollama("tiny", a.URL, b.URL), llm.ResilientConfig{})
	if err := llm.WarmUp(t.Context(), m, "Rules."); err != nil {
		t.Fatal(err)
	}

	for _, s := range []*llmtest.OllamaServer{a, b} {
		q := s.Requests()
		if len(q) != 1 || q[0].Messages[0].Content != "Rules." || q[0].Options["num_predict"] != 1.0 {
			t.Errorf("%+v", q)
		}
	}
}

func TestOllamaPassesToolsBothWays(t *testing.T) {
	s := llmtest.NewOllamaServer(t, "tiny", llm.ToolsBySchema(llmtest.Says(
		`[{"tool":"search","arguments":{"to":"SEA","from":"JFK"}},{"tool":"now"}]`)))
	r := prompt("?")
	r.Tools = []llm.Tool{
		{Name: "search", Description: "finds flights",
			Schema: []byte(`{"type":"object","properties":{"to":{"$ref":"#/$defs/city"},"from":{"type":"string"}},"required":["to"],"$defs":{"city":{"type":"string","enum":["SEA"]}}}`)},
		{Name: "now", Schema: []byte(`{"type":"object"}`)},
	}
	call := llm.Call{ID: "call_7", Tool: "search", Args: []byte(`{"to":"SEA","from":"BOS"}`)}
	bad := llm.Call{ID: "call_8", Tool: "search", Args: []byte(`{"to`)}
	r.Messages = append(r.Messages,
		llm.Message{Role: llm.Assistant, Calls: []llm.Call{call, bad}},
		llm.Message{Role: llm.ToolRole, Calls: []llm.Call{call}, Text: "UA1"},
		llm.Message{Role: llm.ToolRole, Calls: []llm.Call{bad}, Text: "error: no JSON"})

	reply, err := llm.Ollama("tiny", s.URL).Chat(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}

	if got := reply.Message.Calls; len(got) != 2 || string(got[0].Args) != `{"from":"JFK","to":"SEA"}` ||
		got[0].ID == "" || got[0].ID == got[1].ID || string(got[1].Args) != `{}` {
		t.Errorf("%+v", got)
	}

	q := s.Requests()[0]
	const tools = `[{"type":"function","function":{"name":"search","description":"finds flights","parameters":{"type":"object","required":["to"],"properties":{"to":{"type":"string","enum":["SEA"]},"from":{"type":"string"}}}}},` +
		`{"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}]`
	if got := encode(t, q.Tools); got != tools {
		t.Errorf("got  %s\nwant %s", got, tools)
	}

	const messages = `[{"role":"assistant","content":"","tool_calls":[{"id":"call_7","function":{"index":0,"name":"search","arguments":{"to":"SEA","from":"BOS"}}},{"id":"call_8","function":{"index":1,"name":"search","arguments":{}}}]},` +
		`{"role":"tool","content":"UA1","tool_name":"search","tool_call_id":"call_7"},{"role":"tool","content":"error: no JSON","tool_name":"search","tool_call_id":"call_8"}]`
	if got := encode(t, q.Messages[2:]); got != messages {
		t.Errorf("got  %s\nwant %s", got, messages)
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()

	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOllamaCannotHoldAnswersToASchemaBesideTools(t *testing.T) {
	s := server(t, keep)
	structured := withTools("?")
	structured.Schema = []byte(keepSchema)
	if _, err := llm.Ollama("tiny", s.URL).Chat(t.Context(), structured); !errors.Is(err, llm.ErrRefused) ||
		!strings.Contains(err.Error(), "wrap it in ToolsBySchema") {
		t.Error(err)
	}
}
