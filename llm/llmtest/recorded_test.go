package llmtest_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

func TestRecordedAsksTheRealModelOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	real := llmtest.Says("first", "second")

	m, err := llmtest.Recorded(path, real)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, m, "a", "first")
	wants(t, m, "a", "first")
	wants(t, m, "b", "second")

	if n := len(real.Prompts()); n != 2 {
		t.Errorf("the real model was asked %d times, want 2", n)
	}

	replay, err := llmtest.Recorded(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, replay, "b", "second")

	if _, err := ask(t, replay, "c"); !errors.Is(err, llm.ErrRefused) ||
		!strings.Contains(err.Error(), "record it") {
		t.Error(err)
	}
}

func TestRecordedTellsWhereItsFileIsBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	if err := os.WriteFile(path, []byte("{}\n{"), 0o644); err != nil {
		t.Fatal(err)
	}

	if _, err := llmtest.Recorded(path, nil); err == nil ||
		!strings.Contains(err.Error(), "answers.jsonl:2") {
		t.Error(err)
	}

	if _, err := llmtest.Recorded(path+".gone", nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestFailing(t *testing.T) {
	broken := errors.New("broken")
	if _, err := ask(t, llmtest.Failing(broken), "?"); err != broken {
		t.Error(err)
	}

	m := llmtest.FailingFirst(1, broken, llmtest.Says("yes"))
	if _, err := ask(t, m, "?"); err != broken {
		t.Error(err)
	}
	wants(t, m, "?", "yes")
}
