package llmtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

func ask(t *testing.T, m llm.Model, prompt string) (string, error) {
	t.Helper()
	r, err := m.Chat(t.Context(), about(prompt))
	return r.Message.Text, err
}

func about(prompt string) llm.Request {
	return llm.Request{Messages: []llm.Message{{Role: llm.System, Text: "rules"},
		{Role: llm.User, Text: prompt}}}
}

func wants(t *testing.T, m llm.Model, prompt, want string) {
	t.Helper()

	if got, err := ask(t, m, prompt); got != want || err != nil {
		t.Errorf("to %q: %q, %v; want %q", prompt, got, err, want)
	}
}

func TestTheLastAnswerStands(t *testing.T) {
	m := llmtest.Says("one", "two")
	for _, want := range []string{"one", "two", "two"} {
		wants(t, m, "?", want)
	}

	if err := m.Answer("three"); err != nil { // replaces the one that stood
		t.Fatal(err)
	}
	wants(t, m, "?", "three")
}

func TestAnswersToldBeforeTheyAreUsedQueueUp(t *testing.T) {
	m := llmtest.Says("one", "two")
	wants(t, m, "?", "one")

	if err := m.Answer("three"); err != nil {
		t.Fatal(err)
	}
	wants(t, m, "?", "two")
	wants(t, m, "?", "three")
}

func TestBoundAnswersAreTheSameInAnyOrder(t *testing.T) {
	m := llmtest.Says("any", "for c-1 ... gold: one", "for c-2: two")
	var all sync.WaitGroup
	for i := range 60 {
		who, want := fmt.Sprintf("customer c-%d is gold", i%3), []string{"any", "one", "two"}[i%3]
		all.Go(func() { wants(t, m, who, want) })
	}
	all.Wait()
}

func TestPromptsAreLookedAtInOrder(t *testing.T) {
	m := llmtest.Says("yes")
	wants(t, m, "first: a gold customer", "yes")
	wants(t, m, "second", "yes")

	for _, step := range []struct{ args, fails string }{
		{"first ... gold", ""},
		{"third", "prompt: second"},
		{"", "not asked"},
	} {
		err := m.Asked(step.args)
		if (err == nil) != (step.fails == "") || err != nil && !strings.Contains(err.Error(), step.fails) {
			t.Errorf("prompt %s: %v", step.args, err)
		}
	}
}

func TestFailureIsOfItsKind(t *testing.T) {
	for why, kind := range map[string]error{
		"503 overloaded": llm.ErrUnavailable, "429": llm.ErrUnavailable, "down": llm.ErrUnavailable,
		"404 no such model": llm.ErrRefused, "cut off": llm.ErrTruncated,
	} {
		_, err := ask(t, llmtest.Says("fails "+why), "?")
		if !errors.Is(err, kind) || err.Error() != why {
			t.Errorf("%s: %v is not %q", why, err, kind)
		}
	}
}

func TestHangsUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()

		begun := time.Now()
		_, err := llmtest.Says("hangs").Chat(ctx, about("?"))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 20*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

func TestAfterTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		wants(t, llmtest.Says("after 90s yes"), "?", "yes")

		if d := time.Since(begun); d != 90*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

func TestScriptRefusesWhatItDoesNotUnderstand(t *testing.T) {
	for _, args := range []string{"", "after soon yes", "for c-1 no colon", "after 1s"} {
		if err := (&llmtest.Script{}).Answer(args); err == nil {
			t.Errorf("model %s: no error", args)
		}
	}
}

func TestScriptWithoutAnswersSaysWhatItWasAsked(t *testing.T) {
	_, err := ask(t, &llmtest.Script{}, "where is my flight?")
	if err == nil || !strings.Contains(err.Error(), "where is my flight?") {
		t.Error(err)
	}
}
