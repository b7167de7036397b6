package llm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// An Embedder turns texts into vectors that lie close to each other where the texts mean the like. It is safe for use
// by several goroutines, leaves the texts as they are, and ends early with ctx, then returning an error that is
// ctx.Err(). Its errors are those of a Model: ErrUnavailable, ErrRefused or ErrTruncated. llmtest.EmbedderConformance checks an
// implementation.
type Embedder interface {
	// Embed gives one vector per text, in order. A text that is empty or too long for the model is Refused, and with it
	// all of them: nothing is cut in silence.
	Embed(ctx context.Context, texts []string) (Embeddings, error)
}

// Embeddings are the vectors of some texts, and what they cost.
type Embeddings struct {
	Vectors [][]float32   // each of length 1, so that the cosine of two is their dot product
	Model   string        // as the server calls it; vectors of different models can't be compared
	Tokens  int           // of all texts
	Took    time.Duration // all of it, queueing included
}

// ResilientEmbedder is Resilient for an Embedder: the same retries, breaker and time limit.
func ResilientEmbedder(e Embedder, c ResilientConfig) Embedder {
	return &resilientEmbedder{e, Resilient(nil, c).(*resilient)}
}

type resilientEmbedder struct {
	embedder Embedder
	policies *resilient
}

// Embed implements Embedder.
func (r *resilientEmbedder) Embed(ctx context.Context, texts []string) (out Embeddings, err error) {
	_, err = r.policies.do(ctx, func(ctx context.Context) (_ Reply, err error) {
		out, err = r.embedder.Embed(ctx, texts)
		return Reply{}, err
	})
	if err != nil {
		return Embeddings{}, err
	}
	return out, nil
}

// Embeddable says why texts can't be embedded. Embedders ask it first.
func Embeddable(texts []string) error {
	for i, t := range texts {
		if strings.TrimSpace(t) == "" {
			return &Error{Kind: ErrRefused, Err: fmt.Errorf("llm: text %d of %d has nothing to embed", i+1, len(texts))}
		}
	}
	return nil
}

// unit scales each vector to length 1, in place.
func unit(vectors [][]float32) error {
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
