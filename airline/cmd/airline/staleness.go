package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/airline/measure/staleness"
	"github.com/slipstream-go/slipstream/airline/simulate"
	"github.com/slipstream-go/slipstream/verb"
)

func stalenessVerb(verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "staleness",
		Usage: "measure what a live view is worth: the same day with views that are refreshed more or less often",
		Description: "The day of the demo is run several times. The agent looks up flights and offers in rows that are live, or that\n" +
			"were loaded up to 1, 5, 15 or 60 minutes of the day ago. Everything else is the same: the rows that own the\n" +
			"seats are live, and grant or refuse. Counted from the topics are proposals that were refused, answers that\n" +
			"the live rows contradicted when they were given, cases that went to people, and how much later the parties\n" +
			"arrived.\n\n" +
			"The day without a lag, and those with refreshed views, run event by event in this process and give the same\n" +
			"result each time. The live view also runs on a development broker, with the lag that its copies have there;\n" +
			"the clock of that day waits until all is finished.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Value: byPolicy, Sources: cli.EnvVars("MODEL"),
				Usage: "`NAME` of the model that reads what customers wrote; policy is rules alone"},
			&cli.StringFlag{Name: "data", Usage: "`FOLDER` of another day, as for demo. Defaults to the storm of 8 March 2013"},
			&cli.IntFlag{Name: "customers", Usage: fmt.Sprintf("`NUMBER` of parties. Defaults to %d by policy; with a model, to as many as write about %d notes that it must read", customersByPolicy, readingsByModel), HideDefault: true},
			&cli.IntFlag{Name: "seeds", Value: 5, Usage: "`NUMBER` of days, each with other customers and with every view"},
			&cli.Int64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` that the first day's customers are made from; the following days count on from it"},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for staleness.svg, the figure, and staleness.csv, all runs. Defaults to no files"},
		},
		Action: runStaleness,
	}
}

func runStaleness(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return err
	}

	if cmd.Int("seeds") < 1 {
		return verb.UsageError("--seeds: %d is not a number of days, which begins at 1", cmd.Int("seeds"))
	}

	a, err := newAgent(ctx, cmd.String("model"), lines(cmd.Root().ErrWriter))
	if err != nil {
		return verb.Interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, a.close()) }()

	var all staleness.Trials
	for i := range cmd.Int("seeds") {
		trials, err := dayTrials(ctx, cmd, a, cmd.Int64("seed")+int64(i))
		if err != nil {
			return verb.Interrupted(ctx, err)
		}

		all = append(all, trials...)
	}

	all.Print(cmd.Root().Writer)

	if err := all.Err(); err != nil {
		return verb.Exit(exitViolated, errors.Join(err, writeTrials(cmd.String("out"), all)))
	}

	return writeTrials(cmd.String("out"), all)
}

// dayTrials runs the day of one set of customers with all views.
func dayTrials(ctx context.Context, cmd *cli.Command, a *agent, seed int64) (staleness.Trials, error) {
	data, err := simulate.Load(cmd.String("data"), partiesOf(cmd), seed)
	if err != nil {
		return nil, fmt.Errorf("--data %s: %w", cmd.String("data"), err)
	}

	c := staleness.Config{Data: data, Agent: a.operator, Policy: bounds, Logger: verb.Logger(cmd)}

	return c.Run(ctx, func(t *staleness.Trial) {
		fmt.Fprintf(cmd.Root().ErrWriter, "seed %d, %s: %d parties, %d answers in %.0f s\n",
			t.Seed, t.View, t.Report.Parties, t.Report.Answers, t.Seconds)
	})
}

// writeTrials writes figure and table into a folder, if one is given.
func writeTrials(folder string, all staleness.Trials) error {
	if folder == "" {
		return nil
	}

	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}

	return errors.Join(
		writeFile(filepath.Join(folder, "staleness.svg"), all.WriteFigure),
		writeFile(filepath.Join(folder, "staleness.csv"), all.WriteCSV))
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return errors.Join(write(f), f.Close())
}
