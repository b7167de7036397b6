package llmtest_test

import (
	"path/filepath"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

const keep = `{"reason":"it leaves on time","action":"keep"}`

func TestConformanceOfScript(t *testing.T) {
	llmtest.Conformance(t, func(*testing.T) llm.Model { return llmtest.Says(keep) })
}

func TestConformanceOfFailingFirst(t *testing.T) {
	llmtest.Conformance(t, func(*testing.T) llm.Model {
		return llmtest.FailingFirst(0, llmtest.Fault("503"), llmtest.Says(keep))
	})
}

func TestConformanceOfRecorded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	record := func(real llm.Model) func(t *testing.T) llm.Model {
		return func(t *testing.T) llm.Model {
			m, err := llmtest.Recorded(path, real)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
	t.Run("recording", func(t *testing.T) { llmtest.Conformance(t, record(llmtest.Says(keep))) })
	t.Run("replaying", func(t *testing.T) { llmtest.Conformance(t, record(nil)) })
}

func TestConformanceOfOllama(t *testing.T) {
	llmtest.Conformance(t, func(t *testing.T) llm.Model {
		s := llmtest.NewOllamaServer(t, "tiny", llmtest.Says(keep))
		return llm.Ollama("tiny", s.URL)
	})
}

func TestConformanceOfResilient(t *testing.T) {
	llmtest.Conformance(t, func(*testing.T) llm.Model {
		return llm.Resilient(llmtest.Says(keep), llm.ResilientConfig{})
	})
}

func TestStatusConformanceOfOllama(t *testing.T) {
	llmtest.StatusConformance(t, func(url string) llm.Model { return llm.Ollama("tiny", url) })
}
