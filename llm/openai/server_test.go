package openai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/openai"
)

// A server speaks the API as far as the adapter does, and answers by a model.
type server struct {
	url   string
	model llm.Model

	mu       sync.Mutex
	requests []request
	headers  []http.Header
	next     []http.HandlerFunc // instead of an answer
}

// A request is what reaches a server.
type request struct {
	Model    string `json:"model"`
	Messages []struct {
		Role      string `json:"role"`
		Content   string `json:"content"`
		CallID    string `json:"tool_call_id"`
		ToolCalls []struct {
			ID       string `json:"id"`
			Function struct{ Name, Arguments string }
		} `json:"tool_calls"`
	} `json:"messages"`
	Tools []struct {
		Function struct {
			Name, Description string
			Parameters        json.RawMessage
		}
	} `json:"tools"`
	Format struct {
		Type   string
		Schema struct {
			Schema json.RawMessage
			Strict bool
		} `json:"json_schema"`
	} `json:"response_format"`
	Fields map[string]json.RawMessage `json:"-"` // all of it
}

func serve(t *testing.T, m llm.Model) *server {
	s := &server{model: m}
	s.url = listen(t, s) + "/v1"

	return s
}

// instead has the next requests be answered so.
func (s *server) instead(h ...http.HandlerFunc) *server {
	s.next = append(s.next, h...)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v1/chat/completions" {
		http.NotFound(w, r)
		return
	}

	body, _ := io.ReadAll(r.Body)
	var q request
	if json.Unmarshal(body, &q) != nil || json.Unmarshal(body, &q.Fields) != nil {
		http.Error(w, "no JSON", http.StatusBadRequest)
		return
	}

	s.mu.Lock()
	s.requests = append(s.requests, q)
	s.headers = append(s.headers, r.Header)
	var h http.HandlerFunc
	if len(s.next) > 0 {
		h, s.next = s.next[0], s.next[1:]
	}
	s.mu.Unlock()

	if h != nil {
		h(w, r)
		return
	}
	s.answer(w, r, q)
}

func (s *server) answer(w http.ResponseWriter, r *http.Request, q request) {
	asked := llm.Request{Schema: q.Format.Schema.Schema}
	called := map[string]llm.Call{} // by id
	for _, m := range q.Messages {
		out := llm.Message{Role: m.Role, Text: m.Content}
		for _, c := range m.ToolCalls {
			call := llm.Call{ID: c.ID, Tool: c.Function.Name, Args: json.RawMessage(c.Function.Arguments)}
			called[c.ID] = call
			out.Calls = append(out.Calls, call)
		}
		if m.CallID != "" {
			out.Calls = []llm.Call{called[m.CallID]}
		}
		asked.Messages = append(asked.Messages, out)
	}

	for _, t := range q.Tools {
		asked.Tools = append(asked.Tools, llm.Tool{Name: t.Function.Name, Description: t.Function.Description,
			Schema: t.Function.Parameters})
	}

	reply, err := s.model.Chat(r.Context(), asked)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}

	for _, word := range strings.SplitAfter(reply.Message.Text, " ") {
		say(w, delta(`"content":`+quote(word)))
	}

	reason := "stop"
	for i, c := range reply.Message.Calls { // in two parts, as servers stream them
		reason = "tool_calls"
		args := string(c.Args)
		half := len(args) / 2
		say(w, call(i, fmt.Sprint("call_", i), c.Tool, args[:half]), call(i, "", "", args[half:]))
	}

	say(w, finish(reason))
	say(w, fmt.Sprintf(`{"choices":[],"model":"m","usage":{"prompt_tokens":%d,"completion_tokens":%d,`+
		`"prompt_tokens_details":{"cached_tokens":7}}}`, max(reply.TokensIn, 1), max(reply.TokensOut, 1)))
	say(w, "[DONE]")
}

// delta is a chunk with a part of an answer: the fields of its delta.
func delta(fields string) string {
	return `{"choices":[{"index":0,"delta":{` + fields + `}}],"model":"m"}`
}

// call is a chunk with a part of a call.
func call(i int, id, tool, args string) string {
	function := fmt.Sprintf(`"function":{"name":%s,"arguments":%s}`, quote(tool), quote(args))
	return delta(fmt.Sprintf(`"tool_calls":[{"index":%d,"id":%q,"type":"function",%s}]`, i, id, function))
}

// finish is a chunk with the reason for which an answer has ended.
func finish(reason string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":{},"finish_reason":%q}],"model":"m"}`, reason)
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string has JSON
	return string(b)
}

// say sends chunks of a stream.
func say(w http.ResponseWriter, chunks ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, c := range chunks {
		_, _ = io.WriteString(w, "data: "+c+"\n\n")
	}
	w.(http.Flusher).Flush()
}

// saying is a server's answer in these chunks.
func saying(chunks ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { say(w, chunks...) }
}

func model(t *testing.T, c openai.Config) llm.Model {
	t.Helper()

	if c.Model == "" {
		c.Model = "m"
	}
	m, err := openai.New(c)
	if err != nil {
		t.Fatal(err)
	}

	return m
}

func prompt(text string) llm.Request {
	return llm.Request{Messages: []llm.Message{
		{Role: llm.System, Text: "Rules."},
		{Role: llm.User, Text: text},
	}}
}

// listen serves until the test ends, and returns where.
func listen(t *testing.T, h http.Handler) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
