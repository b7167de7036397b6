package llm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// An Embedder turns texts into vectors that are close to each other if the texts mean similar things. It is
// safe for use by several goroutines, does not change the texts, and ends early with ctx, with an error
// that is ctx.Err(). Its errors are those of a Model: ErrUnavailable, ErrRefused or ErrTruncated.
// llmtest.EmbedderConformance checks an implementation.
type Embedder interface {
	// Embed returns one vector per text, in order. If a text is empty or too long for the model, the
	// request is ErrRefused: nothing is truncated in silence.
	Embed(ctx context.Context, texts []string) (Embeddings, error)
}

// Embeddings are the vectors of some texts, and what they cost.
type Embeddings struct {
	Vectors [][]float32   // each of length 1, so that the cosine of two is their dot product
	Model   string        // as the server names it; vectors of different models can't be compared
	Tokens  int           // of all texts
	Took    time.Duration // all of it, including time in a queue
}

// ResilientEmbedder is Resilient for an Embedder: the same retries, breaker, outages and bounds.
func ResilientEmbedder(e Embedder, c ResilientConfig) Embedder {
	return &resilientEmbedder{e, Resilient(nil, c).(*resilient)}
}

type resilientEmbedder struct {
	embedder Embedder
	policies *resilient
}

// Embed implements Embedder.
func (r *resilientEmbedder) Embed(ctx context.Context, texts []string) (out Embeddings, err error) {
	outage := r.policies.outage(ctx)
	_, err = r.policies.do(ctx, outage, Tokens(texts...), func(ctx context.Context) (_ Reply, err error) {
		out, err = r.embedder.Embed(ctx, texts)
		return Reply{TokensIn: out.Tokens}, err
	})
	if err != nil {
		return Embeddings{}, err
	}
	return out, nil
}

// CheckTexts returns why texts can't be embedded. Embedders call it first.
func CheckTexts(texts []string) error {
	for i, t := range texts {
		if strings.TrimSpace(t) == "" {
			return &Error{Kind: ErrRefused, Err: fmt.Errorf("llm: text %d of %d has nothing to embed", i+1,
				len(texts))}
		}
	}
	return nil
}

// normalize scales each vector to length 1, in place.
func normalize(vectors [][]float32) error {
	for _, v := range vectors {
		var sum float64
		for _, x := range v {
			sum += float64(x) * float64(x)
		}

		if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
			return errors.New("a vector has no direction")
		}

		for i := range v {
			v[i] = float32(float64(v[i]) / math.Sqrt(sum))
		}
	}

	return nil
}
