package verb

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/state"
)

// Describe is the verb that prints what the topologies are made of.
func Describe(p Program) *cli.Command {
	flags := []cli.Flag{&cli.StringFlag{Name: "format", Value: "text", Usage: "`NAME`: text or mermaid"}}
	if p.isTool() {
		flags = append(flags, AtFlag())
	}

	return &cli.Command{
		Name:  "describe",
		Usage: "print the topologies: stages, steps, tables, topics and bounds",
		Description: "Text has the stages with their topics first, then each step. Mermaid is a chart of\n" +
			"the stages and the topics between them, for Markdown.",
		Flags: flags,
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			if _, err := Arguments(cmd, 0, 0); err != nil {
				return err
			}

			ts, err := p.topologies(ctx, cmd)
			if err != nil {
				return err
			}
			return describe(cmd.Root().Writer, ts, cmd.String("format"))
		}),
	}
}

func describe(w io.Writer, ts []state.Topology, format string) error {
	for i, t := range ts {
		if i > 0 {
			fmt.Fprintln(w)
		}

		switch format {
		case "text":
			fmt.Fprintf(w, "%s\n%s", t.Chart, t.Text)
		case "mermaid":
			fmt.Fprint(w, t.Chart.Mermaid())
		default:
			return UsageError("--format: %q is neither text nor mermaid", format)
		}
	}

	return nil
}
