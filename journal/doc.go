// Package journal reads what a topology puts on record of its decisions: what was asked, on which rows, and
// what came of it.
//
//	var log journal.Log
//	for r, err := range client.Follow(ctx, "shop.journal", toEnd) {
//		err = errors.Join(err, log.Add(r.Key, r.Value))
//		...
//	}
//	for r, err := range client.Follow(ctx, "shop.journal-parts", toEnd) {
//		log.AddPart(r.Key, r.Value)
//		...
//	}
//
//	for _, r := range log.Records() {
//		e := log.Entry(r)
//		fmt.Println(r.ID, r.Outcome, r.Answer)
//		for _, ref := range r.Rows {
//			row, err := e.Row(ref) // as the operator saw it
//			...
//		}
//	}
//
// Package replay asks an operator again. Package erasure erases records by event. Package transcript names
// what is on record of a model's chats. An operator adds notes of its own with [AddNote] and [AddSharedNote].
//
// # What is recorded
//
// An operator with topology.Policy.Record leaves one [Record] for each answer, whether it is taken or not, in
// the transaction that settles the answer. The topic is "<topology>.journal", and the key is "<decision
// id>#<attempt>". A record is small: it refers to rows, and to texts that many decisions share, by name and
// hash.
//
// The bytes of these are on the topic "<topology>.journal-parts". The key of a row is its [Ref], such as
// "customers/c-1@17#9f86d081": table, key, version, and the beginning of the SHA-256 of its bytes, since the
// version of a deleted row starts anew. The value is the row as it was, as JSON: a changelog keeps no old
// versions. The key of a text is "text#" and its hash. A worker remembers for up to an hour, within a bound,
// what a stage has written, and does not write that again. Compaction removes what was written twice
// nevertheless.
//
// # How long, and how to forget
//
// Both topics are compacted, and keep records for processors.Config.JournalFor. To forget a customer earlier,
// run the topology of package erasure beside the one that decides. To do it by hand, first send the events
// that delete the customer's own rows, and then tombstones for the keys that [Log.Forget] lists.
package journal
