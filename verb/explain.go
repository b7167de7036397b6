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

	"github.com/slipstream-go/slipstream/internal/exact"
	"github.com/slipstream-go/slipstream/journal"
	"github.com/urfave/cli/v3"
)

// Explain is the verb that prints why a decision is what it is.
func Explain(p Program) *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "print why a decision is what it is, from the record of it",
		ArgsUsage: "DECISION | KEY",
		Description: "The rows that were seen with their versions, what the model was told, what its tools\n" +
			"returned, what it said, how its answer was checked, how long it took and what it\n" +
			"cost. DECISION is an id: ce_id in the headers of what was decided, which `tail\n" +
			"decisions --provenance` prints. With a KEY, such as a customer's, all that was\n" +
			"decided for it is listed, and the newest explained.",
		Flags: append(ClientFlags(), p.topologyFlag("all"), sinceFlag("first was made"),
			&cli.BoolFlag{Name: "rows", Usage: "print the rows whole"},
			&cli.BoolFlag{Name: "instructions", Usage: "print also what the model is told each time"},
			&cli.BoolFlag{Name: "json", Usage: "print the records as they are, one line of JSON each"},
		),
		Action: stoppable(p.explain),
	}
}

func (p Program) explain(ctx context.Context, cmd *cli.Command) (err error) {
	args, err := Arguments(cmd, 1, 1, "DECISION or KEY")
	if err != nil {
		return err
	}

	args[0] = exact.Argument(args[0])
	from, err := since(cmd)
	if err != nil {
		return err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	names, err := p.deciders(ctx, cmd, args[0])
	if err != nil {
		return err
	}

	logs, err := readJournals(ctx, client, names, from)
	if err != nil {
		return err
	}

	found := decided(logs, args[0])
	if len(found) == 0 {
		return fmt.Errorf("nothing is on record of %s: it was decided before, or forgotten, or never",
			args[0])
	}

	e := explainer{w: cmd.Root().Writer, rows: cmd.Bool("rows"), instructions: cmd.Bool("instructions")}
	if cmd.Bool("json") {
		return e.json(found)
	}
	last := found[len(found)-1].ID
	e.list(found, last)

	for _, r := range found {
		if r.ID == last {
			e.entry(r)
		}
	}

	return nil
}

// decided are the records of a decision, or of a key; those of one topology are by decision, the oldest
// first. Behind them are those of the answers beside.
func decided(logs []*journal.Log, what string) (found []journal.Entry) {
	id, _, _ := strings.Cut(what, "#")
	for _, l := range logs {
		records, besides := l.Records(), l.Shadows()
		for i, r := range records {
			if r.ID != id && r.Key != what {
				continue
			}
			found = append(found, l.Entry(r))

			if i+1 < len(records) && records[i+1].ID == r.ID {
				continue
			}

			for _, s := range besides {
				if s.ID == r.ID {
					found = append(found, l.Entry(s))
				}
			}
		}
	}

	if len(logs) > 1 {
		slices.SortStableFunc(found, func(a, b journal.Entry) int { return a.Began.Compare(b.Began) })
	}

	return found
}

// An explainer prints records for people.
type explainer struct {
	w                  io.Writer
	rows, instructions bool
}

func (e explainer) json(found []journal.Entry) error {
	for _, r := range found {
		if err := json.NewEncoder(e.w).Encode(r.Record); err != nil {
			return err
		}
	}
	return nil
}

// list names the decisions, if there are others than the one that is explained.
func (e explainer) list(found []journal.Entry, last string) {
	if found[0].ID == last {
		return
	}

	for _, r := range found {
		fmt.Fprintf(e.w, "%s  %-11s  %s\n",
			r.Began.Local().Format(time.DateTime), Escape(string(r.Outcome)),
			Escape(r.OwnKey()))
	}
	fmt.Fprintln(e.w)
}

func (e explainer) entry(r journal.Entry) {
	fmt.Fprintf(e.w, "%s, attempt %d: %s\n", Escape(r.ID), r.Attempt, Escape(string(r.Outcome)))
	by := r.Operator
	if r.By != "" {
		by += ", candidate " + r.By
	}
	e.line("decided by", "%s, for %s", by, r.Key)
	e.line("event", "%s/%d/%d of %s: %s",
		r.Event.Topic, r.Event.Partition, r.Event.Offset, r.Event.Time.Format(time.DateTime), r.Event.Value)

	for _, ref := range r.Rows {
		e.row(r, "saw", ref)
	}

	for _, read := range r.Reads {
		e.read(r, read)
	}

	if r.More > 0 {
		e.line("read", "and %d more", r.More)
	}

	for _, n := range r.Notes {
		e.note(r, n)
	}
	e.answer(r)
	fmt.Fprintln(e.w)
}

func (e explainer) answer(r journal.Entry) {
	if r.Answer != nil {
		e.line("answered", "%s", r.Answer)
	}

	if r.Error != "" {
		e.line("failed", "%s", r.Error)
	}

	switch r.Outcome {
	case journal.Taken:
		e.line("checked", "it held for the rows as they were when it took effect")
	case journal.Shadow:
		e.line("checked", "it was asked for beside the one that took effect")
	case journal.Void:
		e.line("checked", "there was nothing to decide any more")
	default:
		e.line("checked", "%s: %s", r.Outcome, r.Why)
	}

	if r.Instead != nil {
		e.line("instead", "%s", r.Instead)
	}
	e.line("took", "%v, from %s", time.Duration(r.Took)*time.Millisecond,
		r.Began.Local().Format(time.DateTime))

	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		e.line("ce_"+name, "%s", r.Headers[name])
	}
}

func (e explainer) row(r journal.Entry, how string, ref journal.Ref) {
	if !ref.Written() {
		e.line(how, "%s/%s, which was never written", ref.Table(), ref.Key())
		return
	}
	e.line(how, "%s/%s, version %d", ref.Table(), ref.Key(), ref.Version())

	if e.rows {
		b, err := r.Row(ref)
		e.text(string(b), err)
	}
}

func (e explainer) read(r journal.Entry, read journal.Read) {
	if read.Scan == "" {
		e.row(r, "read", read.Ref)
		return
	}
	e.line("read", "%s*, %d rows", read.Scan, read.Rows)

	if !e.rows {
		return
	}

	refs, err := r.Passed(read)
	if err != nil {
		e.text("", err)
	}

	for _, ref := range refs {
		e.row(r, "  passed", ref)
	}
}

// note prints what the operator has noted. What is the same each time is long, and seldom what is asked for.
func (e explainer) note(r journal.Entry, n journal.Note) {
	text, err := r.Text(n)
	if n.Kept != "" && !e.instructions && err == nil {
		e.line(n.Name, "(%d characters, sha256 %s: --instructions prints them)", len(text), n.Kept[:8])
		return
	}

	if n.Cut {
		text += " … (cut)"
	}

	if err == nil && !strings.Contains(text, "\n") {
		e.line(n.Name, "%s", text)
		return
	}
	e.line(n.Name, "")
	e.text(text, err)
}

func (e explainer) line(name, format string, args ...any) {
	line := fmt.Sprintf("  %-14s %s", Escape(name), Escape(fmt.Sprintf(format, args...)))
	fmt.Fprintln(e.w, strings.TrimRight(line, " "))
}

// text prints lines that belong to the one above, or why they are not there.
func (e explainer) text(s string, err error) {
	if err != nil {
		s = err.Error()
	}

	for line := range strings.Lines(s) {
		fmt.Fprintf(e.w, "                 %s\n", Escape(strings.TrimSuffix(line, "\n")))
	}
}
