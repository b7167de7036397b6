package llm_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// realModel is the one that SLIPSTREAM_TEST_OLLAMA names as host/model, such as 127.0.0.1:11434/smollm2:135m.
func realModel(t *testing.T) llm.Model {
	named := os.Getenv("SLIPSTREAM_TEST_OLLAMA")
	if named == "" {
		t.Skip("SLIPSTREAM_TEST_OLLAMA names no host/model")
	}

	host, model, ok := strings.Cut(strings.TrimPrefix(named, "http://"), "/")
	if !ok {
		t.Fatalf("SLIPSTREAM_TEST_OLLAMA is %q, not host/model", named)
	}

	return llm.NewOllama(llm.OllamaConfig{Model: model, Hosts: []string{host}, Context: 2048})
}

func TestConformanceOfRealOllama(t *testing.T) {
	m := realModel(t)
	llmtest.Conformance(t, func(*testing.T) llm.Model { return m })
}

func TestRealOllamaRefusesAPromptThatIsTooLong(t *testing.T) {
	_, err := realModel(t).Chat(t.Context(), prompt(strings.Repeat("The flight is late. ", 1000)))
	if !errors.Is(err, llm.ErrRefused) || !strings.Contains(err.Error(), "show fewer facts") {
		t.Error(err)
	}
}

func TestRealOllamaSaysThatMaxTokensEndedIt(t *testing.T) {
	r := prompt("Count from one to a hundred, in words.")
	r.MaxTokens = 5

	reply, err := realModel(t).Chat(t.Context(), r)
	if err != nil || !reply.Overlong || reply.TokensOut > 5 || reply.Read == 0 || reply.Wrote == 0 {
		t.Errorf("%+v, %v", reply, err)
	}
}

func TestRealOllamaHasNoSuchModel(t *testing.T) {
	realModel(t)
	host, _, _ := strings.Cut(strings.TrimPrefix(os.Getenv("SLIPSTREAM_TEST_OLLAMA"), "http://"), "/")

	_, err := llm.Ollama("no-such-model", host).Chat(t.Context(), prompt("?"))
	if !errors.Is(err, llm.ErrRefused) || !strings.Contains(err.Error(), "ollama pull no-such-model") {
		t.Error(err)
	}
}

// The server is free again soon after a caller has left: a short question does not wait for the long answer.
func TestRealOllamaStopsWhenItsCallerLeaves(t *testing.T) {
	m := realModel(t)
	if err := llm.WarmUp(t.Context(), m, "Rules."); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()

	if _, err := m.Chat(ctx, prompt("Count from one to ten thousand, in words.")); !errors.Is(err,
		context.DeadlineExceeded) {
		t.Skipf("the answer was sooner: %v", err)
	}
	begun := time.Now()

	if err := llm.WarmUp(t.Context(), m, "Rules."); err != nil {
		t.Fatal(err)
	}

	if d := time.Since(begun); d > 15*time.Second {
		t.Errorf("the server went on for %v", d)
	}
}
