package verb

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v3"
)

// warmUpBound is how long a worker waits for its models before it begins without them: a server that accepts
// connections and never answers must not keep it from starting.
const warmUpBound = 2 * time.Minute

var errSlowModel = fmt.Errorf("no answer within %v", warmUpBound)

// warm has models loaded before the first event waits for them. One that isn't ready stops no worker: events
// wait for answers anyhow, and topologies say what becomes of those that get none.
func (b Built) warm(ctx context.Context, cmd *cli.Command) error {
	bounded, cancel := context.WithTimeoutCause(ctx, warmUpBound, errSlowModel)
	defer cancel()

	for _, t := range b.Topologies {
		err := t.Warm(bounded)
		if ctx.Err() != nil {
			return Interrupted(ctx, ctx.Err())
		}

		if bounded.Err() != nil {
			err = context.Cause(bounded)
		}

		if err != nil {
			Logger(cmd).Warn("a model did not warm up: its first answers take longer, or fail until it answers", "err", err)
		}
	}

	return nil
}
