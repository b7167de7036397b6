package view_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// workers are several workers of one topology, as the engine of a test that sends and reads rows.
type workers struct {
	topologytest.Engine // nil: it does nothing else
	tb                  testing.TB
	client              *processors.Client
	running             map[string]*processors.Worker
	stops               map[string]func() error
}

func (ws *workers) Send(topic, key string, value []byte) error {
	return ws.client.Send(ws.tb.Context(),
		topology.Record{Topic: topic, Key: key, Value: value, Tombstone: value == nil})
}

// Row asks each worker: one of them has the row.
func (ws *workers) Row(ctx context.Context, table, key string, into any) (f state.Freshness, err error) {
	for _, w := range ws.running {
		if f, err = w.Row(ctx, table, key, into); !errors.As(err, new(*state.NotHereError)) {
			return f, err
		}
	}
	return f, err
}

func (ws *workers) Advance(d time.Duration) { time.Sleep(d) }

func (ws *workers) start(b *devkafka.Broker, name string, t *topology.Topology) {
	ws.tb.Helper()

	w, err := processors.NewWorker(processors.Config{
		Brokers:        []string{b.Addr()},
		Instance:       name,
		Partitions:     4,
		SessionTimeout: 3 * time.Second,
		Dir:            ws.tb.TempDir(),
		Logger:         slog.New(slog.NewTextHandler(io.Discard, nil)),
	}, t)
	if err != nil {
		ws.tb.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	ws.running[name] = w
	ws.stops[name] = func() error {
		cancel()
		delete(ws.running, name)
		delete(ws.stops, name)
		return <-done
	}
	<-w.Ready() // its topics are there
}

// Answers that move from one worker to another go on being watched, by a worker with copies of its own.
func TestAnswersMoveBetweenWorkers(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a broker")
	}

	b, err := devkafka.Start(devkafka.Config{MinSessionTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })

	rng := rand.New(rand.NewPCG(9, 10))
	m := newMarket(rng, 20, 24)
	m.every = 20 * time.Millisecond
	ws := &workers{tb: t, running: map[string]*processors.Worker{}, stops: map[string]func() error{}}
	t.Cleanup(func() {
		for _, stop := range ws.stops {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
	})
	ws.start(b, "one", m.topology())

	ws.client, err = processors.Dial(processors.Config{Brokers: []string{b.Addr()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.client.Close() })

	change := func() {
		for i := range m.goods {
			m.change(ws, rng, good(i))
		}
	}
	m.open(ws, rng)
	m.awaitAgreement(t, ws, "with one worker")

	change()
	ws.start(b, "two", m.topology())
	change()
	m.awaitAgreement(t, ws, "with two workers")

	change()
	if err := ws.stops["one"](); err != nil {
		t.Error(err)
	}
	change()
	m.awaitAgreement(t, ws, "with the other worker")
}
