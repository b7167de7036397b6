package index_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// Passages are published, replaced and withdrawn while customers ask; embedder and model take their time,
// and fail now and then; the worker dies. Whatever the interleaving: an answer that takes effect cites only
// what stands in the version that was read, and the table has what was published last, with vectors of
// these very texts.
func TestInterleaved(t *testing.T) {
	var cited, reasked, vectors int
	for seed := range uint64(150) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, seed)
			for range 60 {
				w.step()
			}
			w.engine.Advance(time.Hour)
			w.read()
			vectors += w.table()
			cited, reasked = cited+w.cited, reasked+w.reasked
		})

		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}

	if cited < 1000 || reasked < 100 || vectors < 100 {
		t.Errorf("too little happened: %d citations, %d answers that were asked again, %d vectors", cited,
			reasked, vectors)
	}
	t.Logf("%d citations, %d answers that were asked again, %d vectors", cited, reasked, vectors)
}

// A world is one run, and what it was told.
type world struct {
	t              *testing.T
	rng            *rand.Rand
	engine         topologytest.Engine
	stands         map[index.ID]index.Passage
	asked          int
	cited, reasked int
}

func newWorld(t *testing.T, seed uint64) *world {
	x := index.Index{Embedder: llmtest.Embedder{First: &moody{seed: seed, fails: 4}, Dimensions: 16}}
	return &world{t: t, rng: rand.New(rand.NewPCG(seed, 0)), stands: map[index.ID]index.Passage{},
		engine: topologytest.MemoryShuffled(seed)(t, desk(x, &moody{seed: seed, fails: 10}))}
}

// step is something that happens. Between two events everything settles that needs no time, so that what
// stands is known.
func (w *world) step() {
	id := index.ID(fmt.Sprintf("p-%d", w.rng.IntN(4)))
	switch w.rng.IntN(8) {
	case 0, 1:
		p := index.Passage{Title: "Passage " + string(id),
			Text: fmt.Sprintf("Bags cost %d dollars.", w.rng.IntN(3))}
		w.stands[id] = p
		topologytest.Send(w.engine, "passages", id, p)
	case 2:
		delete(w.stands, id)
		topologytest.Send(w.engine, "passages", id, index.Passage{Withdrawn: true})
	case 3, 4:
		w.asked++
		who := customer(fmt.Sprintf("c-%d", w.rng.IntN(5)))
		topologytest.Send(w.engine, questions, who, fmt.Sprintf("question %d: what do bags cost?", w.asked))
	case 5:
		if w.rng.IntN(4) == 0 {
			w.must(w.engine.Fault("crash"))
		}
	default:
		w.engine.Advance(time.Duration(w.rng.IntN(3000)) * time.Millisecond)
	}
	w.read()
}

// read holds each new answer to what stands.
func (w *world) read() {
	for _, a := range topologytest.Sent(w.engine, answers) {
		for _, c := range a.Value.Cited {
			w.cited++
			if p, ok := w.stands[c.ID]; !ok || index.VersionOf(p) != c.Version {
				w.t.Errorf("%s was told %q, which cites %v; what stands is %v", a.Key, a.Value.Text, c,
					w.stands)
			}
		}

		if a.Headers["ce_attempts"] != "1" {
			w.reasked++
		}
	}
}

// table holds the rows to what stands, and says how many have a vector.
func (w *world) table() (vectors int) {
	for i := range 4 {
		id := index.ID(fmt.Sprintf("p-%d", i))
		var r index.Row
		_, err := w.engine.Row(w.t.Context(), "index", string(id), &r)
		w.must(err)

		if r.Passage != w.stands[id] {
			w.t.Errorf("the row of %s is %+v; what stands is %+v", id, r, w.stands[id])
		}

		if r.Vector == nil {
			continue
		}

		vectors++
		out, err := llmtest.Embedder{Dimensions: 16}.Embed(w.t.Context(), []string{r.Title + ". " + r.Text})
		w.must(err)

		if !slices.Equal(out.Vectors[0], r.Vector) {
			w.t.Errorf("the vector of %s is that of another text", id)
		}
	}

	return vectors
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

// A moody model takes up to four seconds, fails one time in so many, and cites one of the passages that it
// was shown.
type moody struct {
	seed  uint64
	fails int
	calls atomic.Uint64
}

// Chat implements llm.Model.
func (m *moody) Chat(ctx context.Context, r llm.Request) (reply llm.Reply, err error) {
	prompt, _ := json.Marshal(r.Messages)
	h := fnv.New64a()
	_, _ = h.Write(prompt)

	rng := rand.New(rand.NewPCG(m.seed, h.Sum64()+m.calls.Add(1)))
	select {
	case <-time.After(time.Duration(rng.IntN(4000)) * time.Millisecond):
	case <-ctx.Done():
		return reply, ctx.Err()
	}

	if rng.IntN(m.fails) == 0 {
		return reply, llmtest.Fault("503 in a mood")
	}

	reply.Message.Text = "I have no idea."
	if ids := index.CitedIDs(r.Messages[0].Text); len(ids) > 0 {
		reply.Message.Text = fmt.Sprintf("As [%s] says.", ids[rng.IntN(len(ids))])
	}

	return reply, nil
}
