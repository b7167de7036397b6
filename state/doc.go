// Package state answers questions about the rows of a worker's tables.
//
// A [View] is a table that can be read, typed, from any [Source]: a worker, or an engine of topologytest.
// Answers are committed rows, never those of a transaction that still runs, and each says how old it may be:
//
//	row, err := state.Of(worker, Customers).Row(ctx, "c-1")
//	fmt.Println(row.Value.Tier, row.Version, row.AsOf)
//
// [Handler] gives the same answers over HTTP, and follows topics as server-sent events.
//
// Nothing here writes a row: only events do.
package state
