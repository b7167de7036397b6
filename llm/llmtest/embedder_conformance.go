package llmtest

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/llm"
)

// EmbedderConformance holds an Embedder to its contract. embedder is called once for each part, and gives
// one that works.
func EmbedderConformance(t *testing.T, embedder func(t *testing.T) llm.Embedder) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, llm.Embedder)
	}{
		{"one unit vector per text, in order", unitVectors},
		{"the like is close", likeIsClose},
		{"no texts, no vectors", noTexts},
		{"nothing to embed is refused", nothingToEmbed},
		{"leaves the texts as they are", leavesTexts},
		{"is not asked by a context that has ended", embedEnded},
		{"several at once", embedSeveral},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, embedder(t)) })
	}
}

// sentences: the first two mean the like and share words, the third has nothing to do with them.
func sentences() []string {
	return []string{"How many bags may I check in?", "How many bags may I check in for free?",
		"The captain likes oranges."}
}

func embedAll(t *testing.T, e llm.Embedder, texts []string) llm.Embeddings {
	t.Helper()

	out, err := e.Embed(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}

	if len(out.Vectors) != len(texts) {
		t.Fatalf("%d vectors for %d texts", len(out.Vectors), len(texts))
	}

	return out
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func unitVectors(t *testing.T, e llm.Embedder) {
	all := embedAll(t, e, sentences())
	if all.Model == "" || all.Tokens <= 0 || all.Took < 0 {
		t.Errorf("model %q, %d tokens, took %v: all must be known", all.Model, all.Tokens, all.Took)
	}

	for i, text := range sentences() {
		one := embedAll(t, e, []string{text}).Vectors[0]
		if n := dot(one, one); math.Abs(n-1) > 1e-3 {
			t.Errorf("the square of a vector's length is %v", n)
		}

		if near := dot(one, all.Vectors[i]); near < 0.999 {
			t.Errorf("text %d alone has another vector than among others: cosine %v", i, near)
		}
	}
}

func likeIsClose(t *testing.T, e llm.Embedder) {
	v := embedAll(t, e, sentences()).Vectors
	if like, other := dot(v[0], v[1]), dot(v[0], v[2]); like <= other {
		t.Errorf("cosine of what means the like %v, of what does not %v", like, other)
	}
}

func noTexts(t *testing.T, e llm.Embedder) { embedAll(t, e, nil) }

func nothingToEmbed(t *testing.T, e llm.Embedder) {
	if _, err := e.Embed(t.Context(), []string{"a word", " "}); !errors.Is(err, llm.ErrRefused) {
		t.Errorf("the error is %v, want one that is %q", err, llm.ErrRefused)
	}
}

func leavesTexts(t *testing.T, e llm.Embedder) {
	texts := sentences()
	embedAll(t, e, texts)

	if !slices.Equal(texts, sentences()) {
		t.Errorf("the texts were changed to %q", texts)
	}
}

func embedEnded(t *testing.T, e llm.Embedder) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()

	for _, ctx := range []context.Context{cancelled, late} {
		if _, err := e.Embed(ctx, sentences()); !errors.Is(err, ctx.Err()) {
			t.Errorf("the error is %v, want %v", err, ctx.Err())
		}
	}
}

func embedSeveral(t *testing.T, e llm.Embedder) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if out, err := e.Embed(t.Context(), sentences()); err != nil || len(out.Vectors) != 3 {
				t.Errorf("%d vectors, %v", len(out.Vectors), err)
			}
		})
	}
	all.Wait()
}
