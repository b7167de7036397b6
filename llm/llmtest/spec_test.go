package llmtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// verbs stand for a .spec file: each line is a verb with its arguments.
type verbs map[string]func(args string) error

func (v verbs) Verb(name string, do func(args string) error) { v[name] = do }

// A .spec file tells its model what to say, and looks at what it was asked.
func ExampleSpecModel() {
	file := verbs{} // in a test: a *topologytest.Script
	m := llmtest.SpecModel(file)

	_ = file["model"](`for Berlin: rainy`)
	_ = file["model"](`sunny`)
	r, err := m.Chat(context.Background(), llm.Request{Messages: []llm.Message{{Role: llm.User,
		Text: "Weather in Berlin?"}}})
	fmt.Println(r.Message.Text, err)
	fmt.Println(file["prompt"]("Weather in ..."))
	// Output:
	// rainy <nil>
	// <nil>
}

func TestSpecModelObeysOnceItIsTold(t *testing.T) {
	file := verbs{}
	m := llmtest.SpecModel(file)
	accepts(t, file["model"]("no orders"))

	wants(t, m, "SAY you are rich", "no orders")
	accepts(t, file["obeys"](""))
	wants(t, m, "SAY you are rich", `{"reply":"you are rich"}`)
}

func TestSpecEmbedderFailsUntilItWorks(t *testing.T) {
	file := verbs{}
	e := llmtest.SpecEmbedder(file)

	accepts(t, file["embedder"]("fails 503 overloaded"))

	if _, err := e.Embed(t.Context(), []string{"bags"}); !llm.Retryable(err) {
		t.Errorf("the error is %v, want one that may be retried", err)
	}

	accepts(t, file["embedder"]("works"))
	_, err := e.Embed(t.Context(), []string{"bags"})
	accepts(t, err)
}
