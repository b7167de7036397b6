package verb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/internal/discover"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
)

// ClientFlags are those of a command that talks to the brokers of a running worker: [BrokerFlags] and
// [AtFlag]. [Program.Dial] reads them.
func ClientFlags() []cli.Flag {
	return append(BrokerFlags("Defaults to those of a worker that runs on this machine"), AtFlag())
}

// AtFlag picks the worker that is asked; [Program.Worker] and [Program.Dial] read it.
func AtFlag() cli.Flag {
	return &cli.StringFlag{Name: "at", Category: brokers,
		Sources: cli.EnvVars("SLIPSTREAM_AT", "SLIPSTREAM_HTTP"),
		Usage: "`WORKER` to ask: the HOST:PORT of its queries, or the id of a process on this machine. " +
			"Defaults to the worker that started last here"}
}

// Dial connects to the brokers that the flags name, else to those of a running process of this program.
func (p Program) Dial(ctx context.Context, cmd *cli.Command) (*processors.Client, error) {
	c, err := Connection(cmd)
	if err != nil {
		return nil, err
	}

	if len(c.Brokers) == 0 {
		if c.Brokers, err = p.brokers(ctx, cmd); err != nil {
			return nil, err
		}
	}

	return processors.DialContext(ctx, c)
}

// brokers are those of a process that runs.
func (p Program) brokers(ctx context.Context, cmd *cli.Command) ([]string, error) {
	found, err := p.find(cmd, func(q discover.Process) bool { return len(q.Brokers) > 0 || q.HTTP != "" })
	if err != nil {
		return nil, fmt.Errorf("%w, or name --brokers", err)
	}

	if len(found.Brokers) > 0 {
		return found.Brokers, nil
	}

	t, err := state.NewClient(found.HTTP).Topologies(ctx)
	if err != nil {
		return nil, fmt.Errorf("--at %s: %w", found.HTTP, err)
	}

	return t.Brokers, nil
}

// Worker returns a client of the worker that the flag names, else of the one of this program that started
// last on this machine.
func (p Program) Worker(cmd *cli.Command) (*state.Client, error) {
	found, err := p.find(cmd, func(p discover.Process) bool { return p.HTTP != "" })
	if err != nil {
		return nil, fmt.Errorf("%w, or name --at HOST:PORT", err)
	}
	return state.NewClient(found.HTTP), nil
}

// find returns the process that --at names, else the newest one of this program that has what is needed.
func (p Program) find(cmd *cli.Command, fits func(discover.Process) bool) (discover.Process, error) {
	all, err := discover.Running()
	if err != nil {
		return discover.Process{}, err
	}
	at := strings.TrimSuffix(strings.TrimPrefix(cmd.String("at"), "http://"), "/")

	var others []string
	for _, q := range all {
		switch named := at == strconv.Itoa(q.PID) || at != "" && at == q.HTTP; {
		case (named || at == "" && p.owns(q)) && fits(q):
			return q, nil
		default:
			others = append(others, "\n  "+q.String())
		}
	}

	remote := discover.Process{HTTP: at}
	_, _, err = net.SplitHostPort(at)
	switch {
	case at != "" && err == nil && fits(remote):
		return remote, nil
	case at != "":
		return remote, UsageError("--at: %s is neither HOST:PORT nor the id of a process that has what is asked for:%s",
			at, cmp.Or(strings.Join(others, ""), " none runs here"))
	case len(others) > 0:
		return remote, fmt.Errorf("no worker of %s runs here, but others do:%s\nStart one, or pick one of these by --at",
			p.Name, strings.Join(others, ""))
	}

	return remote, errors.New("nothing is running: " + p.hint())
}

// owns reports whether a process runs a topology of this program, or is the broker of one that may. A tool
// owns all.
func (p Program) owns(q discover.Process) bool {
	names := p.names()
	own := func(name string) bool { return slices.Contains(names, name) }
	return len(names) == 0 || q.Command == "broker" || slices.ContainsFunc(q.Topologies, own)
}

// hint tells how a worker is started.
func (p Program) hint() string {
	for _, name := range []string{"demo", "dev", "run"} {
		if p.has(name) {
			return fmt.Sprintf("start `%s %s` in another terminal", p.Name, name)
		}
	}
	return "start a worker in another terminal"
}

// has reports whether the program has a command.
func (p Program) has(name string) bool {
	return slices.ContainsFunc(p.commands(), func(c *cli.Command) bool { return c.Name == name })
}

// announce lets the commands of other processes find this one, until withdraw is called or the process ends.
// If it can't, it says so on the standard error: then the others need --at.
func (p Program) announce(cmd *cli.Command, w *processors.Worker) (withdraw func()) {
	undo, err := discover.Announce(discover.Process{
		Command:    cmd.Name,
		Topologies: p.names(),
		Brokers:    w.Brokers(),
		HTTP:       w.Address(),
	})
	if err != nil {
		Logger(cmd).Warn("other commands can't find this process by themselves: they need --at", "err", err)
		return func() {}
	}

	return func() { _ = undo() }
}

// Logger tells what needs attention on the standard error of a command.
func Logger(cmd *cli.Command) *slog.Logger { return logger(cmd, slog.LevelWarn) }

func logger(cmd *cli.Command, least slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(cmd.Root().ErrWriter, &slog.HandlerOptions{Level: least}))
}
