package main

import (
	"context"
	"fmt"
	"github.com/slipstream-go/slipstream/verb"
	"io"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
)

func describeVerb(verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "describe",
		Usage: "print the airline's topology: its agents with their topics, and its stages, steps, tables and bounds",
		Description: "Text has both. The chart is of the agents with their topics: mermaid for Markdown. The agents\n" +
			"that ask a model are among them; with --model policy, of demo and run, there is no concierge.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "text", Usage: "`NAME`: text or mermaid"},
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if _, err := verb.Arguments(cmd, 0, 0); err != nil {
				return err
			}
			return describe(cmd.Root().Writer, declared().topology(), cmd.String("format"))
		},
	}
}

// roles are those that the stages of the airline have.
var roles = map[string]string{
	"flights":      "watcher and seat desk",
	"routes":       "offers",
	"waitlists":    "waitlist",
	"reservations": "reservation desk",
	"users":        "payment desk",
	"customers":    "rebooking agent and concierge",
	"index":        "handbook",
	"commands":     "reception",
	"decisions":    "notifier",
}

func describe(w io.Writer, t *topology.Topology, format string) error {
	for stage, role := range roles {
		t.Label(stage, role)
	}
	chart, err := t.Chart()
	if err != nil {
		return err
	}

	switch format {
	case "text":
		fmt.Fprintf(w, "%s\n%s", chart, t.Describe())
	case "mermaid":
		fmt.Fprint(w, chart.Mermaid())
	default:
		return verb.UsageError("--format: %q is neither text nor mermaid", format)
	}
	return nil
}
