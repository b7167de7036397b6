package llm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/llmtest"
)

// embedServer has the model tiny, and embeds as e does.
func embedServer(t *testing.T, e llm.Embedder) string {
	s := httptest.NewServer(llmtest.EmbedHandler("tiny", e))
	t.Cleanup(s.Close)
	return s.URL
}

func TestOllamaEmbedderTellsMomentAndRemedy(t *testing.T) {
	long := llmtest.Embedder{First: llmtest.Failing(llmtest.Fault("400 the input length exceeds the context length"))}
	busy := llmtest.Embedder{First: llmtest.Failing(llmtest.Fault("503 busy"))}
	for _, c := range []struct {
		name string
		e    llm.Embedder
		kind error
		says string
	}{
		{"no such model", llm.OllamaEmbedder("huge", embedServer(t, llmtest.Embedder{})), llm.ErrRefused,
			"ollama pull huge"},
		{"too long", llm.OllamaEmbedder("tiny", embedServer(t, long)), llm.ErrRefused,
			"cut it into passages"},
		{"busy", llm.OllamaEmbedder("tiny", embedServer(t, busy)), llm.ErrUnavailable, "OLLAMA_MAX_QUEUE"},
		{"gone", llm.OllamaEmbedder("tiny", closedPort(t)), llm.ErrUnavailable, "OLLAMA_HOST"},
		{"no embedding model", llm.OllamaEmbedder("tiny", saysServer(t, `{"embeddings":[[0,0]]}`)),
			llm.ErrRefused, "is it an embedding model?"},
		{"too few", llm.OllamaEmbedder("tiny", saysServer(t, `{"embeddings":[]}`)), llm.ErrRefused,
			"0 vectors for 1 texts"},
		{"half an answer", llm.OllamaEmbedder("tiny", saysServer(t, `{"embeddings":[[0.1`)), llm.ErrTruncated,
			"broke off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := c.e.Embed(t.Context(), []string{"bags"})
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || len(out.Vectors) > 0 {
				t.Errorf("%v, %v: want %q, saying %q", out, err, c.kind, c.says)
			}
		})
	}
}

// saysServer answers everything with these bytes.
func saysServer(t *testing.T, body string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		_ *http.Request) {
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestOllamaEmbedderAsksTheNextHost(t *testing.T) {
	e := llm.OllamaEmbedder("tiny", closedPort(t), embedServer(t, llmtest.Embedder{}))
	if out, err := e.Embed(t.Context(), []string{"bags"}); err != nil || len(out.Vectors) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestResilientEmbedderAsksAgain(t *testing.T) {
	flaky := llmtest.Embedder{First: llmtest.FailingFirst(2, llmtest.Fault("503 loading"),
		llmtest.Says("go on"))}

	e := llm.ResilientEmbedder(flaky, llm.ResilientConfig{Backoff: time.Millisecond})
	if out, err := e.Embed(t.Context(), []string{"bags"}); err != nil || len(out.Vectors) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// realEmbedder is the model that EMBEDDER names, on the Ollama of OLLAMA_HOST.
func realEmbedder(t *testing.T) llm.Embedder {
	if os.Getenv("EMBEDDER") == "" {
		t.Skip("EMBEDDER names no model that embeds")
	}
	return llm.OllamaEmbedder(os.Getenv("EMBEDDER"))
}

func TestConformanceOfRealOllamaEmbedder(t *testing.T) {
	e := realEmbedder(t)
	llmtest.EmbedderConformance(t, func(*testing.T) llm.Embedder { return e })
}

func TestRealOllamaEmbedderRefusesATextThatIsTooLong(t *testing.T) {
	_, err := realEmbedder(t).Embed(t.Context(), []string{"short",
		strings.Repeat("The flight is late. ", 1000)})
	if !errors.Is(err, llm.ErrRefused) || !strings.Contains(err.Error(), "cut it into passages") {
		t.Error(err)
	}
}

func ExampleEmbedder() {
	var e llm.Embedder = llmtest.Embedder{} // or llm.OllamaEmbedder("all-minilm")

	out, err := e.Embed(context.Background(), []string{"one free bag", "one free bag more", "no refund"})
	if err != nil {
		fmt.Println(err)
		return
	}
	cosine := func(a, b []float32) (sum float32) {
		for i := range a {
			sum += a[i] * b[i]
		}
		return sum
	}
	fmt.Println(cosine(out.Vectors[0], out.Vectors[1]) > cosine(out.Vectors[0], out.Vectors[2]))
	// Output: true
}
