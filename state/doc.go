// Package state keeps the rows of a worker's tables, and answers questions about them.
//
// # Keeping
//
// A [Store] holds the committed rows of one partition: [OpenPebble] on disk,
// [Memory] without one. Both pass the suite in statetest. The changelog is the
// truth, a store a copy that saves reading it again: it may lag, it may be wiped
// at any time ([Wipe]), and its offset never promises rows that it lacks.
// [Goka] lends a store to goka for recovery; nothing else here knows goka.
//
// # Answering
//
// A [View] is a table that can be asked, typed, by whoever has a [Source]: a
// worker, or an engine of topologytest. Answers are committed rows, never those
// of a transaction that still runs, and each says how old it may be. [Handler]
// gives the same answers over HTTP, and follows topics as server-sent events.
//
// Nothing here writes a row but the two parties named at [Store]: only events do.
package state
