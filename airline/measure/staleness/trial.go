package staleness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/slipstream-go/slipstream/airline/flights"
	"github.com/slipstream-go/slipstream/airline/measure/audit"
	"github.com/slipstream-go/slipstream/airline/measure/contradictions"
	"github.com/slipstream-go/slipstream/airline/payments"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/airline/simulate"
	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
	"golang.org/x/sync/errgroup"
)

// A Config is a day, and who decides its cases.
type Config struct {
	Data   *simulate.Dataset
	Agent  topology.Operator[rebooking.Case, vocab.Decision]
	Policy topology.Policy[rebooking.Case]
	Logger *slog.Logger // of the worker on Kafka
}

// A Trial is one day with one view, and what came of it.
type Trial struct {
	View       string
	Seed       int64
	Parties    int
	Seconds    float64 // that it took
	Report     contradictions.Report
	Cost       contradictions.Cost // compared with the first view
	Lag        Lag                 // of the copies, on Kafka
	Violations int                 // of invariants

	ends map[vocab.CustomerID]contradictions.End
}

// Run makes the trials of all views, and reports each when it ends. The one on Kafka runs by itself, so that
// nothing else disturbs its lag; the others run concurrently. report may be called by several goroutines.
func (c Config) Run(ctx context.Context, report func(*Trial)) (Trials, error) {
	all := make(Trials, len(Views))
	for i, v := range Views {
		if !v.OnKafka {
			continue
		}

		t, err := c.onKafka(ctx, v)
		if err != nil {
			return nil, err
		}
		all[i] = t
		report(t)
	}

	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.NumCPU())

	for i, v := range Views {
		if v.OnKafka {
			continue
		}
		g.Go(func() error {
			t, err := c.inMemory(ctx, v)
			if err != nil {
				return err
			}
			all[i] = t
			report(t)
			return nil
		})
	}

	if err := g.Wait(); err != nil {
		return nil, err
	}

	for _, t := range all {
		t.Cost = contradictions.Compare(t.ends, all[0].ends)
	}

	return all, nil
}

// inMemory runs a day on the reference engine, event by event.
func (c Config) inMemory(ctx context.Context, v View) (*Trial, error) {
	began := time.Now()

	ctx, stop := context.WithCancel(ctx)
	defer stop()

	engine, err := topologytest.NewMemory(ctx, v.topology(c.Agent, c.Policy))
	if err != nil {
		return nil, err
	}

	j := newJudges()
	if err := send(engine, c.Data, j.read); err != nil {
		return nil, err
	}

	if err := j.readEngine(ctx, engine); err != nil {
		return nil, err
	}

	return c.trial(v, time.Since(began), j), nil
}

// send sends a day event by event, and calls sent with each.
func send(e topologytest.Engine, data *simulate.Dataset, sent func(topology.Record) error) error {
	for r := range data.Records() {
		m := topologytest.Message{Topic: r.Topic, Key: r.Key, Value: r.Value, Time: r.Time}
		if err := e.(topologytest.Producer).Produce(m); err != nil {
			return fmt.Errorf("%s %s: %w", r.Topic, r.Key, err)
		}

		if err := sent(r); err != nil {
			return err
		}
	}

	return nil
}

// onKafka runs a day on a worker and a development broker of its own.
func (c Config) onKafka(ctx context.Context, v View) (_ *Trial, err error) {
	broker, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, broker.Close()) }()

	meter := newLagMeter()
	config := processors.Config{Brokers: []string{broker.Addr()}, Partitions: 4,
		StopTimeout: 10 * time.Second, Logger: c.Logger}
	topo := meter.watch(v.topology(meteredAgent{c.Agent, meter}, c.Policy))

	w, err := processors.NewWorker(config, topo)
	if err != nil {
		return nil, err
	}

	g, ctx := errgroup.WithContext(ctx)

	working, stop := context.WithCancel(ctx)
	defer stop()
	g.Go(func() error { return w.Run(working) })

	var t *Trial
	g.Go(func() error {
		defer stop()

		select {
		case <-w.Ready():
		case <-ctx.Done():
			return nil // the worker tells why
		}
		var err error
		t, err = c.replay(ctx, v, topo, config)

		return err
	})

	if err := g.Wait(); err != nil {
		return nil, err
	}
	t.Lag = meter.lag()

	return t, nil
}

// replay sends the day to a worker, and reads what came of it.
func (c Config) replay(ctx context.Context, v View, topo *topology.Topology,
	config processors.Config) (_ *Trial, err error) {
	client, err := processors.Dial(config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()

	began := time.Now()

	replay := simulate.Replay{Dataset: c.Data, Topology: topo, Client: client, MaxOutstanding: 1}
	if err := replay.Run(ctx); err != nil {
		return nil, err
	}

	took := time.Since(began)

	j := newJudges()
	for _, topic := range audit.Topics { // which include those of contradictions
		for r, err := range client.Follow(ctx, topic,
			processors.FollowOptions{FromBeginning: true, ToEnd: true}) {
			if err == nil {
				err = j.read(r)
			}

			if err != nil {
				return nil, err
			}
		}
	}

	return c.trial(v, took, j), nil
}

// trial is what the judges say of a day.
func (c Config) trial(v View, took time.Duration, j judges) *Trial {
	return &Trial{
		View:       v.Name,
		Seed:       c.Data.Seed,
		Parties:    len(c.Data.Customers.Customers),
		Seconds:    took.Seconds(),
		Report:     j.contradictions.Report(),
		Violations: audit.Violations(j.audit.Invariants()),
		ends:       j.contradictions.Ends(),
	}
}

// judges read the topics of a day: one finds violated invariants, the other contradicted answers.
type judges struct {
	audit          *audit.Auditor
	contradictions *contradictions.Judge
}

func newJudges() judges { return judges{audit.New(), contradictions.New()} }

func (j judges) read(r topology.Record) error {
	return errors.Join(j.audit.Read(r), j.contradictions.Read(r))
}

// readEngine reads what came out of a topology, and the tables that the audit needs.
func (j judges) readEngine(ctx context.Context, e topologytest.Engine) error {
	for _, topic := range audit.Topics {
		for _, r := range e.Sent(topic) {
			if err := j.read(r); err != nil {
				return err
			}
		}
	}
	return errors.Join(j.readTable(ctx, e, string(flights.Table)),
		j.readTable(ctx, e, string(payments.Table)))
}

// readTable reads the rows of a table, as its changelog would have them in the end.
func (j judges) readTable(ctx context.Context, rows state.Source, table string) error {
	for key, err := range rows.Keys(ctx, table, "", "") {
		if err != nil {
			return err
		}

		var row json.RawMessage
		if _, err := rows.Row(ctx, table, key, &row); err != nil {
			return err
		}

		if err := j.read(topology.Record{Topic: "airline." + table + "-table", Key: key,
			Value: row}); err != nil {
			return err
		}
	}

	return nil
}
