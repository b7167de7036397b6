package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// A Hit is a passage that a search has found, as it stands now.
type Hit struct {
	ID      ID      `json:"id"`
	Version string  `json:"version"`
	Title   string  `json:"title"`
	Text    string  `json:"text"`
	Source  string  `json:"source,omitempty"`
	Score   float64 `json:"score"`          // of words and vectors, within one search
	Cosine  float64 `json:"near,omitempty"` // of question and passage; 0 if one of them has no vector
}

// String is the hit in the form of a prompt: [id] title: "text", in one line.
func (h Hit) String() string {
	return fmt.Sprintf("[%s] %s: %s", h.ID, strings.Trim(llm.Quote(h.Title), `"`), llm.Quote(h.Text))
}

// wordWeight is how much the words of a passage count beside its vector's cosine. The scores of byWords are
// shares, which have the same scale as a cosine, so both are added. Reciprocal ranks found less: there, a
// first place by one stray word counts as much as a first place by meaning.
const wordWeight = 0.5

// Search returns the k passages that fit the question best, by words and by vectors, best first. It also
// takes other wordings of the question, such as a model's translation into the language of the passages;
// for each passage the best fit counts.
//
// Search looks at every passage. That is exact, as fresh as the copy of the table, and fast enough for less
// than ten thousand: a thousand take 60 ms of one core, and a model takes seconds. If the embedder fails,
// words alone decide, and Cosine is 0 in every hit. Search reads the rows of its hits once more at the end,
// so a passage that has been withdrawn meanwhile is not among them. The provenance names these reads, not
// each passage that was looked at.
//
// ctx is that of an operator's Decide, whose Policy.Reads has [Index.Reads].
func (x Index) Search(ctx context.Context, question string, k int, also ...string) ([]Hit, error) {
	x = x.withDefaults()

	var all []Hit
	var rows []Row
	for r, err := range topology.Scan(ctx, x.Table, "") {
		if err != nil {
			return nil, err
		}

		all = append(all, Hit{ID: r.Key})
		rows = append(rows, r.Value)
	}

	wordings := slices.DeleteFunc(append([]string{question}, also...), func(w string) bool {
		return strings.TrimSpace(w) == ""
	})

	vectors, err := x.embed(ctx, wordings)
	if err != nil {
		return nil, err
	}

	for n, w := range wordings {
		for i, share := range byWords(x.Language, w, rows) {
			cosine := vectors.cosine(n, rows[i])
			all[i].Score = max(all[i].Score, cosine+wordWeight*share)
			all[i].Cosine = max(all[i].Cosine, cosine)
		}
	}

	slices.SortStableFunc(all, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })

	return x.take(ctx, all, k)
}

// questionVectors are those of a question's wordings. There are none if the embedder has failed.
type questionVectors llm.Embeddings

// embed returns an error only if ctx has ended: without vectors, words decide.
func (x Index) embed(ctx context.Context, texts []string) (questionVectors, error) {
	if x.Embedder == nil || len(texts) == 0 || ctx.Err() != nil {
		return questionVectors{}, ctx.Err()
	}

	out, err := x.Embedder.Embed(ctx, texts)
	if err != nil {
		return questionVectors{}, ctx.Err()
	}

	return questionVectors(out), nil
}

// cosine is that of wording n and a row: 0 if either has no vector, or if two models made them.
func (v questionVectors) cosine(n int, r Row) float64 {
	if n >= len(v.Vectors) || r.Model != v.Model {
		return 0
	}
	return r.Vector.cosine(v.Vectors[n])
}

// take returns the first k hits that fit at all and are still there, with what their rows say now.
func (x Index) take(ctx context.Context, sorted []Hit, k int) (hits []Hit, err error) {
	for _, h := range sorted {
		if len(hits) >= k || h.Score <= 0 {
			break
		}

		r, err := topology.Get(ctx, x.Table, h.ID)
		if err != nil {
			return nil, err
		}

		if r.Version != "" {
			h.Version = r.Version
			h.Title, h.Text, h.Source = r.Title, r.Text, r.Source
			hits = append(hits, h)
		}
	}

	return hits, nil
}
