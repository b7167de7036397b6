package verb

import (
	"context"

	"github.com/urfave/cli/v3"
)

// warm has models loaded before the first event waits for them. One that isn't ready stops no worker: events wait for
// answers anyhow, and topologies say what becomes of those that get none.
func (b Built) warm(ctx context.Context, cmd *cli.Command) error {
	for _, t := range b.Topologies {
		err := t.Warm(ctx)
		if ctx.Err() != nil {
			return Interrupted(ctx, ctx.Err())
		}

		if err != nil {
			Logger(cmd).Warn("a model did not warm up: its first answers take longer, or fail until it answers", "err", err)
		}
	}

	return nil
}
