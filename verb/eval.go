package verb

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/journal/replay"
	"github.com/slipstream-go/slipstream/topology"
)

// StatusBelow is the exit status of eval if a share is below --at-least.
const StatusBelow = 3

// Eval is the verb that asks an operator and its candidates about cases whose answers are known.
func Eval(p Program) *cli.Command {
	flags := p.flags()
	if p.ReplayFlags != nil {
		flags = append(flags, p.ReplayFlags()...)
	}

	return &cli.Command{
		Name:      "eval",
		Usage:     "ask an operator and its candidates about known cases, and compare",
		ArgsUsage: "[OPERATOR]",
		Description: "The cases are those on record, of which it is known what was decided, or those of a\n" +
			"file of JSON Lines: {\"case\": …, \"want\": …}, where want has the fields of an answer\n" +
			"that matter. Each is asked of the operator and of its candidates (package rollout).\n" +
			"Nothing is written to any topic. With --at-least, a share below it ends the command\n" +
			"with the status 3.",
		Flags: append(append(ClientFlags(), flags...),
			p.topologyFlag("the first that has the operator"),
			&cli.StringFlag{Name: "cases", Usage: "`FILE` with labelled cases. Defaults to those on record"},
			&cli.StringSliceFlag{
				Name: "candidate",
				Usage: "`NAME` of one that is asked: a candidate, or the operator itself. May be repeated. " +
					"Defaults to all",
			},
			fieldsFlag(),
			sinceFlag("first case was decided"),
			&cli.IntFlag{
				Name:    "limit",
				Aliases: []string{"n"},
				Usage: "ask about at most `N` cases: the newest on record, or the first of the file. " +
					"Defaults to all",
				HideDefault: true,
			},
			&cli.FloatFlag{
				Name:        "at-least",
				Usage:       "`SHARE` that each must have right, such as 0.9. Defaults to any",
				HideDefault: true,
			},
			&cli.StringFlag{Name: "out", Usage: "`FILE` for the figures: .json or .csv"},
		),
		Action: stoppable(p.eval),
	}
}

// An evalCase is one case, with what is known of its answer.
type evalCase struct {
	name  string
	ask   func(ctx context.Context, t *topology.Topology, candidate string) (replay.Outcome, error)
	right func(answer []byte) bool
}

// A result is how one of those who were asked has done.
type result struct {
	Topology string `json:"topology"`
	Operator string `json:"operator"`
	Asked    string `json:"asked"`   // a candidate, or the operator itself
	Measure  string `json:"measure"` // agreement with what was decided, or accuracy by labels
	Missing  int    `json:"missing"` // cases that could not be asked
	tally
}

const (
	agreement = "agreement"
	accuracy  = "accuracy"
)

func (p Program) eval(ctx context.Context, cmd *cli.Command) (err error) {
	args, err := Arguments(cmd, 0, 1)
	if err != nil {
		return err
	}

	o, err := p.evaluated(cmd, args)
	if err != nil {
		return err
	}

	if least := cmd.Float("at-least"); !(least >= 0 && least <= 1) {
		return UsageError("--at-least: %v is not from 0 to 1", least)
	}

	if out := cmd.String("out"); out != "" && !slices.Contains([]string{".json", ".csv"}, filepath.Ext(out)) {
		return UsageError("--out: %s ends neither with .json nor with .csv", out)
	}

	measure, cases, err := p.evalCases(ctx, cmd, o)
	if err != nil {
		return err
	}

	b, err := p.Built(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()

	t := named(b.Topologies, o.Topology)
	if t == nil {
		return fmt.Errorf("the program has built no topology %s", o.Topology)
	}

	var results []*result
	for _, name := range o.candidates {
		r := &result{Topology: o.Topology, Operator: o.Operator, Asked: name, Measure: measure}
		if err := r.ask(ctx, t, cases, progress(cmd.Root().ErrWriter, name, len(cases))); err != nil {
			return err
		}
		results = append(results, r)
	}

	if err := printResults(cmd.Root().Writer, results); err != nil {
		return err
	}

	if err := writeResults(cmd.String("out"), results); err != nil {
		return err
	}

	return atLeast(cmd.Float("at-least"), results)
}

// evaluated returns the operator, with those who are to be asked: the operator itself by its own name.
func (p Program) evaluated(cmd *cli.Command, args []string) (o operatorMode, err error) {
	var all []operatorMode
	for _, t := range p.Topologies {
		if name := cmd.String("topology"); name != "" && name != t.Name() {
			continue
		}

		chart, err := t.Chart()
		if err != nil {
			return o, err
		}
		all = append(all, asksOf(chart)...)
	}

	var names []string
	for _, o := range all {
		names = append(names, o.Operator)
	}

	switch {
	case len(all) == 0:
		return o, UsageError("eval: no topology asks an operator, or --topology names none that does")
	case len(args) == 0 && len(all) > 1:
		return o, UsageError("eval: say which OPERATOR: %s", list(names, "or"))
	case len(args) == 0:
		o = all[0]
	default:
		i := slices.Index(names, args[0])
		if i < 0 {
			return o, UsageError("eval: there is no operator %q: %s", args[0], meant(args[0], names))
		}
		o = all[i]
	}

	o.candidates = append([]string{o.Operator}, o.candidates...)
	for _, name := range cmd.StringSlice("candidate") {
		if !slices.Contains(o.candidates, name) {
			return o, UsageError("--candidate: operator %q has no %q: %s", o.Operator, name,
				meant(name, o.candidates))
		}
	}

	if only := cmd.StringSlice("candidate"); len(only) > 0 {
		o.candidates = only
	}

	return o, nil
}

func (p Program) evalCases(
	ctx context.Context, cmd *cli.Command, o operatorMode,
) (measure string, cases []evalCase, err error) {
	if file := cmd.String("cases"); file != "" {
		for _, flag := range []string{"fields", "since"} {
			if cmd.IsSet(flag) {
				return "", nil, UsageError("--%s is for cases on record: leave it out with --cases", flag)
			}
		}

		cases, err = labelled(file, o.Operator)
		if n := cmd.Int("limit"); n > 0 && n < len(cases) {
			cases = cases[:n]
		}
		return accuracy, cases, err
	}

	entries, err := p.onRecord(ctx, cmd, o.Topology, o.Operator)
	if err != nil {
		return agreement, nil, err
	}

	by := yardstick{p.outcome, cmd.StringSlice("fields")}
	for _, e := range entries {
		if e.Outcome != journal.Taken && e.Outcome != journal.Fallback {
			continue // it is not known what would have been right
		}
		cases = append(cases, onRecordCase(e, by))
	}

	if len(cases) == 0 {
		err = errors.New("no answer that took effect is on record since then")
	}

	return agreement, cases, err
}

func onRecordCase(e journal.Entry, by yardstick) evalCase {
	decided := e.Answer
	if e.Instead != nil {
		decided = e.Instead
	}

	return evalCase{
		name: e.ID,
		ask: func(ctx context.Context, t *topology.Topology, candidate string) (replay.Outcome, error) {
			return replay.AgainBy(ctx, t, e, candidate)
		},
		right: func(answer []byte) bool { return by.same(e.Operator, decided, answer) },
	}
}

// labelled reads the cases of a file.
func labelled(file, operator string) (cases []evalCase, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, UsageError("--cases: %v", err)
	}

	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, len(b)+1)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}

		var l struct {
			Case json.RawMessage `json:"case"`
			Want json.RawMessage `json:"want"`
		}
		if err := json.Unmarshal(line, &l); err != nil || l.Case == nil || l.Want == nil {
			return nil, UsageError("--cases: %s:%d: a line has to be {\"case\": …, \"want\": …}", file, n)
		}

		var want any
		_ = json.Unmarshal(l.Want, &want) // it is JSON, as a part of the line
		asked := slices.Clone(l.Case)
		cases = append(cases, evalCase{
			name: fmt.Sprintf("%s:%d", file, n),
			ask: func(ctx context.Context, t *topology.Topology, candidate string) (replay.Outcome, error) {
				return replay.Ask(ctx, t, operator, candidate, asked)
			},
			right: func(answer []byte) bool {
				var got any
				return json.Unmarshal(answer, &got) == nil && has(got, want)
			},
		})
	}

	if len(cases) == 0 {
		return nil, UsageError("--cases: %s has no case", file)
	}

	return cases, lines.Err()
}

// has reports whether a value of JSON has all that is wanted of it: fields that are not named may be
// anything.
func has(got, want any) bool {
	wanted, ok := want.(map[string]any)
	if !ok {
		return reflect.DeepEqual(got, want)
	}

	fields, ok := got.(map[string]any)
	for name, w := range wanted {
		g, there := fields[name]
		if !ok || !there || !has(g, w) {
			return false
		}
	}

	return ok
}

// ask asks about all cases.
func (r *result) ask(ctx context.Context, t *topology.Topology, cases []evalCase, tell func(n int)) error {
	candidate := r.Asked
	if candidate == r.Operator {
		candidate = ""
	}

	for i, c := range cases {
		o, err := c.ask(ctx, t, candidate)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, journal.ErrMissing) || errors.Is(o.Err, journal.ErrMissing):
			r.Missing++
		case err != nil && r.Measure == accuracy: // it is no case of the operator
			return fmt.Errorf("%s: %w", c.name, err)
		case err != nil:
			r.Missing++
		default:
			right := o.Err == nil && c.right(o.Answer)
			r.add(right, o.Err != nil, o.Holds != nil, o.Took, o.Notes)
		}
		tell(i + 1)
	}
	r.finish()

	return nil
}

// progress tells every ten seconds how far it is.
func progress(w io.Writer, name string, of int) func(n int) {
	told := time.Now()
	return func(n int) {
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			fmt.Fprintf(w, "%s: %d of %d\n", Escape(name), n, of)
		}
	}
}

func printResults(out io.Writer, results []*result) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	right := "RIGHT"
	if results[0].Measure == agreement {
		right = "AGREE"
	}
	fmt.Fprintf(w, "ASKED\t%s\tSHARE\t95 %%\tFAILED\tINVALID\tMISSING\tTOKENS READ\tWRITTEN\t"+
		"MEDIAN\tP95\n", right)

	for _, r := range results {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%.0f ms\t%.0f ms\n", Escape(r.Asked), r.rightText(),
			r.Failed, r.Invalid, r.Missing, r.TokensIn, r.TokensOut, r.MedianMS, r.P95MS)
	}

	return w.Flush()
}

// writeResults writes the figures to a file, whose name says how.
func writeResults(file string, results []*result) error {
	if file == "" {
		return nil
	}

	var b bytes.Buffer
	if filepath.Ext(file) == ".json" {
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		if err := e.Encode(results); err != nil {
			return err
		}
		return os.WriteFile(file, b.Bytes(), 0o644)
	}

	w := csv.NewWriter(&b)
	_ = w.Write([]string{"topology", "operator", "asked", "measure", "cases", "right", "share", "low", "high",
		"failed", "invalid", "missing", "exchanges", "tokens_in", "tokens_out", "median_ms", "p95_ms"})
	for _, r := range results {
		row := []string{r.Topology, r.Operator, r.Asked, r.Measure}
		for _, v := range []float64{float64(r.Cases), float64(r.Right), r.Share, r.Low, r.High,
			float64(r.Failed), float64(r.Invalid), float64(r.Missing), float64(r.Exchanges),
			float64(r.TokensIn), float64(r.TokensOut), r.MedianMS, r.P95MS} {
			row = append(row, strconv.FormatFloat(v, 'g', 6, 64))
		}
		_ = w.Write(row)
	}
	w.Flush()

	return cmp.Or(w.Error(), os.WriteFile(file, b.Bytes(), 0o644))
}

// atLeast returns why the results are not good enough. A share of no cases is not.
func atLeast(least float64, results []*result) error {
	if least == 0 {
		return nil
	}

	var errs []error
	for _, r := range results {
		switch {
		case r.Cases == 0:
			errs = append(errs, fmt.Errorf("%s: of %d cases none could be asked: what they saw is not on "+
				"record", r.Asked, r.Missing))
		case r.Share < least:
			errs = append(errs, fmt.Errorf("%s: the %s of %d of %d is below %.3g",
				r.Asked, r.Measure, r.Right, r.Cases, least))
		}
	}

	if err := errors.Join(errs...); err != nil {
		return Exit(StatusBelow, err)
	}

	return nil
}
