// Package testhook is how processorstest reaches into a worker of package processors: it waits until a worker
// has settled, reads its positions, and makes it fail at a named phase. These are no part of the public
// surface, and production code does not call them.
//
// Package processors sets the functions when it is initialized. A worker is passed as any, since this package
// imports nothing of the engine.
package testhook

import "context"

var (
	// Settle returns when the worker has processed and committed all that its topics hold, its copies of
	// tables have followed, and all that is outstanding are calls that take their time. It waits until the
	// worker owns every partition.
	Settle func(ctx context.Context, worker any) error

	// Committed returns the lowest position that the groups of the worker have committed in a partition of a
	// topic, 0 if they have committed none.
	Committed func(worker any, topic string, partition int32) (int64, error)

	// OnPhase has f called before and after each step in the life of an event, with the stage and a phase
	// such as "before commit". An error of f ends the stage there, as a crash would. Steps are pending,
	// commit, dispatch, answer and settle; within a commit there are also "produced", "positions" and
	// "flushed". It must be called before the worker runs; f is called by many goroutines.
	OnPhase func(worker any, f func(stage, phase string) error)

	// OnImpure has steps run twice, and f called with those that are no pure functions: see stage.Options. It
	// must be called before the worker runs; f is called by many goroutines.
	OnImpure func(worker any, f func(step, what string))
)
