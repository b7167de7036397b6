package verb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/topology"
)

// DeadLetters is the verb that prints the records that could not be processed.
func DeadLetters(p Program) *cli.Command {
	return &cli.Command{
		Name:  "dead-letters",
		Usage: "print the records that could not be processed, and why",
		Description: "A record that can't be decoded, fails a check, or makes a step panic stops no\n" +
			"worker: it goes to the topic TOPOLOGY.dead-letters, as it came. Once its cause is\n" +
			"mended, send it again: `dead-letters list --json` prints lines that `send TOPIC`\n" +
			"takes.",
		Commands: []*cli.Command{p.listDeadLetters(), p.showDeadLetter()},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if name := cmd.Args().First(); name != "" {
				return UsageError("dead-letters: there is no %q: there are list and show", name)
			}
			return cli.ShowSubcommandHelp(cmd)
		},
	}
}

func (p Program) listDeadLetters() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "print a dead letter a line: time, topic/partition/offset, key and reason",
		Flags: append(ClientFlags(), p.topologyFlag("all"), sinceFlag(),
			&cli.IntFlag{
				Name:    "limit",
				Aliases: []string{"n"},
				Value:   20,
				Usage:   "print the newest `N`; 0 is all",
			},
			&cli.BoolFlag{Name: "json", Usage: "print each one whole, as a line of JSON"},
		),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			if _, err := Arguments(cmd, 0, 0); err != nil {
				return err
			}

			letters, err := p.deadLetters(ctx, cmd)
			if err != nil {
				return err
			}

			if n := cmd.Int("limit"); n > 0 && n < len(letters) {
				fmt.Fprintf(cmd.Root().ErrWriter, "the newest %d of %d: -n 0 prints all\n", n, len(letters))
				letters = letters[len(letters)-n:]
			}

			if len(letters) == 0 {
				fmt.Fprintln(cmd.Root().ErrWriter, "no dead letters")
			}

			return printLetters(cmd, letters, letter.row)
		}),
	}
}

func (p Program) showDeadLetter() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "print one dead letter whole: the record as it came, and why it could not be processed",
		ArgsUsage: "TOPIC/PARTITION/OFFSET",
		Description: "The argument is where the record came from, as list prints it. A record that several\n" +
			"stages could not process is printed once for each.",
		Flags: append(ClientFlags(), p.topologyFlag("all"), sinceFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print it as a line of JSON"},
		),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			args, err := Arguments(cmd, 1, 1, "TOPIC/PARTITION/OFFSET")
			if err != nil {
				return err
			}

			letters, err := p.deadLetters(ctx, cmd)
			if err != nil {
				return err
			}

			letters = slices.DeleteFunc(letters, func(l letter) bool { return l.from() != args[0] })
			if len(letters) == 0 {
				return fmt.Errorf("there is no dead letter of %s: `%s dead-letters list` prints those that there are",
					args[0], p.Name)
			}

			return printLetters(cmd, letters, letter.whole)
		}),
	}
}

// A letter is a dead letter. Its JSON is a contract: names are added, never changed. The line in it is the
// record as it came, so that send takes it again.
type letter struct {
	line
	Stage    string `json:"stage"`              // the consumer group
	Operator string `json:"operator,omitempty"` // that was asked, if one was
	Reason   string `json:"reason"`
	SHA256   string `json:"sha256,omitempty"` // of a value that was cut
	At       string `json:"at"`               // topic/partition/offset of the dead letter itself
}

// letterOf reads a record of a dead-letter topic. What is missing from its headers is left empty.
func letterOf(r topology.Record) letter {
	h := maps.Clone(r.Headers)
	take := func(name string) string {
		v := h[name]
		delete(h, name)
		return v
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(take(name), 10, 64)
		return n
	}

	l := letter{line: toLine(r), At: fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)}
	l.Topic = take("deadletter-topic")
	l.Partition = int32(number("deadletter-partition"))
	l.Offset = number("deadletter-offset")
	l.Stage = take("deadletter-stage")
	l.Operator = take("deadletter-operator")
	l.Reason = take("deadletter-error")
	l.Size = number("deadletter-size")
	l.SHA256 = take("deadletter-sha256")
	l.Headers = h

	return l
}

// deadLetters returns those of the topologies, in the order of their records' times.
func (p Program) deadLetters(ctx context.Context, cmd *cli.Command) (letters []letter, err error) {
	from, err := since(cmd)
	if err != nil {
		return nil, err
	}

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
		if err := hasTopic(client, c.DeadLetters); err != nil {
			return nil, err
		}

		for r, err := range client.Follow(ctx, c.DeadLetters, allSoFar) {
			if err != nil {
				return nil, err
			}

			if !r.Time.Before(from) {
				letters = append(letters, letterOf(r))
			}
		}
	}
	slices.SortStableFunc(letters, func(a, b letter) int { return a.Time.Compare(b.Time) })

	return letters, ctx.Err()
}

func printLetters(cmd *cli.Command, letters []letter, text func(letter, io.Writer)) error {
	w := cmd.Root().Writer
	for i, l := range letters {
		switch {
		case cmd.Bool("json"):
			if err := json.NewEncoder(w).Encode(l); err != nil {
				return err
			}
		default:
			if i > 0 && cmd.Name == "show" {
				fmt.Fprintln(w)
			}
			text(l, w)
		}
	}

	return nil
}

// from names the record.
func (l letter) from() string { return fmt.Sprintf("%s/%d/%d", l.Topic, l.Partition, l.Offset) }

// row prints a line.
func (l letter) row(w io.Writer) {
	reason, _, _ := strings.Cut(l.Reason, "\n")
	fmt.Fprintf(w, "%s  %s  %s  %s\n",
		l.Time.Local().Format(time.DateTime), escape(l.from()), escape(l.Key), escape(reason))
}

// whole prints all that is known.
func (l letter) whole(w io.Writer) {
	say := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-11s%s\n", escape(name), escape(text))
		}
	}
	say("record", l.from())
	say("key", l.Key)
	say("time", l.Time.Local().Format(time.RFC3339Nano))
	say("stage", l.Stage)
	say("operator", l.Operator)
	say("reason", l.Reason)
	say("at", l.At)

	for _, name := range slices.Sorted(maps.Keys(l.Headers)) {
		say("header", name+": "+l.Headers[name])
	}

	switch {
	case l.Tombstone:
		say("value", "(deleted)")
	case l.Bytes != nil:
		say("value", string(*l.Bytes))
	default:
		say("value", string(l.Value))
	}

	if l.Size > 0 {
		say("", fmt.Sprintf("… of %d bytes in all, sha256 %s", l.Size, l.SHA256))
	}
}
