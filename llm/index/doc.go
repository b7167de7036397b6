// Package index finds the passages that an answer may rest on: policies, rules, answers to common questions. It is
// retrieval that follows the stream.
//
// # Contract
//
// Passages are events on a topic, keyed by [ID]: published, replaced by the next event of their key, withdrawn by a null
// or by one that says so. An [Index] keeps them in a table like any other, so it is rebuilt by recovery, has no life of
// its own beside the rows, and its reads are part of a decision's provenance. What takes time, the vector of a text, is
// an asynchronous step that changes a row only while it still says what was embedded.
//
// An operator that has the table in its Policy.Reads calls [Index.Search] while it decides. Words and meanings are
// looked for together; without an embedder, or while it fails, words alone.
//
// An answer cites passages by id in brackets, as in "Each costs 50 dollars [bags-extra]." [Cite] holds each to the hits
// of this turn, and adds the version that was read, which a small model would get wrong; it is pure, for an operator's
// Check. [Index.Standing] holds citations to the table as it is when the answer takes effect, for an operator's Check:
// what rests on a passage that has been withdrawn or changed is stale, and is asked again.
//
// Passages are data. [Hit.String] quotes them, so that they can neither give orders in a prompt nor spell citations.
package index
