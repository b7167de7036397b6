package verb

import (
	"context"
	"encoding/json"
	"fmt"
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

		if err := printWaiting(cmd, w); err != nil {
			return err
		}

		if n++; n == cmd.Int("limit") {
			return nil
		}
	}

	if n == 0 && !cmd.Bool("json") {
		_, err = fmt.Fprintln(cmd.Root().Writer, "nothing waits")
	}

	return err
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
	line := fmt.Sprintf("%s  %s  for %s, asked %d times", since, escape(w.Key), escape(w.Operator), w.Attempts)

	if w.Behind > 0 {
		line += fmt.Sprintf(", %d behind it", w.Behind)
	}

	if !w.Deadline.IsZero() {
		line += ", until " + w.Deadline.Local().Format(time.DateTime)
	}

	if w.Cause != "" {
		line += "; refused: " + escape(w.Cause)
	}
	_, err := fmt.Fprintln(out, line)

	return err
}
