package verb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/journal/replay"
	"github.com/slipstream-go/slipstream/topology"
)

// Replay is the verb that decides again what is on record, by the topologies of the program as they are now.
func Replay(p Program) *cli.Command {
	flags := p.flags()
	if p.ReplayFlags != nil {
		flags = append(flags, p.ReplayFlags()...)
	}

	first := ""
	if !p.isTool() {
		first = p.Topologies[0].Name()
	}

	return &cli.Command{
		Name:  "replay",
		Usage: "decide again what is on record, by this program as it is now, and compare",
		Description: "Each decision is asked again on the rows as they were then. Nothing is written to\n" +
			"any topic. It prints how many agree, how the others changed, what it cost then and\n" +
			"now, and some of the changes.",
		Flags: append(append(ClientFlags(), flags...),
			p.topologyFlag("the first: "+first),
			sinceFlag("first was made"),
			&cli.StringFlag{Name: "operator", Usage: "`NAME` of the operator that decided. Defaults to all"},
			&cli.IntFlag{
				Name:    "limit",
				Aliases: []string{"n"},
				Usage:   "decide at most `N` again, the newest",
			},
			&cli.IntFlag{Name: "diffs", Value: 5, Usage: "print at most `N` changes"},
			&cli.BoolFlag{Name: "json", Usage: "print the figures as one line of JSON, the last"},
		),
		Action: stoppable(p.replay),
	}
}

func (p Program) replay(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := Arguments(cmd, 0, 0); err != nil {
		return err
	}

	name := cmp.Or(cmd.String("topology"), p.Topologies[0].Name())

	if err := p.hasOperator(name, cmd.String("operator")); err != nil {
		return err
	}

	entries, err := p.onRecord(ctx, cmd, name, cmd.String("operator"))
	if err != nil {
		return err
	}

	b, err := p.Built(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()

	t := named(b.Topologies, name)
	if t == nil {
		return fmt.Errorf("the program has built no topology %s", name)
	}

	c := &comparison{
		Model:    b.By,
		Prompt:   cmd.String("prompt"),
		outcome:  p.outcome,
		maxDiffs: cmd.Int("diffs"),
	}
	told := time.Now()
	for i, e := range entries {
		now, err := replay.Again(ctx, t, e)
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

// hasOperator returns what is wrong with the names of a topology and of one of its operators; "" is all of
// them.
func (p Program) hasOperator(name, operator string) error {
	t := named(p.Topologies, name)
	if t == nil {
		return UsageError("--topology: there is no %q: %s", name, meant(name, p.names()))
	}

	chart, err := t.Chart()
	if err != nil || operator == "" {
		return err
	}

	var operators []string
	for _, s := range chart.Stages {
		operators = append(operators, s.Asks...)
	}

	if slices.Contains(operators, operator) {
		return nil
	}

	return UsageError("--operator: there is no %q: %s", operator, meant(operator, operators))
}

func named(ts []*topology.Topology, name string) *topology.Topology {
	for _, t := range ts {
		if t.Name() == name {
			return t
		}
	}
	return nil
}

// onRecord returns the decisions to be made again, the oldest first.
func (p Program) onRecord(ctx context.Context, cmd *cli.Command, name, operator string) (
	entries []journal.Entry, err error) {
	from, err := since(cmd)
	if err != nil {
		return nil, err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	l, err := readJournal(ctx, client, name, from)
	if err != nil {
		return nil, err
	}

	before := map[string][]journal.Note{} // by decision: attempts that were not taken cost something, too
	for _, r := range l.Records() {
		switch {
		case operator != "" && r.Operator != operator || r.Outcome == journal.Void:
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
