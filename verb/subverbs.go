package verb

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"
)

// withVerbs is a verb that has verbs of its own. Without one of them it prints its help.
func withVerbs(name, usage, description string, verbs ...*cli.Command) *cli.Command {
	var names []string
	for _, v := range verbs {
		names = append(names, v.Name)
	}

	return &cli.Command{
		Name:        name,
		Usage:       usage,
		Description: description,
		Commands:    verbs,
		Action: func(_ context.Context, cmd *cli.Command) error {
			if arg := cmd.Args().First(); arg != "" {
				return UsageError("%s: there is no %q: there are %s", name, arg, list(names, "and"))
			}
			return cli.ShowSubcommandHelp(cmd)
		},
	}
}

// lister is a verb that prints all that get returns: by print, or with --json each as a line of JSON. none is
// told if there is nothing.
func lister[T any](c cli.Command, none string, get func(context.Context, *cli.Command) ([]T, error),
	print func(io.Writer, []T) error) *cli.Command {
	c.Action = stoppable(func(ctx context.Context, cmd *cli.Command) error {
		all, err := get(ctx, cmd)
		if err != nil {
			return err
		}

		if len(all) == 0 {
			fmt.Fprintln(cmd.Root().ErrWriter, none)
			return nil
		}

		if !cmd.Bool("json") {
			return print(cmd.Root().Writer, all)
		}

		out := json.NewEncoder(cmd.Root().Writer)
		for _, one := range all {
			if err := out.Encode(one); err != nil {
				return err
			}
		}
		return nil
	})

	return &c
}
