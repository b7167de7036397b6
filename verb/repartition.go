package verb

import (
	"cmp"
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/processors"
)

// Repartition is the verb that moves what a topology keeps to another number of partitions. A tool has none:
// it knows no topology.
func Repartition(p Program) *cli.Command {
	first := ""
	if !p.isTool() {
		first = p.Topologies[0].Name()
	}

	return &cli.Command{
		Name:  "repartition",
		Usage: "move rows, and events that wait, to another number of partitions",
		Description: "When partitions are added to an input, keys move away from their rows, and workers\n" +
			"are refused until the rows have followed. Do it in this order:\n\n" +
			"1. pause the producers, and let the workers read the inputs to their ends;\n" +
			"2. stop all workers;\n" +
			"3. add partitions to the inputs: kafka-topics --alter --topic T --partitions N;\n" +
			"4. run this command. It adds partitions to the topics of the topology's own;\n" +
			"5. start the workers and the producers.\n\n" +
			"What would lose or misplace an event is refused before anything has changed. A\n" +
			"command that was interrupted is run again.",
		Flags: append(BrokerFlags("Required"), p.topologyFlag("the first: "+first),
			&cli.IntFlag{
				Name:        "partitions",
				Usage:       "`NUMBER` that the inputs have. Required",
				HideDefault: true,
			},
		),
		Action: stoppable(p.repartition),
	}
}

func (p Program) repartition(ctx context.Context, cmd *cli.Command) error {
	if _, err := Arguments(cmd, 0, 0); err != nil {
		return err
	}

	name := cmp.Or(cmd.String("topology"), p.Topologies[0].Name())
	if err := p.hasOperator(name, ""); err != nil {
		return err
	}

	n := cmd.Int("partitions")
	if n < 1 {
		return UsageError("--partitions is missing")
	}

	c, err := Connection(cmd)
	if err != nil {
		return err
	}

	if len(c.Brokers) == 0 {
		return UsageError("--brokers is missing")
	}
	c.Logger = Logger(cmd)

	moved, err := processors.Repartition(ctx, c, named(p.Topologies, name), n)
	for _, m := range moved {
		fmt.Fprintf(cmd.Root().Writer, "%s: %d rows have moved, and %d records of what waits\n",
			m.Stage, m.Rows, m.Waiting)
	}
	return err
}
