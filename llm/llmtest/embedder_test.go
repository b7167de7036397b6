package llmtest_test

import (
	"net/http/httptest"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

func TestConformanceOfEmbedder(t *testing.T) {
	llmtest.EmbedderConformance(t, func(*testing.T) llm.Embedder { return llmtest.Embedder{} })
}

func TestConformanceOfEmbedderWithAScript(t *testing.T) {
	llmtest.EmbedderConformance(t, func(*testing.T) llm.Embedder {
		return llmtest.Embedder{First: llmtest.Says("go on"), Dimensions: 64}
	})
}

func TestConformanceOfOllamaEmbedder(t *testing.T) {
	llmtest.EmbedderConformance(t, func(t *testing.T) llm.Embedder {
		s := httptest.NewServer(llmtest.EmbedHandler("tiny", llmtest.Embedder{}))
		t.Cleanup(s.Close)
		return llm.OllamaEmbedder("tiny", s.URL)
	})
}

func TestConformanceOfResilientEmbedder(t *testing.T) {
	llmtest.EmbedderConformance(t, func(*testing.T) llm.Embedder {
		return llm.ResilientEmbedder(llmtest.Embedder{}, llm.ResilientConfig{})
	})
}
