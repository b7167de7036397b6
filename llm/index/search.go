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
	Score   float64 `json:"score"`          // of words and vectors together, to compare within one search only
	Near    float64 `json:"near,omitempty"` // cosine of question and passage; 0: one of them has no vector
}

// String is the hit as a prompt shows it: [id] title: "text", on one line.
func (h Hit) String() string {
	return fmt.Sprintf("[%s] %s: %s", h.ID, strings.Trim(llm.Quote(h.Title), `"`), llm.Quote(h.Text))
}

// wordWeight is how much the words of a passage count beside its vector's cosine. With the shares of byWords both have
// the same measure, so they are added. Reciprocal ranks found less: a first place by one stray word counts there as
// much as a first place by meaning.
const wordWeight = 0.5

// Search finds the k passages that fit the question best, by words and by vectors, best first. Other wordings of it may
// go along, such as what a model makes of it in the language of the passages; the best fit of any counts.
//
// It looks at every passage: exact, as fresh as the copy, and the right way for less than ten thousand (a thousand take
// 60 ms of one core, beside which a model takes seconds). If the embedder fails, words alone decide, and Near is 0 in
// every hit. What is handed out is read from its row once more at the end, so a passage that has been withdrawn meanwhile
// is not among the hits; these reads, and not each passage that was looked at, are named in the provenance.
//
// The context is that of an operator's Decide, whose Policy.Reads has [Index.Reads].
func (x Index) Search(ctx context.Context, question string, k int, also ...string) ([]Hit, error) {
	var all []Hit
	var rows []Row
	for r, err := range topology.Scan(ctx, x.withDefaults().Table, "") {
		if err != nil {
			return nil, err
		}
		all, rows = append(all, Hit{ID: r.Key}), append(rows, r.Value)
	}
	wordings := slices.DeleteFunc(append([]string{question}, also...), func(w string) bool { return strings.TrimSpace(w) == "" })
	asked, err := x.embed(ctx, wordings)
	if err != nil {
		return nil, err
	}
	for n, w := range wordings {
		for i, share := range byWords(x.withDefaults().Language, w, rows) {
			near := asked.near(n, rows[i])
			all[i].Score, all[i].Near = max(all[i].Score, near+wordWeight*share), max(all[i].Near, near)
		}
	}
	slices.SortStableFunc(all, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return x.best(ctx, all, k)
}

// wordings are the vectors of a question; none if the embedder has failed.
type wordings llm.Embeddings

func (x Index) embed(ctx context.Context, texts []string) (wordings, error) {
	if x.Embedder == nil || len(texts) == 0 || ctx.Err() != nil {
		return wordings{}, ctx.Err()
	}
	out, err := x.Embedder.Embed(ctx, texts)
	if err != nil {
		return wordings{}, ctx.Err()
	}
	return wordings(out), nil
}

// near is the cosine of wording n and a row; 0 if either has no vector, or they are of two models.
func (w wordings) near(n int, r Row) float64 {
	if n >= len(w.Vectors) || r.Model != w.Model {
		return 0
	}
	return r.Vector.near(w.Vectors[n])
}

// best is the first k that fit at all and are there, as they say now.
func (x Index) best(ctx context.Context, sorted []Hit, k int) (hits []Hit, err error) {
	for _, h := range sorted {
		if len(hits) >= k || h.Score <= 0 {
			break
		}
		r, err := topology.Get(ctx, x.withDefaults().Table, h.ID)
		if err != nil {
			return nil, err
		}
		if r.Version != "" {
			h.Version, h.Title, h.Text, h.Source = r.Version, r.Title, r.Text, r.Source
			hits = append(hits, h)
		}
	}
	return hits, nil
}
