// Package store keeps the committed rows of a worker's tables, one [Store] for each partition.
//
// [OpenPebble] keeps them on disk, [Memory] in memory; both pass the suite in package storetest. The
// changelog of a table is the truth. A store is a copy that saves a worker from reading it again at each
// start:
//
//   - It may lag behind the changelog: recovery reads the rest.
//   - Its offset never promises rows that it lacks: rows and offset are written in one batch.
//   - It never has rows that are not committed: the committer flushes after the transaction.
//   - It may be wiped at any time ([Wipe]): recovery then starts at the beginning.
//
// [Goka] lends a store to goka for recovery. No other file of this package knows goka.
package store
