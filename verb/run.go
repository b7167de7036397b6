package verb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/processors"
)

// Run is the verb that runs a worker.
func Run(p Program) *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "run a worker, until it is interrupted",
		Description: "Start more of them, each with a --dir and an --instance of its own, and they share\n" +
			"the work. An interrupt or SIGTERM lets the calls under way settle; a second one\n" +
			"stops at once, and loses nothing either.",
		Flags: append(BrokerFlags("Required"), append(p.WorkerFlags(),
			&cli.StringFlag{
				Name: "instance",
				Usage: "`NAME` of this worker, which it keeps: back under its name it takes up its share " +
					"without a rebalance. Defaults to none",
				Sources: cli.EnvVars("SLIPSTREAM_INSTANCE"),
			},
			&cli.StringFlag{
				Name:  "guarantee",
				Value: "exactly-once",
				Usage: "`WHAT` holds after a crash: exactly-once or at-least-once",
			},
			&cli.DurationFlag{
				Name:  "session-timeout",
				Value: 10 * time.Second,
				Usage: "`TIME` of silence after which other workers take over",
			},
			&cli.IntFlag{
				Name: "replication",
				Usage: "`NUMBER` of copies of topics that are created. Defaults to 3, or to as many as " +
					"there are brokers",
				HideDefault: true,
			},
		)...),
		Action: p.run,
	}
}

// flags are the program's own.
func (p Program) flags() []cli.Flag {
	if p.Flags == nil {
		return nil
	}
	return p.Flags()
}

// WorkerFlags are those of a command that runs a worker, the program's own among them, beside [BrokerFlags].
// [WorkerConfig] reads them, and [Program.Built] what is the program's.
func (p Program) WorkerFlags() []cli.Flag {
	return append(p.flags(),
		&cli.StringFlag{
			Name:    "dir",
			Usage:   "`FOLDER` that keeps state between runs, for one process at a time. Defaults to memory",
			Sources: cli.EnvVars("SLIPSTREAM_DIR"),
		},
		&cli.StringFlag{
			Name:    "listen",
			Value:   "127.0.0.1:0",
			Usage:   "`HOST:PORT` that answers queries over HTTP; port 0 is any free one",
			Sources: cli.EnvVars("SLIPSTREAM_LISTEN"),
		},
		&cli.IntFlag{
			Name:  "partitions",
			Value: 4,
			Usage: "`NUMBER` of partitions of topics that are created",
		},
	)
}

// WorkerConfig is the config that [BrokerFlags] and [WorkerFlags] say. It logs to the standard error.
func WorkerConfig(cmd *cli.Command) (processors.Config, error) {
	c, err := Connection(cmd)
	c.Dir, c.Listen, c.Partitions = cmd.String("dir"), cmd.String("listen"), cmd.Int("partitions")
	c.Logger = Logger(cmd)
	return c, err
}

func (p Program) run(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := Arguments(cmd, 0, 0); err != nil {
		return err
	}

	c, err := p.runConfig(cmd)
	if err != nil {
		return err
	}

	if err := c.Check(ctx); err != nil {
		return Interrupted(ctx, err)
	}

	b, err := p.Built(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()

	w, err := processors.NewWorker(c, b.Topologies...)
	if err != nil {
		return err
	}

	return p.Serve(ctx, cmd, w, func(ctx context.Context) error {
		fmt.Fprintf(cmd.Root().Writer, "ready: brokers %s, queries on http://%s\n",
			strings.Join(w.Brokers(), ","), w.Address())

		if b.By != "" {
			fmt.Fprintf(cmd.Root().Writer, "decided by %s\n", b.By)
		}
		<-ctx.Done()
		return nil
	})
}

func (p Program) runConfig(cmd *cli.Command) (processors.Config, error) {
	c, err := WorkerConfig(cmd)
	if err != nil {
		return c, err
	}

	if len(c.Brokers) == 0 {
		return c, p.noBrokers()
	}

	switch g := cmd.String("guarantee"); g {
	case "exactly-once":
		c.Guarantee = processors.ExactlyOnce
	case "at-least-once":
		c.Guarantee = processors.AtLeastOnce
	default:
		return c, UsageError("--guarantee: %q is neither exactly-once nor at-least-once", g)
	}
	c.Logger = logger(cmd, slog.LevelInfo) // a worker runs unattended: its log is read later
	c.Instance = cmd.String("instance")
	c.Replication = cmd.Int("replication")
	c.SessionTimeout = cmd.Duration("session-timeout")

	return c, nil
}

// noBrokers is the error of a worker that is not told where its brokers are. It must not guess: it would
// write there.
func (p Program) noBrokers() error {
	dev := ""
	if p.has("dev") {
		dev = fmt.Sprintf("`%s dev` runs a broker and a worker in one process, and ", p.Name)
	}
	return UsageError("a worker needs brokers: name those of your Kafka by --brokers or SLIPSTREAM_BROKERS.\n"+
		"For development, %s`slipstream broker` runs a broker on this machine", dev)
}

// Serve is [Beside] for a command that other commands shall find by themselves, while f runs.
func (p Program) Serve(ctx context.Context, cmd *cli.Command, w *processors.Worker,
	f func(context.Context) error) error {
	return Beside(ctx, w, func(serving context.Context) error {
		defer p.announce(cmd, w)()

		err := f(serving)
		if ctx.Err() != nil {
			fmt.Fprintln(cmd.Root().ErrWriter,
				"stopping: calls under way may settle; interrupt again to stop at once")
		}

		return err
	})
}

// Beside runs a worker, and f once the worker is ready. When either ends, the other is stopped. It returns
// the errors of both.
func Beside(interrupt context.Context, w *processors.Worker, f func(context.Context) error) error {
	ctx, stop := context.WithCancel(interrupt)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer stop()

		ended <- w.Run(ctx)
	}()

	select {
	case <-w.Ready():
		err := f(ctx)
		stop()
		return errors.Join(err, <-ended)
	case err := <-ended:
		if errors.Is(err, context.Canceled) { // interrupted before it was ready
			return Interrupted(interrupt, err)
		}
		return err
	}
}
