package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// An Index keeps passages in a table and finds them. Its zero value works, and finds by words alone. It is
// safe for use by several goroutines.
type Index struct {
	// Passages is the topic on which they are published and withdrawn. Defaults to "passages".
	Passages topology.Topic[ID, Passage]
	// Table has a row per passage. Defaults to "index".
	Table topology.Table[ID, Row]

	// Embedder makes the vectors of passages and questions, see llm.ResilientEmbedder. Defaults to nil:
	// only words count.
	Embedder llm.Embedder
	// Language knows the words of passages and questions. Defaults to English.
	Language Language

	// InFlight is how many passages a worker has embedded at once. Defaults to 16.
	InFlight int
	// Timeout bounds the embedding of one passage, retries included. A search embeds its question within
	// the time of its own context. Defaults to a minute.
	Timeout time.Duration
}

func (x Index) withDefaults() Index {
	x.Passages = cmp.Or(x.Passages, "passages")
	x.Table = cmp.Or(x.Table, "index")
	if x.Language == nil {
		x.Language = English{}
	}
	return x
}

// Reads is the index's table, for the Policy.Reads of operators that search.
func (x Index) Reads() topology.Readable { return x.withDefaults().Table }

// Declare adds the index to a topology: from the topic of passages, through the embedder, into the table.
//
// A passage is found by its words as soon as its event has been processed, and by its meaning once its
// vector is there. A vector is folded in only while the passage still says what was embedded. A passage
// that could not be embedded is found by its words, and its row has the reason.
func (x Index) Declare(t *topology.Topology) {
	x = x.withDefaults()
	passages := topology.Events(topology.From(t, x.Passages)).Check(checkPassage)
	drafts := topology.Apply(x.Table, passages, Row.publish)
	if x.Embedder == nil {
		return
	}

	drafts = topology.Join(drafts, x.Table, draft.ifCurrent).Filter(draft.isSet)
	vectors, failures := topology.Async(drafts, "embed-"+string(x.Table), embed(x.Embedder),
		topology.Policy[draft]{InFlight: x.InFlight, Timeout: x.Timeout})
	topology.Fold(x.Table, vectors, Row.withVector)
	topology.Fold(x.Table, failures, Row.withoutVector)
}

// checkPassage returns why a passage can't be found or cited. A withdrawal passes.
func checkPassage(e topology.Event[ID, Passage]) error {
	switch {
	case e.Value.isWithdrawn():
		return nil
	case !slices.Equal(CitedIDs("["+string(e.Key)+"]"), []ID{e.Key}):
		return fmt.Errorf("index: %q is no id of a passage: use lower-case letters and digits, with dashes between them", e.Key)
	}
	return e.Value.Valid()
}

// embed makes the operator that asks for the vector of one draft.
func embed(e llm.Embedder) topology.Operator[draft, embedded] {
	return topology.Func[draft, embedded](func(ctx context.Context, d draft) (embedded, error) {
		out, err := e.Embed(ctx, []string{d.Text})
		if err != nil {
			return embedded{}, err
		}
		return embedded{out.Vectors[0], out.Model}, nil
	})
}
