package handbook

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// k is how many passages a search may hand out, to be right with one of them.
const k = 5

// A question is a line of testdata/questions.tsv: what a customer asks, and the passages that answer it.
type question struct {
	Half, Kind string
	Passages   []string
	Text       string
}

func questions(t *testing.T, half string) (all []question) {
	b, err := os.ReadFile("testdata/questions.tsv")
	if err != nil {
		t.Fatal(err)
	}

	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if !strings.HasPrefix(line, "#") && f[0] == half {
			all = append(all, question{f[0], f[1], strings.Split(f[2], ","), f[3]})
		}
	}

	return all
}

// A found is what each way of searching hands out for one question.
type found struct{ Words, Vectors, Both, Rewritten, Also []index.ID }

// A searcher is an operator that searches in each way.
type searcher struct {
	index index.Index
	model llm.Model // nil: it rewrites nothing
}

func (s searcher) find(ctx context.Context, q string) (f found, err error) {
	words, err := Index(nil).Search(ctx, q, k)
	if err != nil {
		return f, err
	}

	all, err := s.index.Search(ctx, q, 1000)
	if err != nil {
		return f, err
	}

	f.Words, f.Both = first(words), first(all)
	slices.SortStableFunc(all, func(a, b index.Hit) int { return cmp.Compare(b.Cosine, a.Cosine) })

	f.Vectors = first(all)
	if s.model == nil {
		return f, nil
	}

	again, err := s.rewrite(ctx, q)
	if err != nil {
		return f, err
	}

	alone, err := s.index.Search(ctx, again, k)
	if err != nil {
		return f, err
	}

	also, err := s.index.Search(ctx, q, k, again)
	f.Rewritten, f.Also = first(alone), first(also)

	return f, err
}

func first(hits []index.Hit) (ids []index.ID) {
	for _, h := range hits[:min(k, len(hits))] {
		ids = append(ids, h.ID)
	}
	return ids
}

// rewrite does what an agent does when a search is a tool: the model says what is to be looked for, in
// English.
func (s searcher) rewrite(ctx context.Context, q string) (string, error) {
	reply, err := s.model.Chat(ctx, llm.Request{MaxTokens: 60, Messages: []llm.Message{
		{Role: llm.System, Text: "A customer writes to an airline, in any language. Say in one short English sentence what the customer wants to know. Nothing else."},
		{Role: llm.User, Text: "¿Dónde está mi equipaje?"}, {Role: llm.Assistant,
			Text: "Where is my baggage?"},
		{Role: llm.User, Text: q},
	}})
	return reply.Message.Text, err
}

// search publishes the handbook, and asks.
func search(t *testing.T, s searcher, asked []question) (all []found) {
	type number string
	const (
		asks  topology.Topic[number, string] = "asks"
		finds topology.Topic[number, found]  = "finds"
	)
	top := topology.New("retrieval")
	s.index.Declare(top)
	out, _ := topology.Async(topology.From(top, asks), "searcher", topology.Func[string, found](s.find),
		topology.Policy[string]{Reads: []topology.Readable{s.index.Reads()}})
	out.To(finds)
	engine := topologytest.Memory(t, top)

	passages, err := Passages()
	if err != nil {
		t.Fatal(err)
	}

	for id, p := range passages {
		topologytest.Send(engine, "passages", id, p)
	}

	for _, q := range asked {
		if i := slices.IndexFunc(q.Passages, func(id string) bool { return passages[index.ID(id)].Text == "" }); i >= 0 {
			t.Fatalf("%q: there is no passage %s", q.Text, q.Passages[i])
		}
		topologytest.Send(engine, asks, "1", q.Text)

		f := topologytest.Sent(engine, finds)
		if len(f) != 1 {
			t.Fatalf("%q: %d answers; dead letters: %v", q.Text, len(f),
				engine.Sent("retrieval.dead-letters"))
		}
		all = append(all, f[0].Value)
	}

	return all
}

// A tally is for how many questions one of the right passages was among the first k.
type tally struct{ n, words, vectors, both, rewritten, also int }

func (c *tally) add(q question, f found) {
	c.n++
	for ids, count := range map[*[]index.ID]*int{&f.Words: &c.words, &f.Vectors: &c.vectors, &f.Both: &c.both,
		&f.Rewritten: &c.rewritten, &f.Also: &c.also} {
		if slices.ContainsFunc(*ids, func(id index.ID) bool { return slices.Contains(q.Passages, string(id)) }) {
			*count++
		}
	}
}

// table counts by kind, and all.
func table(asked []question, all []found) (kinds []string, by map[string]*tally) {
	by = map[string]*tally{"all": {}}
	for i, q := range asked {
		if by[q.Kind] == nil {
			kinds, by[q.Kind] = append(kinds, q.Kind), &tally{}
		}
		by[q.Kind].add(q, all[i])
		by["all"].add(q, all[i])
	}

	return append(kinds, "all"), by
}

// Words alone are what is left while the embedder fails, so they must find something.
func TestRetrievalByWords(t *testing.T) {
	asked := questions(t, "2")
	_, by := table(asked, search(t, searcher{index: Index(nil)}, asked))
	if got := by["all"]; got.n < 40 || got.words < 15 || by["words"].words != by["words"].n {
		t.Errorf("%+v; of those in the handbook's own words %+v", got, by["words"])
	}
}

// Recall@5 with a real embedder, and with what a real model makes of the questions if MODEL names one: make
// retrieval.
func TestRealRetrieval(t *testing.T) {
	embedder := os.Getenv("EMBEDDER")
	if embedder == "" {
		t.Skip("EMBEDDER names no model that embeds, on the Ollama of OLLAMA_HOST")
	}
	s := searcher{index: Index(llm.OllamaEmbedder(embedder))}
	passages, _ := Passages()

	model := os.Getenv("MODEL")
	if model != "" {
		s.model = llm.Ollama(model)
	}

	for i, what := range []string{"looked at while choosing how to search", "reported"} {
		half := fmt.Sprint(i + 1)
		asked := questions(t, half)
		kinds, by := table(asked, search(t, s, asked))
		fmt.Printf("\nRecall@%d over %d passages, %d questions (%s); embedded by %s, rewritten by %s\n", k,
			len(passages), len(asked), what, embedder, cmp.Or(model, "nobody"))
		fmt.Printf("%-8s %4s %6s %8s %5s %9s %5s\n", "", "n", "words", "vectors", "both", "rewritten", "also")

		for _, kind := range kinds {
			c := by[kind]
			fmt.Printf("%-8s %4d %6d %8d %5d %9d %5d\n", kind, c.n, c.words, c.vectors, c.both, c.rewritten,
				c.also)
		}

		if c := by["all"]; c.both < c.words || c.both+1 < c.vectors || c.both*2 < c.n {
			t.Errorf("half %s: both together find less than they did: %+v", half, c)
		}
	}
}
