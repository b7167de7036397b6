package llmtest

import (
	"cmp"
	"context"
	"hash/fnv"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/slipstream-go/slipstream/llm"
)

// An Embedder hashes words: texts that share words are close, and the same text always has the same vector.
// It knows no meanings. Its zero value works.
type Embedder struct {
	// First is asked before each embedding, with the texts as its prompt; when it fails, so does the
	// embedding. With a Script, or a Gate before it, stories tell of embedders that fail, hang, or take
	// their time. Defaults to nobody.
	First llm.Model
	// Dimensions of each vector. Defaults to 256.
	Dimensions int
}

// Embed implements llm.Embedder.
func (e Embedder) Embed(ctx context.Context, texts []string) (llm.Embeddings, error) {
	begun := time.Now()

	if err := e.first(ctx, texts); err != nil {
		return llm.Embeddings{}, err
	}

	out := llm.Embeddings{Model: "hashed-words", Tokens: llm.Tokens(texts...)}
	for _, t := range texts {
		out.Vectors = append(out.Vectors, e.hash(t))
	}
	out.Took = time.Since(begun)

	return out, nil
}

func (e Embedder) first(ctx context.Context, texts []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}

	if err := llm.CheckTexts(texts); err != nil || e.First == nil {
		return err
	}
	_, err := e.First.Chat(ctx, llm.Request{Messages: []llm.Message{{Role: llm.User,
		Text: strings.Join(texts, "\n")}}})

	return err
}

// hash counts each word at a place that its letters choose, and makes the vector's length 1.
func (e Embedder) hash(text string) []float32 {
	v := make([]float32, cmp.Or(e.Dimensions, 256))
	words := strings.FieldsFunc(strings.ToLower(text),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range append(words, "") { // so that there is a direction without words, too
		h := fnv.New32a()
		_, _ = h.Write([]byte(w))
		v[h.Sum32()%uint32(len(v))]++
	}

	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}

	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}

	return v
}
