// Package topology declares what a worker computes: streams of events, tables of rows, and the pure functions
// between them. It runs nothing, and needs only the standard library.
//
// This topology counts what customers order, and asks a model about large orders:
//
//	const (
//		Orders topology.Topic[CustomerID, Order]  = "orders"
//		Advice topology.Topic[CustomerID, string] = "advice"
//		Totals topology.Table[CustomerID, int]    = "totals"
//	)
//
//	func shop(adviser topology.Operator[Case, string]) *topology.Topology {
//		t := topology.New("shop")
//		orders := topology.Fold(Totals, topology.From(t, Orders), addOrder)
//		cases := topology.Join(orders, Totals, newCase).Filter(Case.isLarge)
//		advice, unsettled := topology.Async(cases, "advise", adviser, topology.Policy[Case]{})
//		advice.To(Advice)
//		unsettled.To("for-people")
//		return t
//	}
//
// Package processors runs it on Kafka, and package topologytest runs it in memory.
//
// # Contract
//
// A [Topic] and a [Table] are typed constants. They last, so they have names, and the compiler checks keys
// and values where they are used. A [Stream] is what flows between steps; it does not last and has no name.
//
// Step functions are pure. They depend on their arguments alone and never modify what these point to: copy a
// map or slice before you change it. They use event time, never the wall clock. They may run again, after a
// crash or to see whether an answer still holds. Engines for tests run each step twice, and notice one that
// is not pure.
//
// Events of one key keep their order within each input topic, through every step, [Async] included. Between
// topics there is no order. One event's steps run depth first, in the order in which they were declared, and
// take effect together or not at all.
//
// An [Operator] decides what is slow, remote and fallible. Its case is made of rows by [Join] and [Lookup].
// What it finds out only while it decides, it reads with [Get] and [Scan] from the copies that [Policy].Reads
// lists. Rows may have changed when the answer comes: Policy.Changed and Operator.Check decide whether it
// still holds.
//
// Mistakes in a declaration are collected, and [Topology.Validate] reports all of them at once.
package topology
