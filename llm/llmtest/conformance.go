package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// Verdict is what Conformance asks for. A model that obeys no schema by itself, such as a Script, must answer
// with one: {"reason":"it leaves on time","action":"keep"} will do.
type Verdict struct {
	Reason string `json:"reason"`
	Action string `json:"action"` // keep or rebook
}

// Conformance holds a Model to its contract. model is called once for each part, and gives one that works. An
// implementation runs it in a line:
//
//	llmtest.Conformance(t, func(t *testing.T) llm.Model { return mine.New() })
func Conformance(t *testing.T, model func(t *testing.T) llm.Model) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, llm.Model)
	}{
		{"answers within the schema", answersWithinSchema},
		{"says what it cost", saysWhatItCost},
		{"leaves the request as it is", leavesRequest},
		{"is not asked by a context that has ended", endedContext},
		{"several at once", severalAtOnce},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, model(t)) })
	}
}

var actions = []string{"keep", "rebook"}

// question is small, so that a real model on slow hardware takes seconds.
func question(t *testing.T) llm.Request {
	t.Helper()

	schema, err := llm.Schema[Verdict](map[string][]string{"action": actions})
	if err != nil {
		t.Fatal(err)
	}

	return llm.Request{
		Messages: []llm.Message{
			{Role: llm.System, Text: "A passenger asks about a flight. Give a reason of at most eight words, then keep or rebook."},
			{Role: llm.User, Text: "BA117 leaves on time. Keep it or rebook?"},
		},
		Schema:    schema,
		MaxTokens: 100,
	}
}

func answersWithinSchema(t *testing.T, m llm.Model) {
	reply, err := m.Chat(t.Context(), question(t))
	if err != nil {
		t.Fatal(err)
	}

	var v Verdict
	if err := json.Unmarshal([]byte(reply.Message.Text), &v); err != nil {
		t.Fatalf("%v: %s", err, reply.Message.Text)
	}

	if !slices.Contains(actions, v.Action) {
		t.Errorf("action %q, want one of %q", v.Action, actions)
	}

	if reply.Message.Role != llm.Assistant {
		t.Errorf("role %q, want %q", reply.Message.Role, llm.Assistant)
	}
}

func saysWhatItCost(t *testing.T, m llm.Model) {
	reply, err := m.Chat(t.Context(), question(t))
	if err != nil {
		t.Fatal(err)
	}

	if reply.Model == "" || reply.TokensIn <= 0 || reply.TokensOut <= 0 || reply.Took < 0 {
		t.Errorf("model %q, %d tokens in, %d out, took %v: all must be known", reply.Model, reply.TokensIn,
			reply.TokensOut, reply.Took)
	}
}

func leavesRequest(t *testing.T, m llm.Model) {
	asked, before := question(t), question(t)
	if _, err := m.Chat(t.Context(), asked); err != nil {
		t.Fatal(err)
	}

	if !reflect.DeepEqual(asked, before) {
		t.Errorf("the request was changed to %+v", asked)
	}
}

func endedContext(t *testing.T, m llm.Model) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()

	for _, ctx := range []context.Context{cancelled, late} {
		if _, err := m.Chat(ctx, question(t)); !errors.Is(err, ctx.Err()) {
			t.Errorf("the error is %v, want %v", err, ctx.Err())
		}
	}
}

func severalAtOnce(t *testing.T, m llm.Model) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := m.Chat(t.Context(), question(t)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
