package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/slipstream-go/slipstream/journal"
	anew "github.com/slipstream-go/slipstream/journal/replay" // replay is the day's, here
	onrecord "github.com/slipstream-go/slipstream/journal/transcript"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/urfave/cli/v3"
)

func replayCommand() *cli.Command {
	return &cli.Command{
		Name:  "replay",
		Usage: "decide again what is on record, with another model or prompt, and compare",
		Description: "Each decision is asked again on the rows as they were then. Nothing is written to any topic. It prints how many\n" +
			"agree, how the others changed, what it cost then and now, and some of the changes. The prompt of now is\n" +
			"`explain ID --instructions` of any decision that a model has made.",
		Flags: append(brokerFlags("those of a running demo"), atFlag(), modelFlag(), sinceFlag(),
			&cli.StringFlag{Name: "operator", Value: "rebook", Usage: "`NAME` of who decided: rebook or concierge"},
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
	if _, known := deeds[cmd.String("operator")]; !known {
		return wrong("--operator: %q is neither rebook nor concierge", cmd.String("operator"))
	}
	entries, err := toDecide(ctx, cmd)
	if err != nil {
		return err
	}
	before, err := instructed(cmd.String("prompt"))
	if err != nil {
		return err
	}
	a, err := newAgentBy(ctx, cmd.String("model"), before, lines(cmd.Root().ErrWriter))
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

// instructed gives a model the instructions of a file, in place of an operator's own.
func instructed(file string) (before func(llm.Model) llm.Model, err error) {
	if file == "" {
		return onrecord.Of, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, wrong("--prompt: %w", err)
	}
	return func(m llm.Model) llm.Model { return prompted{onrecord.Of(m), string(b)} }, nil
}

type prompted struct {
	llm.Model
	instructions string
}

// Chat implements llm.Model.
func (p prompted) Chat(ctx context.Context, r llm.Request) (llm.Reply, error) {
	r.Messages = slices.Clone(r.Messages)
	for i := range r.Messages {
		if r.Messages[i].Role == llm.System {
			r.Messages[i].Text = p.instructions
		}
	}
	return p.Model.Chat(ctx, r)
}

// toDecide are the decisions to be made again, the oldest first.
func toDecide(ctx context.Context, cmd *cli.Command) (entries []journal.Entry, err error) {
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
	before := map[string][]journal.Note{} // by decision: attempts that were not taken cost something, too
	for _, r := range l.Records() {
		switch {
		case r.Operator != cmd.String("operator") || r.Outcome == journal.Void:
		case r.Outcome == journal.Again:
			before[r.ID] = append(before[r.ID], r.Notes...)
		default:
			e := l.Entry(r)
			e.Notes = append(before[r.ID], e.Notes...)
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
