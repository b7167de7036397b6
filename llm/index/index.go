package index

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// An Index keeps passages in a table and finds them. Its zero value works, by words alone. It is only read, so several
// goroutines may use it.
type Index struct {
	// Passages are published on this topic, and withdrawn there. Defaults to "passages".
	Passages topology.Topic[ID, Passage]
	// Table has a row per passage. Defaults to "index".
	Table topology.Table[ID, Row]
	// Embedder makes the vectors of passages and questions; see llm.ResilientEmbedder. Defaults to none: words alone.
	Embedder llm.Embedder
	// Language knows the words of passages and questions. Defaults to English.
	Language Language
	// InFlight is how many passages a worker has embedded at once. Defaults to 16.
	InFlight int
	// Timeout bounds the embedding of one passage, retries included. Defaults to a minute. A search embeds its question
	// within the time of its own context.
	Timeout time.Duration
}

func (x Index) withDefaults() Index {
	if x.Passages == "" {
		x.Passages = "passages"
	}
	if x.Table == "" {
		x.Table = "index"
	}
	if x.Language == nil {
		x.Language = English{}
	}
	return x
}

// Reads is the index's table, for the Policy.Reads of operators that search.
func (x Index) Reads() topology.Readable { return x.withDefaults().Table }

// Declare adds the index to a topology: from the topic of passages, by way of the embedder, into the table.
//
// A passage is found as soon as its event has been processed, by its words; by its meaning once its vector is there. A
// vector is folded in only while the passage still says what was embedded. A passage that could not be embedded stays
// findable by words, with the reason in its row.
func (x Index) Declare(t *topology.Topology) {
	x = x.withDefaults()
	published := topology.Events(topology.From(t, x.Passages)).Check(publishable)
	drafts := topology.Apply(x.Table, published, Row.published)
	if x.Embedder == nil {
		return
	}
	drafts = topology.Join(drafts, x.Table, draft.latest).Filter(draft.needed)
	vectors, failures := topology.Async(drafts, "embed-"+string(x.Table), embed(x.Embedder),
		topology.Policy[draft]{InFlight: x.InFlight, Timeout: x.Timeout})
	topology.Fold(x.Table, vectors, Row.withVector)
	topology.Fold(x.Table, failures, Row.withoutVector)
}

// publishable lets withdrawals pass, and what can be found and cited.
func publishable(e topology.Event[ID, Passage]) error {
	switch {
	case e.Value.gone():
		return nil
	case !slices.Equal(Cited("["+string(e.Key)+"]"), []ID{e.Key}):
		return fmt.Errorf("index: %q is no id of a passage: lower-case letters, digits and dashes between them", e.Key)
	}
	return e.Value.Valid()
}

// embed is the operator that asks for the vector of one draft.
func embed(e llm.Embedder) topology.Operator[draft, embedded] {
	return topology.Func[draft, embedded](func(ctx context.Context, d draft) (embedded, error) {
		out, err := e.Embed(ctx, []string{d.Text})
		if err != nil {
			return embedded{}, err
		}
		return embedded{out.Vectors[0], out.Model}, nil
	})
}
