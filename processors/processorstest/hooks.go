package processorstest

import (
	"context"

	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/processors"
)

// Settle returns when a worker has processed and committed all that its topics hold, and all that is outstanding are
// calls that take their time. It waits until the worker owns every partition, and asks the brokers a lot: it is for
// tests and demonstrations. Its error says that ctx ended first.
func Settle(ctx context.Context, w *processors.Worker) error { return testhook.Settle(ctx, w) }

// OnPhase has f called before and after each step in the life of an event, with the stage and a phase such as "before
// commit". An error of f ends the stage there, as a crash would; so f can also kill the process. Steps are pending,
// commit, dispatch, answer and settle; within a commit there are also the phases "produced", "positions" and "flushed".
// Call it before the worker runs; f is called by many goroutines.
func OnPhase(w *processors.Worker, f func(stage, phase string) error) { testhook.OnPhase(w, f) }
