package verb

import (
	"context"

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
