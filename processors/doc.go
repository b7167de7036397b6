// Package processors runs topologies on Kafka, through goka and sarama.
//
// # Contract
//
// A [Worker] is one process's share of the work; start more of them, and they divide the partitions among themselves.
// Each stage of a topology is a goka group of its own, with its own producer. Steps change decoded rows in memory; the
// committer puts the changed rows, the outputs and the positions of all its partitions into one Kafka transaction, and
// only when that has committed do rows reach the local store. So an event takes effect once, whatever crashes.
//
// Calls of an operator are made in the background. Until its answer has settled, an event waits in the row of its key,
// in the changelog; whoever owns the key after a crash asks again, and one answer takes effect.
//
// Nothing that is wrong with a record ends a worker: the record goes to the topic "<topology>.dead-letters". What is
// wrong with the broker ends the life of one stage, which is then built anew. What cannot be mended, such as topics that
// don't fit, is returned by Run as a [FatalError] that says what to do.
//
// Workers read committed records only. Keys are assigned to partitions as Java's default partitioner does (murmur2);
// records in another partition are dead letters, since their rows would be kept in the wrong place.
package processors
