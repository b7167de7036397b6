package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slipstream-go/slipstream/internal/discover"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/urfave/cli/v3"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "run a worker of the airline's topology, until it is interrupted",
		Description: "Start more of them, each with a --dir and an --instance of its own, and they share the work. An\n" +
			"interrupt or SIGTERM lets the calls under way settle; a second one stops at once, and loses nothing either.",
		Flags: append(brokerFlags("a running `slipstream broker`"), append(workerFlags(),
			modelFlag(),
			&cli.StringFlag{Name: "instance", Usage: "`NAME` of this worker, for good: back under its name it takes up its share without a rebalance. Defaults to none", Sources: cli.EnvVars("SLIPSTREAM_INSTANCE")},
			&cli.StringFlag{Name: "guarantee", Value: "exactly-once", Usage: "`WHAT` holds after a crash: exactly-once or at-least-once"},
			&cli.DurationFlag{Name: "session-timeout", Value: 10 * time.Second, Usage: "`TIME` of silence after which other workers take over"},
			&cli.IntFlag{Name: "replication", Usage: "`NUMBER` of copies of topics that are created. Defaults to 3, or to as many as there are brokers", HideDefault: true},
		)...),
		Action: runWorker,
	}
}

// workerFlags are those of whoever runs a worker.
func workerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "dir", Usage: "`FOLDER` that keeps state between runs, for one process at a time. Defaults to memory", Sources: cli.EnvVars("SLIPSTREAM_DIR")},
		&cli.StringFlag{Name: "listen", Value: "127.0.0.1:0", Usage: "`HOST:PORT` that answers queries over HTTP; port 0 is any free one", Sources: cli.EnvVars("SLIPSTREAM_LISTEN")},
		&cli.IntFlag{Name: "partitions", Value: 4, Usage: "`NUMBER` of partitions of topics that are created"},
	}
}

func runWorker(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := arguments(cmd, 0, 0); err != nil {
		return err
	}
	c, err := workerConfig(cmd)
	if err != nil {
		return err
	}
	a, err := newAgent(ctx, cmd.String("model"), lines(cmd.Root().ErrWriter))
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, a.close()) }()
	w, err := processors.NewWorker(c, a.topologies()...)
	if err != nil {
		return err
	}
	return beside(ctx, w, func(ctx context.Context) error {
		defer announce(cmd, discover.Process{Command: "run", Brokers: w.Brokers(), HTTP: w.Address()})()
		fmt.Fprintf(cmd.Root().Writer, "ready: brokers %s, queries on http://%s, decided by %s\n", strings.Join(w.Brokers(), ","), w.Address(), a.name)
		<-ctx.Done()
		return nil
	})
}

// beside runs a worker, and beside it what needs one that is ready; when either ends, the other is stopped.
func beside(ctx context.Context, w *processors.Worker, ready func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- w.Run(ctx)
	}()
	select {
	case <-w.Ready():
		err := ready(ctx)
		stop()
		return errors.Join(err, <-ended)
	case err := <-ended:
		return err
	}
}

func workerConfig(cmd *cli.Command) (processors.Config, error) {
	c, err := connection(cmd)
	if err != nil {
		return c, err
	}
	if len(c.Brokers) == 0 {
		p, err := find("", func(p discover.Process) bool { return p.Command == "broker" })
		if err != nil {
			return c, errors.New("no brokers: name --brokers, or start `slipstream broker` in another terminal")
		}
		c.Brokers = p.Brokers
	}
	switch g := cmd.String("guarantee"); g {
	case "exactly-once":
		c.Guarantee = processors.ExactlyOnce
	case "at-least-once":
		c.Guarantee = processors.AtLeastOnce
	default:
		return c, wrong("--guarantee: %q is neither exactly-once nor at-least-once", g)
	}
	c.Dir, c.Listen, c.Instance = cmd.String("dir"), cmd.String("listen"), cmd.String("instance")
	c.Partitions, c.Replication = cmd.Int("partitions"), cmd.Int("replication")
	c.SessionTimeout, c.Logger = cmd.Duration("session-timeout"), logger(cmd)
	return c, nil
}
