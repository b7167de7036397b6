package devkafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/internal/discover"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/verb"
)

// Verb is the command dev of a program: a broker and a worker in one process, for development. A program that
// does not name it links no broker:
//
//	slipstream.Main(t, devkafka.Verb)
func Verb(p verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "dev",
		Usage: "run a broker and a worker in one process for development, until it is interrupted",
		Description: "The broker is one node on this machine alone, without replicas: it is no production\n" +
			"Kafka. Without --dir all is in memory, and gone when the process ends. Queries are\n" +
			"answered on " + usualListen + ", or on any free port if that one is taken. Other commands\n" +
			"find the process by themselves.",
		Flags: devFlags(p),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			return dev(ctx, p, cmd)
		},
	}
}

// devFlags are those of a worker, which listens where dev usually does.
func devFlags(p verb.Program) []cli.Flag {
	flags := p.WorkerFlags()
	for _, f := range flags {
		if f, ok := f.(*cli.StringFlag); ok && f.Name == "listen" {
			f.Value = usualListen
		}
	}
	return flags
}

// usualListen is where dev answers queries, unless it is told where or the port is taken.
const usualListen = "127.0.0.1:8088"

// instance names the worker of dev. A group with a member that has a name survives its kill: see the
// package's documentation.
const instance = "dev"

func dev(ctx context.Context, p verb.Program, cmd *cli.Command) (err error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return err
	}

	c, err := devConfig(cmd)
	if err != nil {
		return err
	}

	b, err := Start(brokerConfig(c))
	if err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	c.Brokers = []string{b.Addr()}

	if err := c.Check(ctx); err != nil {
		return verb.Interrupted(ctx, err)
	}

	built, err := p.Built(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, built.Close()) }()

	w, err := processors.NewWorker(c, built.Topologies...)
	if err != nil {
		return err
	}

	return p.Serve(ctx, cmd, w, func(ctx context.Context) error {
		fmt.Fprintf(cmd.Root().Writer, "ready: broker %s, queries on http://%s\n", b.Addr(), w.Address())

		if built.By != "" {
			fmt.Fprintf(cmd.Root().Writer, "decided by %s\n", built.By)
		}
		fmt.Fprintf(cmd.Root().ErrWriter, "This is for development: %s. Ask it from a second terminal: %s.\n",
			kept(c.Dir), commands(p))
		<-ctx.Done()
		return nil
	})
}

// devConfig is the worker's, without its broker.
func devConfig(cmd *cli.Command) (processors.Config, error) {
	c, err := verb.WorkerConfig(cmd)
	if err != nil {
		return c, err
	}

	c.Instance = instance
	if !cmd.IsSet("listen") && !isFree(usualListen) {
		c.Listen = "127.0.0.1:0"
	}

	if _, err := loopback(c.Listen); err != nil {
		return c, verb.UsageError("--listen: dev answers on this machine alone, and %s is no loopback address",
			c.Listen)
	}

	return c, nil
}

// brokerConfig keeps the broker's records beside the worker's state.
func brokerConfig(c processors.Config) Config {
	b := Config{Logger: c.Logger}
	if c.Dir != "" {
		b.Dir = filepath.Join(c.Dir, "broker")
	}
	return b
}

func isFree(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func kept(dir string) string {
	if dir == "" {
		return "all of it is in memory"
	}
	return "its records are in " + dir
}

// commands are those that a newcomer tries first.
func commands(p verb.Program) string {
	var all []string
	for _, name := range []string{"describe", "send", "tail", "query"} {
		all = append(all, fmt.Sprintf("`%s %s`", p.Name, name))
	}
	return strings.Join(all, ", ")
}

// BrokerVerb is the command broker: the broker as a process of its own, which workers may outlive.
func BrokerVerb(verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "broker",
		Usage: "run a broker for development, until it is interrupted",
		Description: "One node on this machine alone, without replicas: it is no production Kafka. The\n" +
			"first line on the standard output is its address, for the --brokers of workers.",
		Flags: []cli.Flag{
			&cli.StringFlag{
				Name:    "addr",
				Value:   "127.0.0.1:9092",
				Usage:   "`HOST:PORT` to listen on, a loopback address; port 0 is any free one",
				Sources: cli.EnvVars("SLIPSTREAM_BROKER_ADDR"),
			},
			&cli.StringFlag{
				Name:  "dir",
				Usage: "`FOLDER` that keeps the records. Defaults to memory: all is gone with the broker",
			},
		},
		Action: runBroker,
	}
}

func runBroker(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return err
	}

	b, err := Start(Config{Addr: cmd.String("addr"), Dir: cmd.String("dir"), Logger: verb.Logger(cmd)})
	if err != nil {
		return fmt.Errorf("--addr, --dir: %w", err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()

	withdraw, err := discover.Announce(discover.Process{Command: cmd.Name, Brokers: []string{b.Addr()}})
	if err == nil {
		defer func() { err = errors.Join(err, withdraw()) }()
	} else {
		const consequence = "other commands can't find this broker by themselves: they need --brokers"
		verb.Logger(cmd).Warn(consequence, "err", err)
	}
	fmt.Fprintln(cmd.Root().Writer, b.Addr())
	fmt.Fprintln(cmd.Root().ErrWriter, "a broker for development: stop it with ctrl-C")
	<-ctx.Done()

	return nil
}
