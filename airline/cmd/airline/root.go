package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"
)

func rootCommand() *cli.Command {
	root := &cli.Command{
		Name:  "slipstream",
		Usage: "stream processing on Kafka with a language model inline",
		Description: "Start with `slipstream demo`: a winter storm at three airports becomes a stream of decisions.\n" +
			"While it runs, `chat`, `query`, `tail` and `send` find it by themselves.",
		Suggest: true,
		Commands: []*cli.Command{
			demoCommand(), chatCommand(), runCommand(), brokerCommand(),
			sendCommand(), queryCommand(), tailCommand(),
			explainCommand(), replayCommand(), stalenessCommand(),
			describeCommand(), versionCommand(),
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if name := cmd.Args().First(); name != "" {
				return unknownCommand(cmd, name)
			}
			return cli.ShowRootCommandHelp(cmd)
		},
	}
	for _, c := range append(root.Commands, root) {
		c.HideHelpCommand = c != root
		c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return &usageError{err} }
		c.ExitErrHandler = func(context.Context, *cli.Command, error) {} // execute reports
	}
	return root
}

func unknownCommand(root *cli.Command, name string) error {
	hint := ""
	if near := cli.SuggestCommand(root.Commands, name); near != "" {
		hint = fmt.Sprintf(": did you mean %s?", near)
	}
	return wrong("no command %q%s (see slipstream help)", name, hint)
}

// arguments checks how many arguments there are, and returns them; names is how the help calls them.
func arguments(cmd *cli.Command, least, most int, names ...string) ([]string, error) {
	args := cmd.Args().Slice()
	switch {
	case len(args) < least:
		return nil, wrong("%s: %s is missing", cmd.Name, names[len(args)])
	case len(args) > most:
		return nil, wrong("%s: %q is one argument too many", cmd.Name, args[most])
	}
	return args, nil
}
