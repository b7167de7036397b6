package verb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/processors"
)

// Budget is the verb that shows what is spent of budgets, and has a model asked again that was stopped.
func Budget(p Program) *cli.Command {
	return withVerbs("budget", "print what is spent of the budgets of operators, and what is left",
		"Each line is a limit in the window that runs. SPENT is what was used. UNKNOWN is charged in\n"+
			"full, because nobody knows what was used. RESERVED is held for calls under way. Micros are\n"+
			"millionths of the currency of the prices.",
		p.listBudgets(), p.allowModel())
}

func (p Program) listBudgets() *cli.Command {
	get := func(ctx context.Context, cmd *cli.Command) ([]spentOf, error) {
		if _, err := Arguments(cmd, 0, 0); err != nil {
			return nil, err
		}
		return p.spent(ctx, cmd)
	}

	return lister(cli.Command{
		Name:  "list",
		Usage: "print each limit: spent, unknown, reserved, left",
		Flags: append(ClientFlags(), p.topologyFlag("all"),
			&cli.BoolFlag{Name: "json", Usage: "print each topology as a line of JSON"},
		),
	}, "no budgets", get, printSpent)
}

// spentOf is what is spent of the budgets of a topology.
type spentOf struct {
	Topology string `json:"topology"`
	processors.Spent
}

// spent returns what is spent of the budgets of the topologies that have any.
func (p Program) spent(ctx context.Context, cmd *cli.Command) (all []spentOf, err error) {
	charts, err := p.charts(ctx, cmd)
	if err != nil {
		return nil, err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	topics, err := client.Topics()
	if err != nil {
		return nil, err
	}

	for _, c := range charts {
		if !slices.Contains(topics, processors.BudgetTopic(c.Name)) {
			continue
		}

		spent, err := client.Spent(ctx, c.Name)
		if err != nil {
			return nil, err
		}
		all = append(all, spentOf{c.Name, spent})
	}

	return all, nil
}

func printSpent(out io.Writer, all []spentOf) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "TOPOLOGY\tBUDGET\tOF\tUNIT\tLIMIT\tEVERY\tSPENT\tUNKNOWN\tRESERVED\tLEFT\tUNTIL")
	for _, s := range all {
		for _, b := range s.Balances {
			of := "all"
			if b.Per != "" {
				of = b.Per + " " + b.Of
			}

			every, until := "-", "-"
			if b.Every > 0 {
				every = (time.Duration(b.Every) * time.Millisecond).String()
				until = b.Until.Local().Format(time.DateTime)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%d\t%d\t%d\t%d\t%s\n", Escape(s.Topology),
				Escape(b.Budget), Escape(of), b.Unit, b.Limit, every, b.Spent, b.Unknown, b.Reserved, b.Left,
				until)
		}
	}

	if err := w.Flush(); err != nil {
		return err
	}

	for _, s := range all {
		for _, model := range slices.Sorted(maps.Keys(s.Stopped)) {
			stop := s.Stopped[model]
			fmt.Fprintf(out, "%s: stopped since %s: %s\n", Escape(s.Topology),
				stop.Since.Local().Format(time.DateTime), Escape(stop.Why))
		}
	}

	return nil
}

func (p Program) allowModel() *cli.Command {
	return &cli.Command{
		Name:      "allow",
		Usage:     "have a model asked again that used more than a request can",
		ArgsUsage: "MODEL",
		Description: "A model stops when its server bills more than the bound of a request. Raise\n" +
			"Budget.Template first if its chat template is that long.",
		Flags: append(ClientFlags(), p.topologyFlag("all"), whyFlag()),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			args, err := Arguments(cmd, 1, 1, "MODEL")
			if err != nil {
				return err
			}
			return p.allow(ctx, cmd, args[0])
		}),
	}
}

// allow allows a model in each topology in which it is stopped.
func (p Program) allow(ctx context.Context, cmd *cli.Command, model string) (err error) {
	all, err := p.spent(ctx, cmd)
	if err != nil {
		return err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	stopped := map[string]bool{}
	for _, s := range all {
		for name := range s.Stopped {
			stopped[name] = true
		}

		if _, ok := s.Stopped[model]; !ok {
			continue
		}

		if err := client.AllowModel(ctx, s.Topology, model, cmd.String("why")); err != nil {
			return err
		}
		fmt.Fprintf(cmd.Root().Writer, "%s: model %s is asked again\n", Escape(s.Topology), Escape(model))
	}

	if !stopped[model] {
		return UsageError("model %q is not stopped: %s", model,
			meant(model, slices.Sorted(maps.Keys(stopped))))
	}
	return nil
}
