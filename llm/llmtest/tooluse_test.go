package llmtest_test

import (
	"path/filepath"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

func bySchema(_ *testing.T, answers ...string) llm.Model {
	return llm.ToolsBySchema(llmtest.Says(answers...))
}

func TestToolUseBySchema(t *testing.T) { llmtest.ToolUse{Model: bySchema}.Run(t) }

// The model behind the server stands for one that has been taught tool calls: what passes between is
// Ollama's own form.
func TestToolUseOfOllama(t *testing.T) {
	llmtest.ToolUse{Model: func(t *testing.T, answers ...string) llm.Model {
		return llm.Ollama("tiny", llmtest.NewOllamaServer(t, "tiny", bySchema(t, answers...)).URL)
	}}.Run(t)
}

func TestToolUseBySchemaOfOllama(t *testing.T) {
	llmtest.ToolUse{Model: func(t *testing.T, answers ...string) llm.Model {
		return llm.ToolsBySchema(llm.Resilient(llm.Ollama("tiny",
			llmtest.NewOllamaServer(t, "tiny", llmtest.Says(answers...)).URL), llm.ResilientConfig{}))
	}}.Run(t)
}

func TestToolUseOfRecorded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	for _, name := range []string{"recording", "replaying"} {
		t.Run(name, func(t *testing.T) {
			llmtest.ToolUse{Model: func(t *testing.T, answers ...string) llm.Model {
				real := bySchema(t, answers...)
				if name == "replaying" {
					real = nil
				}

				m, err := llmtest.Recorded(path, real)
				if err != nil {
					t.Fatal(err)
				}

				return m
			}}.Run(t)
		})
	}
}
