package verb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// Operators is the verb that shows and sets the modes of operators.
func Operators(p Program) *cli.Command {
	return &cli.Command{
		Name:  "operators",
		Usage: "pause operators, have rules alone decide, and resume",
		Description: "All workers of the topology obey within a second, those that start later, too.\n" +
			"Calls under way go on. A worker that is cut off from the brokers begins no more\n" +
			"calls after half of its session time-out.",
		Commands: []*cli.Command{
			p.listOperators(),
			p.setMode("pause", processors.Paused, "ask no more: what comes waits",
				"Events wait until the operator is resumed. One whose deadline passes is given up then."),
			p.setMode("rules-only", processors.RulesOnly, "ask no more: what comes is given up",
				"What the operator does when it gives up decides: rules, or a person. So it does for\n"+
					"those that wait."),
			p.setMode("resume", processors.Asking, "ask again",
				"Events that wait are asked about first, in their order."),
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if name := cmd.Args().First(); name != "" {
				return UsageError("operators: there is no %q: there are list, pause, rules-only and resume",
					name)
			}
			return cli.ShowSubcommandHelp(cmd)
		},
	}
}

func (p Program) listOperators() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "print the mode of each operator, since when, and why",
		Flags: append(ClientFlags(), p.topologyFlag("all"),
			&cli.BoolFlag{Name: "json", Usage: "print each one as a line of JSON"},
		),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			if _, err := Arguments(cmd, 0, 0); err != nil {
				return err
			}

			all, err := p.operators(ctx, cmd)
			if err != nil {
				return err
			}

			if len(all) == 0 {
				fmt.Fprintln(cmd.Root().ErrWriter, "no operators")
			}
			return printOperators(cmd.Root().Writer, all, cmd.Bool("json"))
		}),
	}
}

// setMode is a verb that sets operators to a mode.
func (p Program) setMode(name string, mode processors.Mode, usage, description string) *cli.Command {
	return &cli.Command{
		Name:        name,
		Usage:       usage,
		ArgsUsage:   "OPERATOR ...",
		Description: description,
		Flags: append(ClientFlags(), p.topologyFlag("all"),
			&cli.StringFlag{Name: "why", Usage: "`TEXT` for those who come to look"},
			&cli.BoolFlag{Name: "all", Usage: "all operators"},
		),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			return p.setModes(ctx, cmd, mode)
		}),
	}
}

func (p Program) setModes(ctx context.Context, cmd *cli.Command, mode processors.Mode) (err error) {
	args := cmd.Args().Slice()
	if len(args) == 0 && !cmd.Bool("all") {
		return UsageError("%s: say which: OPERATOR or --all", cmd.Name)
	}

	all, err := p.operators(ctx, cmd)
	if err != nil {
		return err
	}

	these, err := chosen(all, args, cmd.Bool("all"))
	if err != nil {
		return err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	for i, o := range these {
		if err := client.SetMode(ctx, o.Topology, o.Operator, mode, cmd.String("why")); err != nil {
			return err
		}
		these[i].Mode, these[i].Why, these[i].Since = mode, cmd.String("why"), time.Now()
	}

	return printOperators(cmd.Root().Writer, these, false)
}

// An operatorMode is an operator of a topology, and its mode.
type operatorMode struct {
	Topology string          `json:"topology"`
	Operator string          `json:"operator"`
	Mode     processors.Mode `json:"mode"`
	Since    time.Time       `json:"since,omitzero"` // zero: it was never set
	Why      string          `json:"why,omitempty"`
}

// chosen returns the operators that are named.
func chosen(all []operatorMode, names []string, every bool) (these []operatorMode, err error) {
	if every {
		return all, nil
	}

	var known []string
	for _, o := range all {
		known = append(known, o.Operator)
	}

	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, UsageError("there is no operator %q: %s", name, meant(name, known))
		}
	}

	for _, o := range all {
		if slices.Contains(names, o.Operator) {
			these = append(these, o)
		}
	}

	return these, nil
}

// operators returns those of the topologies, with their modes.
func (p Program) operators(ctx context.Context, cmd *cli.Command) (all []operatorMode, err error) {
	charts, err := p.charts(ctx, cmd)
	if err != nil {
		return nil, err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	for _, c := range charts {
		of, err := operatorsOf(ctx, client, c)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}

	return all, nil
}

// operatorsOf are those of a topology. Of one of which only the name is known, they are those that have a
// mode.
func operatorsOf(ctx context.Context, client *processors.Client, c topology.Chart) (
	all []operatorMode, err error,
) {
	asks := map[string]bool{}
	for _, s := range c.Stages {
		for _, name := range s.Asks {
			if !asks[name] {
				asks[name] = true
				all = append(all, operatorMode{Topology: c.Name, Operator: name, Mode: processors.Asking})
			}
		}
	}

	if len(all) == 0 && len(c.Stages) > 0 {
		return nil, nil
	}

	modes, err := client.Modes(ctx, c.Name)
	for _, m := range modes {
		i := slices.IndexFunc(all, func(o operatorMode) bool { return o.Operator == m.Operator })
		if i < 0 {
			i = len(all)
			all = append(all, operatorMode{Topology: c.Name, Operator: m.Operator})
		}
		all[i].Mode, all[i].Since, all[i].Why = m.Mode, m.Since, m.Why
	}

	return all, err
}

func printOperators(out io.Writer, all []operatorMode, asJSON bool) error {
	if asJSON {
		for _, o := range all {
			if err := json.NewEncoder(out).Encode(o); err != nil {
				return err
			}
		}
		return nil
	}

	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, o := range all {
		since := ""
		if !o.Since.IsZero() {
			since = "since " + o.Since.Local().Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n",
			Escape(o.Topology), Escape(o.Operator), o.Mode, since, Escape(o.Why))
	}

	return w.Flush()
}
