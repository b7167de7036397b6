package verb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/journal"
)

// A rivalry is how the answers of a candidate compare with those of its operator, where both were asked about
// the same case: one decided, the other was a shadow. Its JSON is a contract: names are added, never changed.
type rivalry struct {
	Topology  string `json:"topology"`
	Operator  string `json:"operator"`
	Candidate string `json:"candidate"`
	tally            // of the candidate

	// OperatorFailed counts the cases to which the operator gave no answer. They are not among Cases.
	OperatorFailed int   `json:"operator_failed"`
	OfOperator     tally `json:"of_operator"` // on the same cases
}

func (p Program) printAgreement() *cli.Command {
	get := func(ctx context.Context, cmd *cli.Command) ([]*rivalry, error) {
		return p.rivalries(ctx, cmd, cmd.Args().Slice())
	}

	return lister(cli.Command{
		Name:      "agreement",
		Usage:     "print how often candidates agreed with their operators, where one was the other's shadow",
		ArgsUsage: "[OPERATOR ...]",
		Description: "It compares answers that are on record, whether the operator decided or the\n" +
			"candidate did. A candidate that gave no answer did not agree. `explain DECISION`\n" +
			"prints both answers to a case.",
		Flags: append(ClientFlags(), p.topologyFlag("all"), sinceFlag("first case was decided"), fieldsFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print each candidate as a line of JSON"},
		),
	}, "no shadow is on record: `operators shadow` has one asked", get, printRivalries)
}

func fieldsFlag() cli.Flag {
	return &cli.StringSliceFlag{
		Name: "fields",
		Usage: "`NAMES` of the fields of an answer on record that must be the same, with commas between. " +
			"Defaults to what replay compares by",
	}
}

// rivalries reads the journals of the topologies.
func (p Program) rivalries(ctx context.Context, cmd *cli.Command, operators []string) (
	all []*rivalry, err error,
) {
	from, err := since(cmd)
	if err != nil {
		return nil, err
	}

	names, err := p.deciders(ctx, cmd, "")
	if err != nil {
		return nil, err
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	logs, err := readJournals(ctx, client, names, from)
	if err != nil {
		return nil, err
	}

	by := yardstick{p.outcome, cmd.StringSlice("fields")}
	for i, l := range logs {
		for _, r := range compareShadows(l, by) {
			if r.Topology = names[i]; len(operators) == 0 || slices.Contains(operators, r.Operator) {
				all = append(all, r)
			}
		}
	}

	return all, nil
}

// compareShadows compares each shadow with the answer that it was asked beside.
func compareShadows(l *journal.Log, by yardstick) (all []*rivalry) {
	decided := map[string]journal.Record{}
	for _, r := range l.Records() {
		decided[journal.RecordKey(r.ID, r.Attempt)] = r
	}

	of := map[[2]string]*rivalry{}
	for _, beside := range l.Shadows() {
		operator, ok := decided[journal.RecordKey(beside.ID, beside.Attempt)]
		if !ok {
			continue // the worker was killed before the answer was there
		}

		if beside.By != "" && operator.By != "" {
			continue // another candidate decided: there is no answer of the operator
		}

		candidate := beside
		if beside.By == "" {
			operator, candidate = beside, operator
		}

		who := [2]string{candidate.Operator, candidate.By}
		if of[who] == nil {
			of[who] = &rivalry{Operator: candidate.Operator, Candidate: candidate.By}
			all = append(all, of[who])
		}
		of[who].compare(operator, candidate, by)
	}

	for _, r := range all {
		r.finish()
		r.OfOperator.finish()
	}
	slices.SortFunc(all, func(a, b *rivalry) int {
		return strings.Compare(a.Operator+"\x00"+a.Candidate, b.Operator+"\x00"+b.Candidate)
	})

	return all
}

func (r *rivalry) compare(operator, candidate journal.Record, by yardstick) {
	if operator.Answer == nil {
		r.OperatorFailed++
		return
	}

	took := func(r journal.Record) time.Duration { return time.Duration(r.Took) * time.Millisecond }
	agree := candidate.Answer != nil && by.same(candidate.Operator, operator.Answer, candidate.Answer)
	r.add(agree, candidate.Answer == nil, false, took(candidate), candidate.Notes)
	r.OfOperator.add(agree, false, false, took(operator), operator.Notes)
}

func printRivalries(out io.Writer, all []*rivalry) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "OPERATOR\tCANDIDATE\tAGREE\tSHARE\t95 %\tFAILED\t"+
		"TOKENS\tOF OPERATOR\tMEDIAN\tOF OPERATOR")
	for _, r := range all {
		o := &r.OfOperator
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%.0f ms\t%.0f ms\n", Escape(r.Operator), Escape(r.Candidate),
			r.rightText(), r.Failed, r.TokensIn+r.TokensOut, o.TokensIn+o.TokensOut, r.MedianMS, o.MedianMS)
	}

	return w.Flush()
}
