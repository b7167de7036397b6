package main

import (
	"context"
	"fmt"
	"io"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/concierge"
	"github.com/slipstream-go/slipstream/devmodel"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
)

func describeCommand() *cli.Command {
	return &cli.Command{
		Name:  "describe",
		Usage: "print the airline's topology: its agents with their topics, and its stages, steps, tables and bounds",
		Description: "Text has both. The charts are of the agents with their topics: mermaid for Markdown, dot for Graphviz. The agents\n" +
			"that ask a model are among them; with --model policy, of demo and run, there is no concierge.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "text", Usage: "`NAME`: text, mermaid or dot"},
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if _, err := arguments(cmd, 0, 0); err != nil {
				return err
			}
			return describe(cmd.Root().Writer, describedAirline(), cmd.String("format"))
		},
	}
}

// describedAirline is the airline with a model, which nobody asks.
func describedAirline() *topology.Topology {
	m, e := llm.Ollama(devmodel.Names()[0]), llm.NewOllamaEmbedder(llm.OllamaConfig{Model: devmodel.Embedders()[0]})
	return airline.New(airline.Agent(m), bounds, concierge.New(talker(m, e)))
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
	p, err := t.Plan()
	if err != nil {
		return err
	}
	switch a := newAtlas(p, roles); format {
	case "text":
		a.text(w)
		fmt.Fprintf(w, "\n%s", t.Describe())
	case "mermaid":
		a.mermaid(w)
	case "dot":
		a.dot(w)
	default:
		return wrong("--format: %q is none of text, mermaid and dot", format)
	}
	return nil
}
