package index_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/slipstream-go/slipstream/llm/index"
	"github.com/slipstream-go/slipstream/llm/llmtest"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// rows is a context as an operator has one, for examples that have no topology around them.
func rows(all map[index.ID]index.Row) context.Context {
	return topologytest.WithRows(context.Background(), topology.Table[index.ID, index.Row]("index"), all)
}

var bags = index.Row{Version: "5f0c", Passage: index.Passage{Title: "More bags",
	Text: "Each checked bag more costs 50 dollars."}}

// A desk answers a question from the passages that it finds, and cites them.
func Example() {
	model := llmtest.Says("It costs 50 dollars [bags-extra].") // or llm.Ollama(...)
	x := index.Index{Embedder: llmtest.Embedder{}}             // or llm.OllamaEmbedder("all-minilm")
	e := topologytest.Memory(quiet{}, desk(x, model))

	topologytest.Send(e, "passages", index.ID("bags-extra"), bags.Passage)
	topologytest.Send(e, questions, "c-1", "What does another bag cost?")
	a := topologytest.Sent(e, answers)[0].Value
	fmt.Println(a.Text, a.Cited[0].ID)
	// Output: It costs 50 dollars [bags-extra]. bags-extra
}

// quiet stands for the test that an engine belongs to, where there is none.
type quiet struct{ testing.TB }

func (quiet) Cleanup(func()) {}

// An index is a part of a topology. Operators that search name its table in Policy.Reads.
func ExampleIndex_Declare() {
	x := index.Index{Embedder: llmtest.Embedder{}} // or llm.ResilientEmbedder(llm.OllamaEmbedder("all-minilm"), ...)
	t := topology.New("help")
	x.Declare(t)
	fmt.Println(t.Validate())
	// Output: <nil>
}

func ExampleIndex_Search() {
	ctx := rows(map[index.ID]index.Row{"bags-extra": bags})
	hits, err := index.Index{}.Search(ctx, "What does a checked bag cost?", 5)
	fmt.Println(hits[0], err)
	// Output: [bags-extra] More bags: "Each checked bag more costs 50 dollars." <nil>
}

// What an answer cites must have been found, and must still stand when the answer takes effect.
func ExampleCite() {
	hits := []index.Hit{{ID: "bags-extra", Version: "5f0c"}}
	cited, err := index.Cite("It costs 50 dollars [bags-extra].", hits)
	fmt.Println(cited, err)
	fmt.Println(index.Index{}.CheckCitations(rows(map[index.ID]index.Row{"bags-extra": bags}), cited))
	fmt.Println(index.Index{}.CheckCitations(rows(nil), cited))
	_, err = index.Cite("It is free [bags-free].", hits)
	fmt.Println(err)
	// Output:
	// [{bags-extra 5f0c}] <nil>
	// <nil>
	// index: the passage bags-extra was withdrawn
	// index: [bags-free] is no passage that was found; in brackets may stand bags-extra
}

func ExampleCitedIDs() {
	fmt.Println(index.CitedIDs("Bags cost 50 dollars [bags-extra]; none is free [bags-regular, book-cabins]."))
	// Output: [bags-extra bags-regular book-cabins]
}
