package openai_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/llm/openai"
)

const keep = `{"reason":"it leaves on time","action":"keep"}`

func TestConformance(t *testing.T) {
	llmtest.Conformance(t, func(t *testing.T) llm.Model {
		return model(t, openai.Config{Hosts: []string{serve(t, llmtest.Says(keep)).url}})
	})
}

func TestToolUse(t *testing.T) {
	llmtest.ToolUse{Model: func(t *testing.T, answers ...string) llm.Model {
		s := serve(t, llm.ToolsBySchema(llmtest.Says(answers...)))
		return model(t, openai.Config{Hosts: []string{s.url}})
	}}.Run(t)
}

func TestStatusMeansWhatItSays(t *testing.T) {
	llmtest.StatusConformance(t, func(url string) llm.Model {
		return model(t, openai.Config{Hosts: []string{url}})
	})
}

// What servers do on their bad days, and what a caller makes of it.
func TestAnAnswerThatDoesNotEndIsAnError(t *testing.T) {
	word := delta(`"content":"so "`)
	failing := func(status int) string {
		return fmt.Sprintf(`{"error":{"code":%d,"message":"CUDA"}}`, status)
	}

	for name, c := range map[string]struct {
		happens http.HandlerFunc
		kind    error
		says    string
	}{
		"no reason to finish":   {saying(word, "[DONE]"), llm.ErrTruncated, "broke off"},
		"connection lost":       {hangsUp(word), llm.ErrTruncated, "broke off"},
		"error in the stream":   {saying(word, failing(500)), llm.ErrTruncated, "CUDA"},
		"error at its start":    {saying(failing(503)), llm.ErrUnavailable, "CUDA"},
		"refused at its start":  {saying(failing(400)), llm.ErrRefused, "CUDA"},
		"no JSON in the stream": {saying(word, `{"choices":`), llm.ErrTruncated, "broke off"},
		"a page":                {page, llm.ErrUnavailable, "web page"},
		"nothing":               {nothing, llm.ErrUnavailable, "empty response"},
		"a refusal":             {saying(delta(`"refusal":"No."`), finish("stop")), llm.ErrRefused, "No."},
		"a filter":              {saying(finish("content_filter")), llm.ErrRefused, "filter"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, llmtest.Says(keep)).instead(c.happens)

			reply, err := model(t, openai.Config{Hosts: []string{s.url}}).Chat(t.Context(), prompt("?"))
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v: want %q, saying %q", err, c.kind, c.says)
			}

			if reply.Message.Text != "" {
				t.Errorf("half an answer: %q", reply.Message.Text)
			}
		})
	}
}

func nothing(http.ResponseWriter, *http.Request) {}

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<html>welcome</html>"))
}

// hangsUp sends chunks and breaks the connection.
func hangsUp(chunks ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		say(w, chunks...)
		panic(http.ErrAbortHandler)
	}
}

// A call that ends stops the server's work, and a server that is slow is told from one that hangs.
func TestACallThatEndsLeavesTheServer(t *testing.T) {
	left := make(chan struct{})
	s := serve(t, llmtest.Says(keep)).instead(func(w http.ResponseWriter, r *http.Request) {
		say(w, delta(`"content":"so "`))
		<-r.Context().Done()
		close(left)
	})

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	_, err := model(t, openai.Config{Hosts: []string{s.url}}).Chat(ctx, prompt("?"))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	<-left // the test's own deadline is the bound

	var silent interface {
		error
		Ping(context.Context) error
	}
	if !errors.As(err, &silent) || silent.Ping(t.Context()) != nil {
		t.Errorf("%v: the server is there", err)
	}
}

func TestTheNextHostIsAsked(t *testing.T) {
	busy := serve(t, nil).instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	well := serve(t, llmtest.Says(keep))
	m := model(t, openai.Config{Hosts: []string{busy.url, "http://127.0.0.1:1/v1", well.url}})

	for range 2 {
		if reply, err := m.Chat(t.Context(), prompt("?")); err != nil || reply.Message.Text != keep {
			t.Errorf("%+v, %v", reply, err)
		}
	}

	if len(busy.requests) != 1 || len(well.requests) != 2 {
		t.Errorf("%d and %d requests: a host that was busy rests", len(busy.requests), len(well.requests))
	}
}

func TestARequestSaysWhatIsAsked(t *testing.T) {
	s := serve(t, llmtest.Says(keep))
	m := model(t, openai.Config{Hosts: []string{s.url}, Think: "low", Key: "secret",
		With: map[string]any{"top_k": 3, "temperature": 0.5}, Without: []string{"seed"}})

	r := prompt("?")
	r.MaxTokens, r.Temperature, r.Seed = 40, 0.7, 9
	r.Schema = []byte(`{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"string"}},` +
		`"required":["b","a"],"additionalProperties":false}`)
	if _, err := m.Chat(t.Context(), r); err != nil {
		t.Fatal(err)
	}

	q := s.requests[0]
	for name, want := range map[string]string{
		"max_tokens": "40", "temperature": "0.5", "top_k": "3", "seed": "", "reasoning_effort": `"low"`,
		"stream": "true", "stream_options": `{"include_usage":true}`,
	} {
		if got := string(q.Fields[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}

	format := q.Format.Schema
	if q.Format.Type != "json_schema" || !format.Strict || string(format.Schema) != string(r.Schema) {
		t.Errorf("format %s", q.Fields["response_format"])
	}

	if got := s.headers[0].Get("Authorization"); got != "Bearer secret" {
		t.Errorf("authorization %q", got)
	}
}

// OpenAI refuses a strict schema with an object that is open, or a field that may be missing.
func TestOnlyAClosedSchemaIsStrict(t *testing.T) {
	type passenger struct {
		Name string `json:"name"`
		Seat string `json:"seat,omitempty"`
	}
	type closed struct {
		Names []string `json:"names"`
		Party struct {
			Size int `json:"size"`
		} `json:"party"`
	}
	type open struct {
		Passengers []passenger `json:"passengers"`
	}

	for name, c := range map[string]struct {
		schema func() ([]byte, error)
		strict bool
	}{
		"closed": {func() ([]byte, error) { return llm.Schema[closed](nil) }, true},
		"open":   {func() ([]byte, error) { return llm.Schema[open](nil) }, false},
		"map":    {func() ([]byte, error) { return llm.Schema[map[string]int](nil) }, false},
	} {
		s := serve(t, llmtest.Says("{}"))
		r := prompt("?")
		var err error
		if r.Schema, err = c.schema(); err != nil {
			t.Fatal(err)
		}

		if _, err := model(t, openai.Config{Hosts: []string{s.url}}).Chat(t.Context(), r); err != nil {
			t.Fatal(err)
		}

		if got := s.requests[0].Format.Schema.Strict; got != c.strict {
			t.Errorf("%s: strict %v, want %v: %s", name, got, c.strict, r.Schema)
		}
	}
}

// A key in the environment is that of the host in the environment.
func TestAKeyGoesNowhereElse(t *testing.T) {
	meant, other := serve(t, llmtest.Says(keep)), serve(t, llmtest.Says(keep))
	t.Setenv("OPENAI_BASE_URL", meant.url)
	t.Setenv("OPENAI_API_KEY", "secret")
	t.Setenv("OPENAI_ORG_ID", "org")

	for _, hosts := range [][]string{nil, {other.url}} {
		if _, err := model(t, openai.Config{Hosts: hosts}).Chat(t.Context(), prompt("?")); err != nil {
			t.Fatal(err)
		}
	}

	if got := meant.headers[0].Get("Authorization"); got != "Bearer secret" {
		t.Errorf("authorization %q at the host that is meant", got)
	}

	if h := other.headers[0]; h.Get("Authorization") != "" || h.Get("OpenAI-Organization") != "" {
		t.Errorf("another host was sent %v", h)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for says, c := range map[string]openai.Config{
		"Config.Model":       {},
		"127.0.0.1:8000":     {Model: "m", Hosts: []string{"127.0.0.1:8000"}},
		"ftp://models":       {Model: "m", Hosts: []string{"ftp://models"}},
		"http://%zz is no":   {Model: "m", Hosts: []string{"http://%zz is no"}},
		"like http://127.0.": {Model: "m", Hosts: []string{""}},
	} {
		if _, err := openai.New(c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", c, err, says)
		}
	}
}

// What a reply tells beside its text: what was read, what was known, and that thoughts used up all tokens.
func TestAReplyTellsItsCost(t *testing.T) {
	s := serve(t, nil).instead(saying(delta(`"reasoning_content":"hmm"`), finish("length"),
		`{"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":12},`+
			`"timings":{"cache_n":21,"prompt_ms":50.5,"predicted_ms":20}}`, "[DONE]"))

	reply, err := model(t, openai.Config{Hosts: []string{s.url}}).Chat(t.Context(), prompt("?"))
	if err != nil || reply.Model != "m" || !reply.Overlong || !reply.InThoughts {
		t.Errorf("%+v, %v", reply, err)
	}

	if reply.TokensIn != 30 || reply.TokensOut != 12 || reply.TokensCached != 21 ||
		reply.Read != 50500*time.Microsecond || reply.Wrote != 20*time.Millisecond {
		t.Errorf("%+v", reply)
	}
}

// Some servers send calls whole, all with the index 0; integers beyond 2^53 are exact.
func TestCallsAreReadAsTheyWereSent(t *testing.T) {
	const order = `{"order":9007199254740993}`
	s := serve(t, nil).instead(saying(call(0, "a", "find", order), call(0, "b", "find", ""),
		finish("tool_calls"), "[DONE]"))

	r := prompt("?")
	schema := []byte(`{"type":"object","properties":{"order":{"type":"integer"}}}`)
	r.Tools = []llm.Tool{{Name: "find", Schema: schema}}
	reply, err := model(t, openai.Config{Hosts: []string{s.url}}).Chat(t.Context(), r)
	if err != nil || len(reply.Message.Calls) != 2 {
		t.Fatalf("%+v, %v", reply, err)
	}

	a, b := reply.Message.Calls[0], reply.Message.Calls[1]
	if string(a.Args) != order || string(b.Args) != "{}" || a.ID != "a" || b.ID != "b" {
		t.Errorf("%+v", reply.Message.Calls)
	}
}

// An Ollama asked in this way drops what does not fit, and its reply looks like any other.
func TestAnOllamaDoesNotCutInSilence(t *testing.T) {
	for name, c := range map[string]struct {
		loaded string // what it says of its models
		bytes  int    // of the prompt
		used   string // tokens of prompt and answer
		cut    bool
	}{
		"it fits":                   {`[{"model":"m:latest","context_length":4096}]`, 100, "60", false},
		"it may not fit":            {`[{"model":"m:latest","context_length":4096}]`, 5000, "60", true},
		"the answer did not fit":    {`[{"model":"m:latest","context_length":1000}]`, 100, "1001", true},
		"a small context":           {`[{"model":"m","context_length":512}]`, 400, "60", true},
		"it does not tell":          {`[{"model":"m"}]`, 1500, "60", false},
		"it does not tell, and may": {`[{"model":"m"}]`, 2100, "60", true},
		"it is gone":                {`[]`, 2100, "60", true},
	} {
		t.Run(name, func(t *testing.T) {
			chats := 0
			mux := http.NewServeMux()
			mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, _ *http.Request) {
				chats++
				say(w, delta(`"content":"yes"`), finish("stop"), `{"choices":[],"usage":{"prompt_tokens":`+
					c.used+`,"completion_tokens":0},"system_fingerprint":"fp_ollama"}`, "[DONE]")
			})
			mux.HandleFunc("GET /api/ps", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"models":` + c.loaded + `}`))
			})
			at := listen(t, mux)

			m := model(t, openai.Config{Hosts: []string{at + "/v1"}})
			r := prompt(strings.Repeat("x", c.bytes))
			for range 2 {
				_, err := m.Chat(t.Context(), r)
				if cut := errors.Is(err, llm.ErrRefused); cut != c.cut || (err != nil) != c.cut {
					t.Errorf("%v, want it refused: %v", err, c.cut)
				}

				if c.cut && !strings.Contains(err.Error(), "llm.Ollama") {
					t.Errorf("%v: the remedy is missing", err)
				}
			}

			if c.cut && c.bytes > 400 && chats != 1 {
				t.Errorf("%d chats: what can't fit need not be asked", chats)
			}
		})
	}
}

// realModel is the one that SLIPSTREAM_TEST_OPENAI names as base URL and model, with a space between.
func realModel(t *testing.T) llm.Model {
	host, name, ok := strings.Cut(os.Getenv("SLIPSTREAM_TEST_OPENAI"), " ")
	if !ok {
		t.Skip("SLIPSTREAM_TEST_OPENAI names no base URL and model")
	}
	return model(t, openai.Config{Model: name, Hosts: []string{host}, Key: os.Getenv("OPENAI_API_KEY")})
}

func TestConformanceOfRealServer(t *testing.T) {
	m := realModel(t)
	llmtest.Conformance(t, func(*testing.T) llm.Model { return m })
}

func TestToolUseOfRealServer(t *testing.T) {
	m := realModel(t)
	for name, m := range map[string]llm.Model{"its own calls": m, "calls by schema": llm.ToolsBySchema(m)} {
		t.Run(name, func(t *testing.T) {
			llmtest.ToolUse{Lenient: true, Model: func(*testing.T, ...string) llm.Model { return m }}.Run(t)
		})
	}
}

func TestRealServerRefusesAPromptThatIsTooLong(t *testing.T) {
	_, err := realModel(t).Chat(t.Context(), prompt(strings.Repeat("The flight is late. ", 4000)))
	if !errors.Is(err, llm.ErrRefused) {
		t.Error(err)
	}
}

func TestRealServerSaysThatMaxTokensEndedIt(t *testing.T) {
	r := prompt("Count from one to a hundred, in words.")
	r.MaxTokens = 5

	reply, err := realModel(t).Chat(t.Context(), r)
	if err != nil || !reply.Overlong || reply.TokensOut > 5 {
		t.Errorf("%+v, %v", reply, err)
	}
}
