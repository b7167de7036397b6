// Package processors runs topologies on Kafka.
//
//	c := processors.Config{Brokers: []string{"kafka:9092"}, Dir: "/var/lib/shop"}
//	w, err := processors.NewWorker(c, shop())
//	...
//	err = w.Run(ctx)
//
// A [Worker] is one process's share of the work. Start more of them, and they divide the partitions among
// themselves. A [Client] sends events and follows topics from outside of any topology; [Send] and [Follow] do
// so with types.
//
// # Contract
//
// Each stage of a topology is a consumer group of its own, with its own producer. Steps change decoded rows
// in memory. A committer puts the changed rows, the outputs and the positions of all its partitions into one
// Kafka transaction. Only when that has committed do rows reach the local store. So an event takes effect
// once, whatever crashes; see [Guarantee].
//
// Calls of an operator are made in the background. Until its answer has settled, an event waits as a record of
// the topic "<topology>.<stage>-cells", beside the changelog. After a crash, the next owner of the key asks
// again, and one answer takes effect.
//
// No record of an input can end a worker: one that can't be processed goes to the topic
// "<topology>.dead-letters". When something is wrong with the brokers, one stage ends and is built again. What
// that can't mend, such as topics that don't fit the topology, is returned by Run as a [FatalError] that says
// what to do.
//
// Workers read committed records only. Keys are assigned to partitions as Java's default partitioner does
// (murmur2). A record in another partition becomes a dead letter, since its row would be kept in the wrong
// place.
//
// Underneath are goka and sarama. Package processorstest runs topologies on workers in tests.
package processors
