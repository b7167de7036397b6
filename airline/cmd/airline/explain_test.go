package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/verb"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// reading is what the model of these tests finds in each note.
const reading = `{"reason":"wants money","wish":"money-back","time":""}`

// ollama is a server that has a model named reader, which answers so, and the embedder that a demo needs.
func ollama(t *testing.T, answers []string) string {
	t.Helper()

	behind, err := url.Parse(llmtest.NewOllamaServer(t, "reader", model(t, answers)).URL)
	if err != nil {
		t.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.Handle("POST /api/embed", llmtest.EmbedHandler(embedder, llmtest.Embedder{}))
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if strings.Contains(string(b), embedder) {
			_, _ = w.Write([]byte("{}"))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
		httputil.NewSingleHostReverseProxy(behind).ServeHTTP(w, r)
	})

	mux.Handle("/", httputil.NewSingleHostReverseProxy(behind))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	return server.URL
}

// model gives these answers, and one to the question how it is.
func model(t *testing.T, answers []string) llm.Model {
	m := llmtest.Says(answers...)
	for range 5 {
		if err := m.Answer(`for How are you: {"reply":"Fine."}`); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// storm runs a small day with a model that reads notes so, and leaves it open for questions.
func storm(t *testing.T, readings ...string) {
	t.Helper()
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	t.Setenv("OLLAMA_HOST", ollama(t, readings))
	demo := start(t, "demo", "--model", "reader", "--data", boston, "--customers", "60", "--seed", "7",
		"--stay", "--listen", "127.0.0.1:0")
	demo.until("What must hold")
	t.Cleanup(func() { demo.end() })
}

// decidedByModel is the id of a decision that the model had a part in.
func decidedByModel(t *testing.T) (id, customer string) {
	t.Helper()

	for l := range strings.Lines(succeed(t, "", "tail", "decisions", "--stop", "--json")) {
		var rec struct {
			Key     string
			Headers map[string]string
		}
		if err := json.Unmarshal([]byte(l), &rec); err != nil {
			t.Fatal(err)
		}

		if rec.Headers["ce_decidedby"] == "model" {
			return rec.Headers["ce_id"], rec.Key
		}
	}
	t.Fatal("the model decided nothing")

	return "", ""
}

// What is on record explains a decision, and is decided again: by the same, by another model, with another
// prompt.
func TestExplainAndReplay(t *testing.T) {
	storm(t, manyTimes(reading)...)
	id, customer := decidedByModel(t)
	testExplain(t, id, customer)
	testReplay(t)
	testConcierge(t, customer)
	testForget(t, customer)
}

// What the concierge says is on record like any decision, and is said again. In the order in which things
// happened on this day, it may also have written to customers unasked; this model has no answer for that,
// then or now.
func testConcierge(t *testing.T, customer string) {
	replies := start(t, "tail", "replies", "--from", "beginning")
	succeed(t, "", "send", "messages", customer, `{"text":"How are you?","time":"2013-03-09T11:00:00-05:00"}`)
	replies.until(`"text":"Fine."`)
	replies.end()

	if out := succeed(t, "", "explain", customer); !strings.Contains(out, "concierge, for "+customer) ||
		!strings.Contains(out, "How are you?") || !strings.Contains(out, `"reply":"Fine."`) {
		t.Errorf("explain:\n%s", out)
	}

	out := succeed(t, "", "replay", "--operator", "concierge", "--model", "reader", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var c compared
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &c); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	if c.Agree < 1 || c.Agree+c.Failed != c.Decisions || c.Missing > 0 {
		t.Errorf("replay: %+v\n%s", c, out)
	}

	if status, _, errs := run(t, "", "replay", "--operator", "nobody"); status != verb.StatusUsage ||
		!strings.Contains(errs, `--operator: there is no "nobody"`) {
		t.Errorf("status %d: %s", status, errs)
	}
}

// A customer who says so is forgotten, on record too.
func testForget(t *testing.T, customer string) {
	succeed(t, "", "send", "messages", customer, `{"message_id":"m-1","kind":"forget","time":"2013-03-09T12:00:00-05:00"}`)

	for end := time.Now().Add(waiting); ; {
		status, out, errs := run(t, "", "explain", customer)
		if status == verb.StatusFailed && strings.Contains(errs, "nothing is on record of "+customer) {
			return
		}

		if time.Now().After(end) {
			t.Fatalf("still on record:\n%s%s", out, errs)
		}
	}
}

func testExplain(t *testing.T, id, customer string) {
	out := succeed(t, "", "explain", id)
	for _, want := range []string{id + ", attempt 1: taken", "decided by     rebook, for " + customer,
		"saw            customers/" + customer + ", version ",
		"saw            rules/rebooking, version 1", "0 system       (", "1 user         Note: ", "2 assistant    " + reading,
		`answered       {"case_id"`, "checked        it held", "ce_model       reader", "ce_tokensin    "} {
		if !strings.Contains(out, want) {
			t.Errorf("explain: no %q in\n%s", want, out)
		}
	}

	if out := succeed(t, "", "explain", id, "--instructions", "--rows"); !strings.Contains(out,
		"You read a note that an airline customer wrote") || !strings.Contains(out, `"reservation_id"`) {
		t.Errorf("explain --instructions --rows:\n%s", out)
	}

	if out := succeed(t, "", "explain", customer); !strings.Contains(out, "rebook, for "+customer) {
		t.Errorf("explain %s:\n%s", customer, out)
	}

	if out := succeed(t, "", "explain", id, "--json"); !strings.HasPrefix(out, `{"id":"`+id) {
		t.Errorf("explain --json:\n%s", out)
	}

	if status, _, errs := run(t, "", "explain", "c-nobody"); status != verb.StatusFailed ||
		!strings.Contains(errs, "nothing is on record of c-nobody") {
		t.Errorf("status %d: %s", status, errs)
	}

	if status, _, errs := run(t, "", "explain", "hotel/agent/beds/0/1"); status != verb.StatusUsage ||
		!strings.Contains(errs, "topology hotel has put nothing on record") {
		t.Errorf("status %d: %s", status, errs)
	}

	if status, _, errs := run(t, "", "explain", id, "--since", "yesterday"); status != verb.StatusUsage ||
		!strings.Contains(errs, `--since: "yesterday"`) {
		t.Errorf("status %d: %s", status, errs)
	}
}

func testReplay(t *testing.T) {
	before := strings.Count(succeed(t, "", "tail", "decisions", "--stop", "--json"), "\n")
	replayed := func(readings []string, args ...string) (c compared) {
		t.Helper()
		t.Setenv("OLLAMA_HOST", ollama(t, readings))

		out := succeed(t, "", append([]string{"replay", "--operator", "rebook", "--model", "reader",
			"--json"}, args...)...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &c); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return c
	}

	same := replayed(manyTimes(reading))
	if same.Read == 0 || same.Agree != same.Decisions || same.ReadAgree != same.Read ||
		same.Missing+same.Failed+same.Invalid != 0 || same.Decisions <= same.Read {
		t.Errorf("by the same: %+v", same)
	}

	if same.Now.Exchanges == 0 || same.Then.Exchanges == 0 || same.Now.TokensIn*10 < same.Then.TokensIn*9 ||
		same.Now.TokensIn*9 > same.Then.TokensIn*10 {
		t.Errorf("what it cost: then %+v, now %+v", same.Then, same.Now)
	}

	other := replayed(manyTimes(`{"reason":"waits","wish":"wait","time":""}`))
	if other.ReadAgree == other.Read || other.Agree == other.Decisions || len(other.Changes) == 0 ||
		len(other.Diffs) == 0 || other.Diffs[0].Then == other.Diffs[0].Now {
		t.Errorf("by one who reads otherwise: %+v", other)
	}

	file := filepath.Join(t.TempDir(), "prompt.txt")
	if err := os.WriteFile(file, []byte("Read."), 0o644); err != nil {
		t.Fatal(err)
	}

	if short := replayed(manyTimes(reading), "--prompt", file, "-n", "30"); short.Decisions != 30 ||
		short.Now.TokensIn >= short.Then.TokensIn {
		t.Errorf("with a short prompt: %+v", short)
	}

	if after := strings.Count(succeed(t, "", "tail", "decisions", "--stop", "--json"),
		"\n"); after != before {
		t.Errorf("there were %d decisions, and now %d", before, after)
	}

	if status, _, errs := run(t, "", "replay", "--model", "policy", "--prompt",
		"/none"); status != verb.StatusUsage || !strings.Contains(errs, "--prompt") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// compared is what replay prints as JSON.
type compared struct {
	Decisions, Agree, Read, Failed, Missing, Invalid int
	ReadAgree                                        int `json:"read_agree"`
	Changes                                          map[string]int
	Then, Now                                        struct {
		Exchanges int
		TokensIn  int `json:"tokens_in"`
	}
	Diffs []struct{ Then, Now string }
}

func manyTimes(answer string) (all []string) {
	for range 500 {
		all = append(all, answer)
	}
	return all
}
