package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/journal"
	anew "github.com/slipstream-go/slipstream/topology/replay" // replay is the day's, here
	"github.com/urfave/cli/v3"
)

func replayCommand() *cli.Command {
	return &cli.Command{
		Name:  "replay",
		Usage: "decide again what is on record, with another model or prompt, and compare",
		Description: "Each decision of the rebooking agent is asked again on the rows as they were then. Nothing is written to any\n" +
			"topic. It prints how many agree, how the others changed, what it cost then and now, and some of the changes.\n" +
			"The prompt of now is `explain ID --instructions` of any decision that a model has made.",
		Flags: append(brokerFlags("those of a running demo"), atFlag(), modelFlag(), sinceFlag(),
			&cli.StringFlag{Name: "prompt", Usage: "`FILE` of the instructions. Defaults to those of this program"},
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Usage: "decide at most `N` again, the newest"},
			&cli.IntFlag{Name: "diffs", Value: 5, Usage: "print at most `N` changes"},
			&cli.BoolFlag{Name: "json", Usage: "print the figures as one line of JSON, the last"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error { return interrupted(ctx, again(ctx, cmd)) },
	}
}

func again(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := arguments(cmd, 0, 0); err != nil {
		return err
	}
	entries, err := rebookings(ctx, cmd)
	if err != nil {
		return err
	}
	operator, err := prompted(cmd.String("prompt"))
	if err != nil {
		return err
	}
	a, err := newAgentOf(ctx, cmd.String("model"), operator, lines(cmd.Root().ErrWriter))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	c := &comparison{Model: a.name, Prompt: cmd.String("prompt"), most: cmd.Int("diffs")}
	t := a.topology()
	told := time.Now()
	for i, e := range entries {
		now, err := anew.Again(ctx, t, e)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.add(e, now, err)
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			fmt.Fprintf(cmd.Root().ErrWriter, "%d of %d\n", i+1, len(entries))
		}
	}
	return c.print(cmd.Root().Writer, cmd.Bool("json"))
}

// prompted is the agent with the instructions of a file, or with its own.
func prompted(file string) (func(llm.Model) topology.Operator[airline.Case, airline.Decision], error) {
	if file == "" {
		return airline.Agent, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, wrong("--prompt: %w", err)
	}
	return func(m llm.Model) topology.Operator[airline.Case, airline.Decision] {
		return airline.AgentWith(m, string(b))
	}, nil
}

// rebookings are the decisions to be made again, the oldest first.
func rebookings(ctx context.Context, cmd *cli.Command) (entries []journal.Entry, err error) {
	from, err := since(cmd)
	if err != nil {
		return nil, err
	}
	client, err := dial(cmd)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	l, err := readJournal(ctx, client, "airline", from)
	if err != nil {
		return nil, err
	}
	var before []journal.Note // of attempts that were not taken: they cost something, too
	for _, r := range l.Records() {
		switch {
		case r.Operator != "rebook" || r.Outcome == journal.Void:
		case r.Outcome == journal.Again:
			before = append(before, r.Notes...)
		default:
			e := l.Entry(r)
			e.Notes, before = append(before, e.Notes...), nil
			entries = append(entries, e)
		}
	}
	if n := cmd.Int("limit"); n > 0 && n < len(entries) {
		entries = entries[len(entries)-n:]
	}
	if len(entries) == 0 {
		return nil, errors.New("no decision is on record since then")
	}
	return entries, nil
}
