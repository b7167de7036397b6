package llmtest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ollama/ollama/api"

	"github.com/slipstream-go/slipstream/llm"
)

// A Mishap is what an OllamaServer does instead of answering.
type Mishap int

// What a real Ollama has been seen to do.
const (
	Loading   Mishap = iota // 503: the model is being loaded and the queue is full
	Stops                   // 200, a few words, and a last message with done: false
	HangsUp                 // 200, a few words, and the connection breaks
	Crashes                 // 200, a few words, and an error from the runner
	Stalls                  // 200, a few words, then nothing until the client leaves
	ServerErr               // 500
)

// An OllamaServer is an HTTP server that has one model, and answers a chat as Ollama does: streamed word by
// word, a prompt over num_ctx refused if truncate is off, an answer over num_predict ended there, any other
// model not found. Tools reach its model as those of a request, and calls that the model asks for reach the
// client as Ollama's own: a script behind llm.ToolsBySchema stands for a model that has been taught them.
type OllamaServer struct {
	URL string

	name  string
	model llm.Model
	left  chan struct{} // a token for each client that left a call which had not ended

	mu       sync.Mutex
	mishaps  []Mishap
	requests []api.ChatRequest
}

// NewOllamaServer starts a server whose model has that name and answers as m does. It stops with the test.
func NewOllamaServer(tb testing.TB, name string, m llm.Model) *OllamaServer {
	s := &OllamaServer{name: name, model: m, left: make(chan struct{}, 1000)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", s.version)
	mux.HandleFunc("POST /api/show", s.show)
	mux.HandleFunc("POST /api/chat", s.chat)
	server := httptest.NewServer(mux)
	tb.Cleanup(server.Close)
	s.URL = server.URL

	return s
}

// Next makes the next chats end so, one each.
func (s *OllamaServer) Next(m ...Mishap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mishaps = append(s.mishaps, m...)
}

// Requests are the chats that were asked for, mishaps included.
func (s *OllamaServer) Requests() []api.ChatRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Left gives one token for each client that left before its answer had ended.
func (s *OllamaServer) Left() <-chan struct{} { return s.left }

func (s *OllamaServer) version(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte(`{"version":"0.0.0"}`))
}

func (s *OllamaServer) show(w http.ResponseWriter, r *http.Request) {
	var q api.ShowRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Model != s.name {
		refuse(w, http.StatusNotFound, "model '"+q.Model+"' not found")
		return
	}
	_, _ = w.Write([]byte(`{}`))
}

func (s *OllamaServer) chat(w http.ResponseWriter, r *http.Request) {
	q, err := readRequest(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}

	mishap, unlucky := s.note(q)
	switch {
	case q.Model != s.name:
		refuse(w, http.StatusNotFound, "model '"+q.Model+"' not found")
	case unlucky:
		s.fail(w, r, mishap)
	case tooLong(q):
		refuse(w, http.StatusBadRequest, "the input length exceeds the context length")
	default:
		s.answer(w, r, q)
	}
}

// readRequest keeps the numbers in tool calls as they were sent.
func readRequest(body io.Reader) (q api.ChatRequest, err error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return q, err
	}

	var sent struct {
		Messages []struct {
			Calls []struct {
				Function struct{ Arguments json.RawMessage }
			} `json:"tool_calls"`
		}
	}
	if err := errors.Join(json.Unmarshal(text, &q), json.Unmarshal(text, &sent)); err != nil {
		return q, err
	}

	for i, m := range sent.Messages {
		for j, c := range m.Calls {
			q.Messages[i].ToolCalls[j].Function.Arguments = arguments(c.Function.Arguments)
		}
	}

	return q, nil
}

// arguments are those of a call, each as it is written. What is no object has none.
func arguments(text json.RawMessage) api.ToolCallFunctionArguments {
	var all map[string]json.RawMessage
	var inOrder api.ToolCallFunctionArguments
	_ = errors.Join(json.Unmarshal(text, &all), json.Unmarshal(text, &inOrder))

	out := api.NewToolCallFunctionArguments()
	for name := range inOrder.All() {
		out.Set(name, all[name])
	}

	return out
}

func (s *OllamaServer) note(q api.ChatRequest) (m Mishap, unlucky bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.requests = append(s.requests, q)
	if len(s.mishaps) == 0 {
		return 0, false
	}
	m, s.mishaps = s.mishaps[0], s.mishaps[1:]

	return m, true
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": why})
}

func tooLong(q api.ChatRequest) bool {
	limit := number(q.Options["num_ctx"])
	return limit > 0 && q.Truncate != nil && !*q.Truncate && llm.Tokens(texts(request(q))...) > limit
}

// number is an option as JSON has it; 0 if it is not there.
func number(option any) int {
	n, _ := option.(float64)
	return int(n)
}

func request(q api.ChatRequest) (r llm.Request) {
	called := map[string]llm.Call{} // by id
	for _, m := range q.Messages {
		r.Messages = append(r.Messages, message(m, called))
	}

	for _, t := range q.Tools {
		schema, _ := json.Marshal(t.Function.Parameters) // it came as JSON
		r.Tools = append(r.Tools, llm.Tool{Name: t.Function.Name, Description: t.Function.Description,
			Schema: schema})
	}
	r.Schema = q.Format

	return r
}

// message notes the calls of an assistant's, and looks up the one that a tool's answers.
func message(m api.Message, called map[string]llm.Call) llm.Message {
	out := llm.Message{Role: m.Role, Text: m.Content}
	for _, c := range m.ToolCalls {
		args, _ := json.Marshal(c.Function.Arguments) // it came as JSON, too
		call := llm.Call{ID: c.ID, Tool: c.Function.Name, Args: args}
		called[c.ID] = call
		out.Calls = append(out.Calls, call)
	}

	if m.ToolName != "" {
		call := called[m.ToolCallID]
		call.Tool = m.ToolName
		out.Calls = []llm.Call{call}
	}

	return out
}

func (s *OllamaServer) fail(w http.ResponseWriter, r *http.Request, m Mishap) {
	switch m {
	case Loading:
		refuse(w, http.StatusServiceUnavailable, "server busy, please try again.  maximum pending requests exceeded")
		return
	case ServerErr:
		refuse(w, http.StatusInternalServerError, "llama runner process has terminated")
		return
	}
	s.say(w, api.ChatResponse{Message: api.Message{Role: "assistant", Content: `{"reason":"it `}})

	switch m {
	case Stops:
		s.say(w, api.ChatResponse{Message: api.Message{Role: "assistant"}})
	case Crashes:
		_, _ = w.Write([]byte(`{"error":"an error was encountered while running the model"}` + "\n"))
	case HangsUp:
		panic(http.ErrAbortHandler)
	case Stalls:
		<-r.Context().Done()

		s.left <- struct{}{}
	}
}

// answer streams what the model says. Tokens are words here.
func (s *OllamaServer) answer(w http.ResponseWriter, r *http.Request, q api.ChatRequest) {
	reply, err := s.model.Chat(r.Context(), request(q))
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}

	words, reason := strings.SplitAfter(reply.Message.Text, " "), "stop"
	if limit := number(q.Options["num_predict"]); limit > 0 && limit < len(words) {
		words, reason = words[:limit], "length"
	}

	for i, c := range reply.Message.Calls {
		s.say(w, api.ChatResponse{Message: api.Message{Role: "assistant",
			ToolCalls: []api.ToolCall{toolCall(i, c)}}})
	}

	for _, word := range words {
		s.say(w, api.ChatResponse{Message: api.Message{Role: "assistant", Content: word}})
	}
	s.say(w, api.ChatResponse{Done: true, DoneReason: reason, Metrics: api.Metrics{
		PromptEvalCount: reply.TokensIn, EvalCount: len(words), PromptEvalDuration: 1000, EvalDuration: 2000,
	}})
}

// toolCall has an id of its own each time, as Ollama's have; arguments that are no object are none.
func toolCall(i int, c llm.Call) api.ToolCall {
	return api.ToolCall{
		ID:       "call_" + strconv.Itoa(i) + rand.Text()[:4],
		Function: api.ToolCallFunction{Index: i, Name: c.Tool, Arguments: arguments(c.Args)},
	}
}

func (s *OllamaServer) say(w http.ResponseWriter, r api.ChatResponse) {
	r.Model = s.name
	_ = json.NewEncoder(w).Encode(r)
	w.(http.Flusher).Flush()
}
