package verb

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"
)

// Describe is the verb that prints the plan of the topologies.
func Describe(p Program) *cli.Command {
	return &cli.Command{
		Name:  "describe",
		Usage: "print stages, steps, tables, topics and bounds",
		Flags: []cli.Flag{},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if _, err := Arguments(cmd, 0, 0); err != nil {
				return err
			}
			return p.describe(cmd.Root().Writer)
		},
	}
}

func (p Program) describe(w io.Writer) error {
	for i, t := range p.Topologies {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if _, err := fmt.Fprint(w, t.Describe()); err != nil {
			return err
		}
	}
	return nil
}
