// Package index finds the passages that an answer may rest on: policies, rules, answers to common
// questions. It is retrieval that follows the stream.
//
// A desk that answers questions from passages:
//
//	x := index.Index{Embedder: llm.OllamaEmbedder("all-minilm")}
//	x.Declare(t)
//	topology.Async(questions, "clerk", clerk{x, model}, topology.Policy[string]{
//		Reads: []topology.Readable{x.Reads()},
//	})
//
//	// in the clerk's Decide:
//	hits, err := x.Search(ctx, question, 3)
//	...
//	cited, err := index.Cite(reply.Message.Text, hits)
//
//	// in its Check:
//	return x.CheckCitations(ctx, answer.Cited)
//
// The package's Example runs it.
//
// # Contract
//
// Passages are events on a topic, keyed by [ID]. An event publishes a passage, the next event of its key
// replaces it, and a null or one that says so withdraws it. An [Index] keeps passages in a table like any
// other, so recovery rebuilds it, it has no state beside the rows, and its reads are part of a decision's
// provenance. The vector of a text takes time: an asynchronous step asks for it, and changes a row only
// while it still says what was embedded.
//
// An operator that has the table in its Policy.Reads calls [Index.Search] while it decides. Search looks
// for words and meanings together. Without an embedder, or while it fails, it looks for words alone.
//
// An answer cites passages by id in brackets, as in "Each costs 50 dollars [bags-extra]." [Cite] holds each
// citation to the hits of this turn, and adds the version that was read, which a small model would get
// wrong. [Index.CheckCitations] holds citations to the table as it is when the answer takes effect, for an
// operator's Check: an answer whose passage has been withdrawn or changed is stale, and is asked for again.
//
// Passages are data. [Hit.String] quotes them, so that they can neither give orders in a prompt nor spell
// citations.
package index
