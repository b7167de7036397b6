package verb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/internal/exact"
	"github.com/slipstream-go/slipstream/state"
)

// Query is the verb that prints rows of a table.
func Query(p Program) *cli.Command {
	return &cli.Command{
		Name:      "query",
		Usage:     "print rows of a table, as they are committed now",
		ArgsUsage: "[TABLE [KEY]]",
		Description: "Without a key, the rows by key that this worker owns; without a table, the names of\n" +
			"the tables. A row that another worker owns is asked of that worker.",
		Flags: []cli.Flag{AtFlag(),
			&cli.StringFlag{Name: "prefix", Usage: "`TEXT` that keys begin with"},
			&cli.IntFlag{
				Name:    "limit",
				Aliases: []string{"n"},
				Value:   20,
				Usage:   "end after `N` rows; 0 is all",
			},
		},
		Action: stoppable(p.query),
	}
}

func (p Program) query(ctx context.Context, cmd *cli.Command) error {
	args, err := Arguments(cmd, 0, 2, "TABLE", "KEY")
	if err != nil {
		return err
	}

	worker, err := p.Worker(cmd)
	if err != nil {
		return err
	}

	switch len(args) {
	case 0:
		return printTables(ctx, cmd.Root().Writer, worker)
	case 1:
		err = printRows(ctx, cmd, worker, args[0])
	default:
		err = printRow(ctx, cmd.Root().Writer, worker, args[0], exact.Argument(args[1]))
	}

	if errors.Is(err, state.ErrNoTable) {
		return noTable(ctx, worker, args[0])
	}

	return err
}

// noTable says so, and which table may be meant.
func noTable(ctx context.Context, worker *state.Client, name string) error {
	tables, err := worker.Tables(ctx)
	if err != nil {
		return err
	}
	return UsageError("there is no table %q: %s", name, meant(name, tables))
}

func printTables(ctx context.Context, w io.Writer, worker *state.Client) error {
	tables, err := worker.Tables(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, strings.Join(tables, "\n"))
	return err
}

// printRows prints a row a line, as many as --limit says.
func printRows(ctx context.Context, cmd *cli.Command, worker *state.Client, table string) error {
	w, n := cmd.Root().Writer, 0
	for row, err := range worker.Rows(ctx, table, exact.Argument(cmd.String("prefix"))) {
		if err != nil {
			return err
		}

		if n > 0 && n == cmd.Int("limit") {
			return more(cmd)
		}

		if _, err := fmt.Fprintf(w, "%s  %s\n", Escape(row.Key), Escape(string(row.Value))); err != nil {
			return err
		}
		n++
	}

	return nil
}

func printRow(ctx context.Context, w io.Writer, worker *state.Client, table, key string) error {
	var value json.RawMessage

	at, err := worker.Row(ctx, table, key, &value)
	if err != nil {
		return err
	}

	if value == nil {
		return fmt.Errorf("%s has no row %q", table, key)
	}

	var pretty bytes.Buffer
	if err := json.Indent(&pretty, value, "", "  "); err != nil {
		return err
	}

	for line := range strings.Lines(strings.TrimSpace(pretty.String())) {
		fmt.Fprintln(w, Escape(strings.TrimSuffix(line, "\n")))
	}

	asOf := "an unknown time"
	if !at.AsOf.IsZero() {
		asOf = at.AsOf.Format(time.RFC3339Nano)
	}
	_, err = fmt.Fprintf(w, "version %d, as of %s\n", at.Version, asOf)

	return err
}
