package main

import (
	"context"
	"errors"
	"github.com/slipstream-go/slipstream/verb"
	"io"
	"time"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/measure/audit"
	"github.com/slipstream-go/slipstream/airline/measure/contradictions"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/urfave/cli/v3"
)

// A viewed says what the agent looks up.
type viewed struct {
	name   string
	every  time.Duration // of the day, between two loads; 0: live
	engine bool          // on Kafka, with copies that follow; else event by event, with none that lag
}

// views are those that are measured. The first is what the others are compared with.
var views = []viewed{
	{name: "no lag"},
	{name: "live", engine: true},
	{name: "1 min", every: time.Minute},
	{name: "5 min", every: 5 * time.Minute},
	{name: "15 min", every: 15 * time.Minute},
	{name: "60 min", every: time.Hour},
}

func (v viewed) topology(a topology.Operator[rebooking.Case, vocab.Decision]) *topology.Topology {
	if v.every == 0 {
		return airline.New(a, bounds)
	}
	return airline.NewRefreshed(a, bounds, v.every)
}

// A trial is one day by one view, and what came of it.
type trial struct {
	View       string
	Seed       int64
	Customers  int
	Seconds    float64
	Report     contradictions.Report
	Cost       contradictions.Cost // beside the same day without a lag
	Lag        lag                 // on the engine only
	Violations int                 // of what must hold, whatever the view

	ends map[vocab.CustomerID]contradictions.End
}

func newTrial(s *scene, v viewed) *trial {
	return &trial{View: v.name, Seed: s.seed, Customers: len(s.crowd.Customers)}
}

// tryStepwise runs a day event by event.
func tryStepwise(ctx context.Context, s *scene, a *agent, v viewed) (*trial, error) {
	began := time.Now()
	plan, err := v.topology(a.operator).Plan()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	t, j := newTrial(s, v), newJury()
	w := newStepwise(ctx, plan, j.read)
	for _, events := range [][]event{s.before, s.during} {
		for _, e := range events {
			if err := w.send(ctx, e.Record); err != nil {
				return nil, err
			}
		}
	}
	t.Seconds = time.Since(began).Seconds()
	t.judged(j)
	return t, nil
}

// tryEngine runs a day on a worker and a broker of its own.
func tryEngine(ctx context.Context, cmd *cli.Command, s *scene, a *agent, v viewed) (_ *trial, err error) {
	meter := newLagMeter()
	metered := &agent{operator: watched{a.operator, meter}, name: a.name, calls: a.calls}
	topo := meter.on(v.topology(metered.operator))
	config := processors.Config{Partitions: 4, StopTimeout: 10 * time.Second, Logger: verb.Logger(cmd)}
	stop, err := embedded(&config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	w, err := processors.NewWorker(config, topo)
	if err != nil {
		return nil, err
	}
	d := &demo{scene: s, agent: metered, config: config, topo: topo, ledger: newLedger(), board: newBoard(), clock: newDayClock(0), out: io.Discard, began: time.Now()}
	t := newTrial(s, v)
	err = verb.Beside(ctx, w, func(ctx context.Context) error {
		return t.onEngine(ctx, cmd, d)
	})
	t.Lag = meter.lag()
	return t, err
}

// onEngine replays the day, and then reads what came of it.
func (t *trial) onEngine(ctx context.Context, cmd *cli.Command, d *demo) (err error) {
	client, err := processors.Dial(d.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if err := d.day(ctx, client, cmd); err != nil {
		return err
	}
	t.Seconds = time.Since(d.began).Seconds()
	j := newJury()
	for _, topic := range audit.Topics { // those of contradictions are among them
		for r, err := range client.Follow(ctx, topic, processors.FollowOptions{FromBeginning: true, ToEnd: true}) {
			if err == nil {
				err = j.read(r)
			}
			if err != nil {
				return err
			}
		}
	}
	t.judged(j)
	return nil
}

func (t *trial) judged(j jury) {
	t.Report, t.ends, t.Violations = j.judge.Report(), j.judge.Ends(), audit.Violations(j.auditor.Invariants())
}

// A jury reads the topics of a day: one for what must hold, one for what the live rows knew better.
type jury struct {
	auditor *audit.Auditor
	judge   *contradictions.Judge
}

func newJury() jury { return jury{audit.New(), contradictions.New()} }

func (j jury) read(r topology.Record) error { return errors.Join(j.auditor.Read(r), j.judge.Read(r)) }
