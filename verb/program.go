package verb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/topology"
)

// A Program is topologies with the commands to run, feed and question them. Its fields are set once; the
// methods of one value may be called by any goroutine.
type Program struct {
	// Name is what the program is called in its help and in errors. Defaults to the name of its executable.
	Name string

	// Usage is one line on what the program does. Defaults to the names of its topologies.
	Usage string

	// Description is shown below it by `help`. Defaults to none.
	Description string

	// Topologies are what a worker of this program runs. Without any, the program is a tool for the workers
	// of others: it has no verbs that run or replay.
	Topologies []*topology.Topology

	// Build returns what a worker runs, if that takes flags, time or resources: a model that must be found
	// and loaded, a connection that must be closed. run, replay, eval and each further verb that calls
	// [Program.Built] use it; the topologies have the names of those in Topologies. Defaults to Topologies as
	// they are.
	Build func(ctx context.Context, cmd *cli.Command) (Built, error)

	// Flags returns the flags that Build reads. Defaults to none.
	Flags func() []cli.Flag

	// ReplayFlags returns those that it reads for replay and eval alone, such as another prompt. Defaults to
	// none.
	ReplayFlags func() []cli.Flag

	// Line returns a record of a topic as a line for people, and "" for records that it does not know.
	// Defaults to time, key and value.
	Line func(topic, key string, value []byte) string

	// Outcome returns what an operator's answer comes to, in the words of the program's users. replay, eval
	// and `operators agreement` compare by this. A nil answer is that of nobody. Defaults to the answer as
	// JSON.
	Outcome func(operator string, answer []byte) Outcome

	// Verbs are further commands. One with the name of a verb of this package replaces it. Defaults to none.
	Verbs []Verb
}

// A Verb makes one command of a program.
type Verb func(Program) *cli.Command

// Built is what a worker runs, ready to.
type Built struct {
	Topologies []*topology.Topology

	// By is who decides, for people: the name of a model. Defaults to nobody who must be named.
	By string

	// Close releases what was built. Defaults to nothing.
	Close func() error
}

// An Outcome is what an answer comes to.
type Outcome struct {
	Kind string // in one word, to count changes by: "rebooked"
	Same string // two answers agree if theirs are equal
	Text string // for people
	Note string // what was decided about, such as a customer's words; may be empty
}

// Main runs the command line of this process, and exits. The first interrupt or SIGTERM stops it cleanly, the
// second at once.
func (p Program) Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the next signal does what signals do
	os.Exit(p.Run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// Run runs one command line, of which args[0] is the program, and returns the exit status: see [Exit]. A test
// calls it.
func (p Program) Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	if p.Name == "" && len(args) > 0 {
		p.Name = strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	}
	cmd := p.root()
	cmd.Reader, cmd.Writer, cmd.ErrWriter = in, out, errs

	err := cmd.Run(ctx, args)
	if err != nil && !errors.Is(err, ErrStopped) {
		fmt.Fprintf(errs, "%s: %v\n", p.Name, escapeLines(err.Error()))
	}

	return status(err)
}

// Built calls Build, or takes Topologies as they are, and warms up their operators. The caller closes what it
// returns, which always has a Close.
func (p Program) Built(ctx context.Context, cmd *cli.Command) (Built, error) {
	b := Built{Topologies: p.Topologies}
	if p.Build != nil {
		var err error
		if b, err = p.Build(ctx, cmd); err != nil {
			return b, Interrupted(ctx, err)
		}
	}

	if b.Close == nil {
		b.Close = func() error { return nil }
	}

	if err := b.warm(ctx, cmd); err != nil {
		return b, errors.Join(err, b.Close())
	}

	return b, nil
}

// names are those of the topologies.
func (p Program) names() (names []string) {
	for _, t := range p.Topologies {
		names = append(names, t.Name())
	}
	return names
}

// verbs are those that every program has; those that need topologies come with these.
func (p Program) verbs() []Verb {
	if p.isTool() {
		return []Verb{Describe, Send, Query, Tail, Waiting, Explain, DeadLetters, Operators, Budget,
			Version}
	}
	return []Verb{
		Run, Describe, Send, Query, Tail, Waiting, Explain, Replay, Eval, DeadLetters, Operators, Budget,
		Repartition, Version,
	}
}

// commands are the program's own first, then the verbs that it has not replaced.
func (p Program) commands() (all []*cli.Command) {
	for _, v := range slices.Concat(p.Verbs, p.verbs()) {
		c := v(p)
		if !slices.ContainsFunc(all, func(other *cli.Command) bool { return other.Name == c.Name }) {
			all = append(all, c)
		}
	}
	return all
}

func (p Program) root() *cli.Command {
	root := &cli.Command{
		Name:        p.Name,
		Usage:       p.usage(),
		Description: p.Description,
		Suggest:     true,
		Commands:    p.commands(),
		Action: func(_ context.Context, cmd *cli.Command) error {
			if name := cmd.Args().First(); name != "" {
				return p.unknown(cmd, name)
			}
			return cli.ShowRootCommandHelp(cmd)
		},
	}

	configure(root)
	root.HideHelpCommand = false

	return root
}

// configure leaves to Run what is printed of errors, and with which status it ends.
func configure(c *cli.Command) {
	c.HideHelpCommand = true
	c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error {
		return usageError{err}
	}
	c.ExitErrHandler = func(context.Context, *cli.Command, error) {}
	for _, sub := range c.Commands {
		configure(sub)
	}
}

func (p Program) usage() string {
	switch {
	case p.Usage != "":
		return p.Usage
	case len(p.Topologies) == 1:
		return "run, feed and question the topology " + p.Topologies[0].Name()
	case len(p.Topologies) > 1:
		return "run, feed and question the topologies " + list(p.names(), "and")
	}

	return "feed and question topologies that run"
}

func (p Program) unknown(root *cli.Command, name string) error {
	if p.isTool() && slices.Contains([]string{"run", "dev", "replay", "eval", "repartition"}, name) {
		return UsageError("%s contains no topology to %s: make yours a program, which has this command "+
			"(see package slipstream)", p.Name, name)
	}

	hint := ""
	if near := cli.SuggestCommand(root.Commands, name); near != "" {
		hint = fmt.Sprintf(": did you mean %s?", near)
	}

	return UsageError("no command %q%s (see %s help)", name, hint, root.Name)
}
