package verb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/state"
)

// Waiting is the verb that lists what waits for operators.
func Waiting(p Program) *cli.Command {
	return &cli.Command{
		Name:      "waiting",
		Usage:     "list the events that wait for an operator's answer",
		ArgsUsage: "[OPERATOR]",
		Description: "The next event of each key, as this worker has it: since when it waits, how often it was\n" +
			"asked, why its last answer was refused, and how many of its key wait behind it.",
		Flags: []cli.Flag{AtFlag(),
			&cli.IntFlag{
				Name:    "limit",
				Aliases: []string{"n"},
				Value:   20,
				Usage:   "end after `N` events; 0 is all",
			},
			&cli.BoolFlag{Name: "json", Usage: "print a line of JSON for each"},
		},
		Action: stoppable(p.waiting),
	}
}

func (p Program) waiting(ctx context.Context, cmd *cli.Command) error {
	args, err := Arguments(cmd, 0, 1, "OPERATOR")
	if err != nil {
		return err
	}

	worker, err := p.Worker(cmd)
	if err != nil {
		return err
	}

	operator := ""
	if len(args) > 0 {
		operator = args[0]
	}

	n := 0
	for w, err := range worker.Waiting(ctx, operator) {
		if err != nil {
			return err
		}

		if n > 0 && n == cmd.Int("limit") {
			return more(cmd)
		}

		if err := printWaiting(cmd, w); err != nil {
			return err
		}
		n++
	}

	if n == 0 && operator != "" {
		if err := hasOperator(ctx, worker, operator); err != nil {
			return err
		}
	}

	if n == 0 && !cmd.Bool("json") {
		_, err = fmt.Fprintln(cmd.Root().Writer, "nothing waits")
	}

	return err
}

// hasOperator says so if a worker has no such operator, and which may be meant.
func hasOperator(ctx context.Context, worker *state.Client, name string) error {
	told, err := worker.Topologies(ctx)
	if err != nil {
		return err
	}

	var names []string
	for _, t := range told.Topologies {
		for _, s := range t.Chart.Stages {
			names = append(names, s.Asks...)
		}
	}

	if slices.Contains(names, name) {
		return nil
	}

	return UsageError("there is no operator %q: %s", name, meant(name, names))
}

// more tells that a list was ended by its limit.
func more(cmd *cli.Command) error {
	_, err := fmt.Fprintln(cmd.Root().ErrWriter, "there are more: -n 0 prints all")
	return err
}

// asked is how often an operator was asked, for people.
func asked(times int) string {
	switch times {
	case 0:
		return "not asked yet"
	case 1:
		return "asked once"
	}
	return fmt.Sprintf("asked %d times", times)
}

func printWaiting(cmd *cli.Command, w state.Waiting) error {
	out := cmd.Root().Writer
	if cmd.Bool("json") {
		return json.NewEncoder(out).Encode(w)
	}

	since := "before the upgrade "
	if !w.Since.IsZero() {
		since = w.Since.Local().Format(time.DateTime)
	}
	line := fmt.Sprintf("%s  %s  for %s, %s", since, Escape(w.Key), Escape(w.Operator), asked(w.Attempts))

	if w.Behind > 0 {
		line += fmt.Sprintf(", %d behind it", w.Behind)
	}

	if !w.Deadline.IsZero() {
		line += ", until " + w.Deadline.Local().Format(time.DateTime)
	}

	if w.Cause != "" {
		line += "; refused: " + Escape(w.Cause)
	}
	_, err := fmt.Fprintln(out, line)

	return err
}
