package verb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/processors"
)

// DeadLetters is the verb that prints the records that could not be processed.
func DeadLetters(p Program) *cli.Command {
	return withVerbs("dead-letters", "print the records that could not be processed, and why",
		"A record that can't be decoded, fails a check, or makes a step panic stops no\n"+
			"worker: it goes to the topic TOPOLOGY.dead-letters, as it came. Once its cause is\n"+
			"mended, `dead-letters redrive` has it processed again, once. To change it first:\n"+
			"`dead-letters list --json` prints lines that `send TOPIC` takes; then\n"+
			"`dead-letters dismiss` puts the letter away.",
		p.listDeadLetters(), p.showDeadLetter(), p.redriveDeadLetters(), p.dismissDeadLetters())
}

func (p Program) listDeadLetters() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "print a dead letter a line: when it failed, topic/partition/offset, key and reason",
		Flags: append(ClientFlags(), p.topologyFlag("all"), sinceFlag("first failed"),
			&cli.IntFlag{
				Name:    "limit",
				Aliases: []string{"n"},
				Value:   20,
				Usage:   "print the newest `N`; 0 is all",
			},
			reasonFlag(),
			&cli.BoolFlag{
				Name:    "done",
				Aliases: []string{"redriven"},
				Usage:   "print also those that were redriven or dismissed",
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

			if !cmd.Bool("done") {
				letters = slices.DeleteFunc(letters, letter.isDone)
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
		Flags: append(ClientFlags(), p.topologyFlag("all"), sinceFlag("first failed"),
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

			if letters = of(letters, args[0]); len(letters) == 0 {
				return p.noLetter(args[0])
			}

			return printLetters(cmd, letters, letter.whole)
		}),
	}
}

func (p Program) redriveDeadLetters() *cli.Command {
	return &cli.Command{
		Name:      "redrive",
		Usage:     "have dead letters processed again, once their cause is mended",
		ArgsUsage: "[TOPIC/PARTITION/OFFSET ...]",
		Description: "The arguments are where the records came from, as list prints it; --reason or --all\n" +
			"is for many. Each letter is processed again once, by the stage that could not, however\n" +
			"often the command is run: as the record that it was, with the ids that it would have\n" +
			"had, after the later events of its key. An event that waited for an operator waits\n" +
			"again, without a deadline. One that fails again is another dead letter.",
		Flags: append(p.selectionFlags(),
			&cli.BoolFlag{Name: "all", Usage: "redrive all that were neither redriven nor dismissed"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print those that would be redriven, and do nothing"},
		),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			return p.endLetters(ctx, cmd, "redriven", (*processors.Client).Redrive)
		}),
	}
}

func (p Program) dismissDeadLetters() *cli.Command {
	return &cli.Command{
		Name:      "dismiss",
		Usage:     "put dead letters away that were mended otherwise, so that they are not redriven",
		ArgsUsage: "[TOPIC/PARTITION/OFFSET ...]",
		Description: "The arguments are as those of redrive. A letter that was dismissed can't be\n" +
			"redriven any more, and one that was redriven can't be dismissed. Nothing is deleted:\n" +
			"`dead-letters list --done` prints it, with the text of --why.",
		Flags: append(p.selectionFlags(),
			&cli.BoolFlag{Name: "all", Usage: "dismiss all that were neither redriven nor dismissed"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print those that would be dismissed, and do nothing"},
			&cli.StringFlag{Name: "why", Usage: "`TEXT` to be kept with the letters"},
		),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			dismiss := func(k *processors.Client, ctx context.Context, topology string,
				letters ...processors.DeadLetter) (int, error) {
				return k.Dismiss(ctx, topology, cmd.String("why"), letters...)
			}
			return p.endLetters(ctx, cmd, "dismissed", dismiss)
		}),
	}
}

// An endingOfLetters is Client.Redrive, or Dismiss.
type endingOfLetters func(*processors.Client, context.Context, string, ...processors.DeadLetter) (int, error)

// endLetters ends the letters that the command line selects. done is what they are then.
func (p Program) endLetters(ctx context.Context, cmd *cli.Command, done string, end endingOfLetters) error {
	these, err := p.selected(ctx, cmd)
	if err != nil {
		return err
	}

	selected := len(these)
	these = slices.DeleteFunc(these, letter.isDone)
	if n := selected - len(these); n > 0 && cmd.Args().Present() {
		fmt.Fprintf(cmd.Root().ErrWriter, "%d of %d were redriven or dismissed before: "+
			"`%s dead-letters list --done` prints them\n", n, selected, p.Name)
	}

	if cmd.Bool("dry-run") {
		return printLetters(cmd, these, letter.row)
	}

	return p.endThese(ctx, cmd, these, done, end)
}

// selected returns the letters that the command line selects, those that are done among them.
func (p Program) selected(ctx context.Context, cmd *cli.Command) (these []letter, err error) {
	args := cmd.Args().Slice()
	if len(args) == 0 && cmd.String("reason") == "" && !cmd.Bool("all") {
		return nil, UsageError("%s: say which: TOPIC/PARTITION/OFFSET, --reason or --all", cmd.Name)
	}

	letters, err := p.deadLetters(ctx, cmd)
	if err != nil {
		return nil, err
	}

	for _, arg := range args {
		found := of(letters, arg)
		if len(found) == 0 {
			return nil, p.noLetter(arg)
		}
		these = append(these, found...)
	}

	if len(args) == 0 {
		these = letters
	}

	return these, nil
}

// endThese ends letters, those of each topology together.
func (p Program) endThese(
	ctx context.Context, cmd *cli.Command, these []letter, done string, end endingOfLetters,
) (err error) {
	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	by := map[string][]processors.DeadLetter{}
	for _, l := range these {
		by[l.topology] = append(by[l.topology], l.dead)
	}

	total := 0
	for _, name := range slices.Sorted(maps.Keys(by)) {
		n, e := end(client, ctx, name, by[name]...)
		total += n
		err = errors.Join(err, e)
	}
	fmt.Fprintf(cmd.Root().Writer, "%d %s\n", total, done)

	return err
}

// selectionFlags are those of a verb that ends letters.
func (p Program) selectionFlags() []cli.Flag {
	return append(ClientFlags(), p.topologyFlag("all"), sinceFlag("first failed"), reasonFlag())
}

func reasonFlag() cli.Flag {
	return &cli.StringFlag{Name: "reason", Usage: "only those whose reason contains `TEXT`"}
}

// of returns the dead letters of a record.
func of(letters []letter, record string) (found []letter) {
	for _, l := range letters {
		if l.from() == record {
			found = append(found, l)
		}
	}
	return found
}

func (p Program) noLetter(record string) error {
	return fmt.Errorf("there is no dead letter of %s: `%s dead-letters list` prints those that there are",
		record, p.Name)
}

// A letter is a dead letter. Its JSON is a contract: names are added, never changed. The line in it is the
// record as it came, so that send takes it again.
type letter struct {
	line
	Stage    string    `json:"stage"`              // the consumer group
	Operator string    `json:"operator,omitempty"` // that was asked, if one was
	Step     string    `json:"step,omitempty"`     // that failed, if one did
	Reason   string    `json:"reason"`
	Stack    string    `json:"stack,omitempty"`  // of a panic
	Failed   time.Time `json:"failed,omitzero"`  // when it became a dead letter
	SHA256   string    `json:"sha256,omitempty"` // of a value that was cut
	At       string    `json:"at"`               // topic/partition/offset of the dead letter itself
	Redriven bool      `json:"redriven,omitempty"`

	Dismissed bool   `json:"dismissed,omitempty"`
	Why       string `json:"why,omitempty"` // it was dismissed

	topology string
	dead     processors.DeadLetter
}

func letterOf(topology string, d processors.DeadLetter) letter {
	l := letter{
		line:     toLine(d.Record),
		Stage:    d.Stage,
		Operator: d.Operator,
		Step:     d.Step,
		Reason:   d.Reason,
		Stack:    d.Stack,
		Failed:   d.Failed,
		SHA256:   d.SHA256,
		At:       fmt.Sprintf("%s/%d/%d", d.Letter.Topic, d.Letter.Partition, d.Letter.Offset),
		Redriven: d.Redriven,

		Dismissed: d.Dismissed,
		Why:       d.Why,

		topology: topology,
		dead:     d,
	}
	l.Size = d.Size

	return l
}

// deadLetters returns those of the topologies, in the order in which they failed.
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

		for d, err := range client.DeadLetters(ctx, c.Name) {
			if err != nil {
				return nil, err
			}

			l := letterOf(c.Name, d)
			if !l.failed().Before(from) && strings.Contains(d.Reason, cmd.String("reason")) {
				letters = append(letters, l)
			}
		}
	}
	slices.SortStableFunc(letters, func(a, b letter) int { return a.failed().Compare(b.failed()) })

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

func (l letter) isDone() bool { return l.Redriven || l.Dismissed }

// end says what became of the letter; "": nothing yet.
func (l letter) end() string {
	switch {
	case l.Redriven:
		return "redriven"
	case l.Dismissed && l.Why != "":
		return "dismissed: " + l.Why
	case l.Dismissed:
		return "dismissed"
	}
	return ""
}

// from names the record.
func (l letter) from() string { return fmt.Sprintf("%s/%d/%d", l.Topic, l.Partition, l.Offset) }

// row prints a line.
func (l letter) row(w io.Writer) {
	reason, _, _ := strings.Cut(l.Reason, "\n")
	fmt.Fprintf(w, "failed %s  %s  %s  %s",
		l.failed().Local().Format(time.DateTime), Escape(l.from()), keyText(string(l.Key)), Escape(reason))

	if end := l.end(); end != "" {
		fmt.Fprintf(w, "  (%s)", Escape(end))
	}
	fmt.Fprintln(w)
}

// failed is when it became a dead letter. Letters of an earlier version don't say.
func (l letter) failed() time.Time {
	if l.Failed.IsZero() {
		return l.dead.Letter.Time
	}
	return l.Failed
}

// whole prints all that is known.
func (l letter) whole(w io.Writer) {
	say := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-11s%s\n", Escape(name), Escape(text))
		}
	}
	say("record", l.from())
	fmt.Fprintf(w, "%-11s%s\n", "key", keyText(string(l.Key)))
	say("time", l.Time.Local().Format(time.RFC3339Nano))
	say("stage", l.Stage)
	say("operator", l.Operator)
	say("step", l.Step)
	say("reason", l.Reason)
	if !l.Failed.IsZero() {
		say("failed", l.Failed.Local().Format(time.RFC3339Nano))
	}
	say("at", l.At)
	say("done", l.end())

	for _, name := range slices.Sorted(maps.Keys(l.Headers)) {
		say("header", name+": "+l.Headers[name])
	}

	fmt.Fprintf(w, "%-11s%s\n", "value", valueText(l.dead.Value))

	for line := range strings.Lines(l.Stack) {
		say("stack", strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), "\n"))
	}

	if l.Size > 0 {
		say("", fmt.Sprintf("… of %d bytes in all, sha256 %s", l.Size, l.SHA256))
	}
}
