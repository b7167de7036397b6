// Package journal reads what a topology puts on record of its decisions: what was asked, on what rows, and what came of it.
//
// # What is recorded
//
// An operator with topology.Policy.Record leaves one [Record] for each answer, taken or not, in the transaction that settles
// it. The topic is "<topology>.journal", the key "<decision id>#<attempt>". A record stays small: it refers to the rows that
// were seen, and to texts that many decisions share, by name and hash.
//
// Their bytes are on "<topology>.journal-parts". The key of a row is its [Ref], "customers/c-1@17#9f86d081": table, key and
// version, and the first of the SHA-256 of its bytes, since the version of a deleted row begins anew. The value is the row
// as it was, as JSON: a changelog keeps no old versions. The key of a text is "text#" and its hash. A worker remembers for
// up to an hour what a stage has written, within a bound, and does not write that again; compaction removes what was
// written twice all the same.
//
// # How long, and how to forget
//
// Both topics are compacted, and keep records for processors.Config.JournalFor. To forget a customer before that, run the
// topology of package erasure beside the one that decides; or, by hand, send tombstones for the keys that [Log.Forget]
// lists, after the events that delete the customer's own rows.
//
// The package imports nothing of Slipstream: whoever has the two topics can read them with it. Package replay asks again.
package journal
