package main

import (
	"context"
	"fmt"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/urfave/cli/v3"
)

func describeCommand() *cli.Command {
	return &cli.Command{
		Name:  "describe",
		Usage: "print the airline's topology: stages, steps, topics, tables and bounds",
		Action: func(_ context.Context, cmd *cli.Command) error {
			if _, err := arguments(cmd, 0, 0); err != nil {
				return err
			}
			t := airline.New(airline.Policy, bounds)
			if err := t.Validate(); err != nil {
				return err
			}
			_, err := fmt.Fprint(cmd.Root().Writer, t.Describe())
			return err
		},
	}
}
