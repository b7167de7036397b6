package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/verb"
	"github.com/urfave/cli/v3"
)

// brokerVerb is the development broker, for tests that kill workers.
func brokerVerb(verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "broker",
		Usage: "run a Kafka broker for development, until it is interrupted",
		Description: "One node on this machine alone, without replicas: it is no production Kafka. The first line on the\n" +
			"standard output is its address. A worker takes it as its --brokers.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:9092", Usage: "`HOST:PORT` to listen on, a loopback address; port 0 is any free one", Sources: cli.EnvVars("SLIPSTREAM_BROKER_ADDR")},
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` that keeps the records. Defaults to memory: all is gone with the broker"},
		},
		Action: runBroker,
	}
}

func runBroker(ctx context.Context, cmd *cli.Command) (err error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return err
	}
	b, err := devkafka.Start(devkafka.Config{Addr: cmd.String("addr"), Dir: cmd.String("dir"), Logger: verb.Logger(cmd)})
	if err != nil {
		return fmt.Errorf("--addr, --dir: %w", err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	fmt.Fprintln(cmd.Root().Writer, b.Addr())
	fmt.Fprintln(cmd.Root().ErrWriter, "a broker for development: stop it with ctrl-C")
	<-ctx.Done()
	return nil
}

// embedded starts a broker for development if the config names none, and names it there.
func embedded(c *processors.Config) (stop func() error, err error) {
	if len(c.Brokers) > 0 {
		return func() error { return nil }, nil
	}

	dev := devkafka.Config{Logger: c.Logger}
	if c.Dir != "" {
		dev.Dir = filepath.Join(c.Dir, "broker")
	}
	b, err := devkafka.Start(dev)
	if err != nil {
		return nil, err
	}
	c.Brokers = []string{b.Addr()}
	return b.Close, nil
}
