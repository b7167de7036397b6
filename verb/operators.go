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

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// Operators is the verb that shows and sets the modes of operators, and what their candidates do.
func Operators(p Program) *cli.Command {
	return withVerbs("operators", "pause operators, have rules or candidates decide, and resume",
		"All workers of the topology obey within a second, those that start later, too.\n"+
			"Calls under way go on. A worker that is cut off from the brokers begins no more\n"+
			"calls after half of its session time-out.\n\n"+
			"A candidate is another prompt or model for an operator, which the topology declares\n"+
			"(package rollout). What it does outlasts a pause.",
		p.listOperators(),
		p.setMode("pause", processors.Paused, "ask no more: what comes waits",
			"Events wait until the operator is resumed. One whose deadline passes is given up then."),
		p.setMode("rules-only", processors.RulesOnly, "ask no more: what comes is given up",
			"What the operator does when it gives up decides: rules, or a person. So it does for\n"+
				"those that wait."),
		p.setMode("resume", processors.Asking, "ask again",
			"Events that wait are asked about first, in their order."),
		p.setCandidate("shadow", processors.Shadow, 1, "ask a candidate beside the operator, on record only",
			"Nothing waits for it, and its answers take no effect. While it decides itself, the\n"+
				"operator is asked beside it. A --share of 0 ends that."),
		p.setCandidate("canary", processors.Canary, 0, "have a candidate decide for a share of the keys",
			"These are always the same keys, and a larger share has those of a smaller one."),
		p.promote(),
		p.rollBack(),
		p.printAgreement(),
	)
}

func (p Program) listOperators() *cli.Command {
	get := func(ctx context.Context, cmd *cli.Command) ([]operatorMode, error) {
		if _, err := Arguments(cmd, 0, 0); err != nil {
			return nil, err
		}
		return p.operators(ctx, cmd)
	}

	return lister(cli.Command{
		Name:  "list",
		Usage: "print the mode of each operator, since when, and why",
		Flags: append(ClientFlags(), p.topologyFlag("all"),
			&cli.BoolFlag{Name: "json", Usage: "print each one as a line of JSON"},
		),
	}, "no operators", get, printOperators)
}

// setMode is a verb that sets operators to a mode.
func (p Program) setMode(name string, mode processors.Mode, usage, description string) *cli.Command {
	return &cli.Command{
		Name:        name,
		Usage:       usage,
		ArgsUsage:   "OPERATOR ...",
		Description: description,
		Flags: append(ClientFlags(), p.topologyFlag("all"),
			whyFlag(),
			&cli.BoolFlag{Name: "all", Usage: "all operators"},
		),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			names := cmd.Args().Slice()
			if len(names) == 0 && !cmd.Bool("all") {
				return UsageError("%s: say which: OPERATOR or --all", cmd.Name)
			}
			return p.setOperators(ctx, cmd, names, processors.OperatorMode{Mode: mode})
		}),
	}
}

// setCandidate is a verb that has a candidate do something for a share of the keys. A share of 0 by default
// has to be given.
func (p Program) setCandidate(name string, mode processors.Mode, share float64, usage, description string,
) *cli.Command {
	c := p.candidateVerb(name, usage, description, func(cmd *cli.Command) processors.OperatorMode {
		return processors.OperatorMode{Mode: mode, Share: cmd.Float("share")}
	})
	c.Flags = append(c.Flags, &cli.FloatFlag{
		Name:     "share",
		Value:    share,
		Required: share == 0,
		Usage:    "`PART` of the keys, from 0 to 1",
	})

	return c
}

func (p Program) promote() *cli.Command {
	return p.candidateVerb("promote", "have a candidate decide for all keys",
		"So it stays, over restarts, until it is rolled back. Once all is well, make it the\n"+
			"operator in the program, and roll back.",
		func(*cli.Command) processors.OperatorMode {
			return processors.OperatorMode{Mode: processors.Canary, Share: 1}
		})
}

// candidateVerb is a verb for a candidate of an operator, which sets what mode returns.
func (p Program) candidateVerb(
	name, usage, description string, mode func(*cli.Command) processors.OperatorMode,
) *cli.Command {
	return &cli.Command{
		Name:        name,
		Usage:       usage,
		ArgsUsage:   "OPERATOR CANDIDATE",
		Description: description,
		Flags:       append(ClientFlags(), p.topologyFlag("all"), whyFlag()),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			args, err := Arguments(cmd, 2, 2, "OPERATOR", "CANDIDATE")
			if err != nil {
				return err
			}

			m := mode(cmd)
			m.Candidate = args[1]
			if !(m.Share >= 0 && m.Share <= 1) {
				return UsageError("--share: %v is not from 0 to 1", m.Share)
			}

			return p.setOperators(ctx, cmd, args[:1], m)
		}),
	}
}

func (p Program) rollBack() *cli.Command {
	return &cli.Command{
		Name:        "roll-back",
		Usage:       "have the operator itself decide for all keys",
		ArgsUsage:   "OPERATOR",
		Description: "It ends a canary, and what was promoted. A shadow goes on.",
		Flags:       append(ClientFlags(), p.topologyFlag("all"), whyFlag()),
		Action: stoppable(func(ctx context.Context, cmd *cli.Command) error {
			args, err := Arguments(cmd, 1, 1, "OPERATOR")
			if err != nil {
				return err
			}
			return p.setOperators(ctx, cmd, args, processors.OperatorMode{Mode: processors.Canary})
		}),
	}
}

func whyFlag() cli.Flag {
	return &cli.StringFlag{Name: "why", Usage: "`TEXT` for those who come to look"}
}

// setOperators sets something of the operators that are named, or of --all.
func (p Program) setOperators(
	ctx context.Context, cmd *cli.Command, names []string, m processors.OperatorMode,
) (err error) {
	all, err := p.operators(ctx, cmd)
	if err != nil {
		return err
	}

	these, err := chosen(all, names, cmd.Bool("all"))
	if err != nil {
		return err
	}

	m.Why, m.Since = cmd.String("why"), time.Now()
	for _, o := range these {
		if err := o.checkCandidate(m.Candidate); err != nil {
			return err
		}
	}

	client, err := p.Dial(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	for i := range these {
		o := &these[i]
		m.Operator = o.Operator
		if err := client.SetOperator(ctx, o.Topology, m); err != nil {
			return err
		}
		o.set(m)
	}

	return printOperators(cmd.Root().Writer, these)
}

// An operatorMode is an operator of a topology, and its mode, or what a candidate of it does.
type operatorMode struct {
	Topology  string          `json:"topology"`
	Operator  string          `json:"operator"`
	Mode      processors.Mode `json:"mode"`
	Candidate string          `json:"candidate,omitempty"`
	Share     float64         `json:"share,omitempty"` // of the keys
	Since     time.Time       `json:"since,omitzero"`  // zero: it was never set
	Why       string          `json:"why,omitempty"`

	candidates []string // that the operator has
	unknown    bool     // its candidates are not known
}

func (o *operatorMode) set(m processors.OperatorMode) {
	o.Mode, o.Candidate, o.Share, o.Since, o.Why = m.Mode, m.Candidate, m.Share, m.Since, m.Why
}

// isOfCandidate reports whether this is what a candidate does, beside the mode of the operator.
func (o operatorMode) isOfCandidate() bool {
	return o.Mode == processors.Canary || o.Mode == processors.Shadow
}

// checkCandidate returns why the operator has no candidate of that name; "" is the operator itself.
func (o operatorMode) checkCandidate(name string) error {
	switch {
	case name == "" || o.unknown || slices.Contains(o.candidates, name):
		return nil
	case len(o.candidates) == 0:
		return UsageError("operator %q has no candidates: see package rollout", o.Operator)
	}
	return UsageError("operator %q has no candidate %q: %s", o.Operator, name, meant(name, o.candidates))
}

// modeText is the mode in words.
func (o operatorMode) modeText() string {
	share := fmt.Sprintf(", %.3g %% of the keys", 100*o.Share)
	if o.Share == 1 {
		share = ""
	}

	switch {
	case o.Mode == processors.Canary && o.Share == 0:
		return "rolled back"
	case o.Mode == processors.Canary && o.Share == 1:
		return "promoted " + o.Candidate
	case o.Mode == processors.Shadow && o.Share == 0:
		return "no shadow"
	case o.isOfCandidate():
		return string(o.Mode) + " " + o.Candidate + share
	}

	return string(o.Mode)
}

// chosen returns the operators that are named.
func chosen(all []operatorMode, names []string, every bool) (these []operatorMode, err error) {
	all = slices.DeleteFunc(slices.Clone(all), operatorMode.isOfCandidate)
	if every {
		return all, nil
	}

	var known []string
	for _, o := range all {
		known = append(known, o.Operator)
	}

	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, UsageError("there is no operator %q: %s", name, meant(name, known))
		}
	}

	for _, o := range all {
		if slices.Contains(names, o.Operator) {
			these = append(these, o)
		}
	}

	return these, nil
}

// operators returns those of the topologies, with their modes.
func (p Program) operators(ctx context.Context, cmd *cli.Command) (all []operatorMode, err error) {
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
		of, err := operatorsOf(ctx, client, c)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}

	return all, nil
}

// asksOf are the operators that a topology declares.
func asksOf(c topology.Chart) (all []operatorMode) {
	asks := map[string]bool{}
	for _, s := range c.Stages {
		for _, name := range s.Asks {
			if !asks[name] {
				asks[name] = true
				all = append(all, operatorMode{
					Topology:   c.Name,
					Operator:   name,
					Mode:       processors.Asking,
					candidates: s.Candidates[name],
				})
			}
		}
	}
	return all
}

// operatorsOf are those of a topology. Of one of which only the name is known, they are those that have a
// mode.
func operatorsOf(ctx context.Context, client *processors.Client, c topology.Chart) (
	all []operatorMode, err error,
) {
	all = asksOf(c)
	if len(all) == 0 && len(c.Stages) > 0 {
		return nil, nil
	}

	modes, err := client.Modes(ctx, c.Name)
	for _, m := range modes {
		i := slices.IndexFunc(all, func(o operatorMode) bool { return o.Operator == m.Operator })
		if i < 0 {
			i = len(all)
			all = append(all, operatorMode{Topology: c.Name, Operator: m.Operator, Mode: processors.Asking,
				unknown: true})
		}

		set := operatorMode{Topology: c.Name, Operator: m.Operator}
		set.set(m)
		if set.isOfCandidate() {
			all = append(all, set)
		} else {
			all[i].set(m)
		}
	}
	slices.SortStableFunc(all, func(a, b operatorMode) int { return strings.Compare(a.Operator, b.Operator) })

	return all, err
}

func printOperators(out io.Writer, all []operatorMode) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, o := range all {
		since := ""
		if !o.Since.IsZero() {
			since = "since " + o.Since.Local().Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n",
			Escape(o.Topology), Escape(o.Operator), Escape(o.modeText()), since, Escape(o.Why))
	}

	return w.Flush()
}
