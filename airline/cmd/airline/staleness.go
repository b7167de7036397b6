package main

import (
	"context"
	"errors"
	"fmt"
	"github.com/slipstream-go/slipstream/verb"
	"io"
	"runtime"

	"github.com/slipstream-go/slipstream/airline/measure/contradictions"
	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"
)

func stalenessVerb(verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "staleness",
		Usage: "measure what a live view is worth: the same day by views that are refreshed more and less often",
		Description: "The day of the demo, decided by what the agent looks up in rows that are live, or were loaded 1, 5, 15 and 60\n" +
			"minutes of the day ago at most. All else is equal: the rows that own the seats are live, and grant or refuse.\n" +
			"Counted from the topics: proposals that were refused, answers that the live rows contradicted when they were\n" +
			"given, cases that went to people, and how much later the parties arrived.\n\n" +
			"Every day is run event by event in this process, which makes it the same each time: without a lag, and with each\n" +
			"refresh. The live view is measured on the engine and a broker for development too, with the lag that its copies\n" +
			"have there, by a clock of the day that waits until all is settled.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Value: byPolicy, Sources: cli.EnvVars("MODEL"), Usage: "`NAME` of the model that reads what customers wrote; policy is rules alone"},
			&cli.StringFlag{Name: "data", Usage: "`FOLDER` of another day, as of demo. Defaults to the storm of 8 March 2013"},
			&cli.IntFlag{Name: "customers", Usage: fmt.Sprintf("`NUMBER` of parties. Defaults to %d by policy; with a model, to as many as write about %d notes that it must read", customersByPolicy, readingsByModel), HideDefault: true},
			&cli.IntFlag{Name: "seeds", Value: 5, Usage: "`NUMBER` of crowds, each with a day for every view"},
			&cli.Int64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` that the first crowd is made from; the others from those that follow"},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for staleness.svg, the figure, and staleness.csv, all runs. Defaults to none"},
			&cli.IntFlag{Name: "open", Value: 1, Hidden: true},
		},
		Action: runStaleness,
	}
}

func runStaleness(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return err
	}
	if cmd.Int("seeds") < 1 {
		return verb.UsageError("--seeds: %d is none", cmd.Int("seeds"))
	}
	a, err := newAgent(ctx, cmd.String("model"), lines(cmd.Root().ErrWriter))
	if err != nil {
		return verb.Interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, a.close()) }()
	var all trials
	for i := range cmd.Int("seeds") {
		of, err := crowdTrials(ctx, cmd, a, cmd.Int64("seed")+int64(i))
		if err != nil {
			return verb.Interrupted(ctx, err)
		}
		all = append(all, of...)
	}
	all.print(cmd.Root().Writer)
	return errors.Join(all.violated(), all.write(cmd.String("out")))
}

// crowdTrials runs the day of one crowd by each view: on the engine by itself, so that nothing disturbs its lag, then the
// others side by side.
func crowdTrials(ctx context.Context, cmd *cli.Command, a *agent, seed int64) (trials, error) {
	s, err := newScene(cmd.String("data"), partiesOf(cmd), seed)
	if err != nil {
		return nil, fmt.Errorf("--data %s: %w", cmd.String("data"), err)
	}
	of := make(trials, len(views))
	g, side := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())
	for i, v := range views {
		if v.engine {
			if of[i], err = tryEngine(ctx, cmd, s, a, v); err != nil {
				return nil, err
			}
			progress(cmd.Root().ErrWriter, of[i])
		}
	}
	for i, v := range views {
		if v.engine {
			continue
		}
		g.Go(func() (err error) {
			if of[i], err = tryStepwise(side, s, a, v); err == nil {
				progress(cmd.Root().ErrWriter, of[i])
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, t := range of {
		t.Cost = contradictions.Compare(t.ends, of[0].ends)
	}
	return of, nil
}

func progress(w io.Writer, t *trial) {
	fmt.Fprintf(w, "seed %d, %s: %d parties, %d answers in %.0f s\n", t.Seed, t.View, t.Report.Parties, t.Report.Answers, t.Seconds)
}
