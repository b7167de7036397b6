// Package replay asks an operator again what it was asked before, on the rows as they were then, and writes
// nothing.
//
//	entry := log.Entry(log.Records()[0])
//	now, err := replay.Again(ctx, shop(otherModel), entry)
//	fmt.Printf("%s, and now %s\n", entry.Answer, now.Answer)
//
// The decisions are those on record: see package journal. Another model or another prompt is another
// topology, declared with these. Its own steps rebuild the case from the rows that the record refers to, so
// that a change of the steps, such as other facts in the prompt, can be tried too.
//
// What the operator reads with topology.Get and Scan comes from the record as well. What it did not read then
// is not there now: such a read fails with journal.ErrMissing.
package replay
