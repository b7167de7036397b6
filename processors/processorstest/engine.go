// Package processorstest runs the scripts and tests of topologytest on real workers: on the embedded broker, and on a
// Kafka cluster.
package processorstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/topology/topologytest"
)

// Embedded starts the topology on a worker with a broker in this process. It fails the test when a step is no
// pure function, as topologytest.Memory does.
func Embedded(tb testing.TB, t *topology.Topology) topologytest.Engine {
	tb.Helper()

	b, err := devkafka.Start(devkafka.Config{MinSessionTimeout: 100 * time.Millisecond})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close() })
	return start(tb, t, "embedded", []string{b.Addr()})
}

// KafkaEnv names the environment variable with the brokers of Kafka: host:port, separated by commas.
const KafkaEnv = "SLIPSTREAM_TEST_KAFKA"

// Kafka starts the topology on a worker with the Kafka cluster that SLIPSTREAM_TEST_KAFKA names; without it the test is
// skipped. Topics and groups of the topology are deleted first.
func Kafka(tb testing.TB, t *topology.Topology) topologytest.Engine {
	tb.Helper()

	brokers := os.Getenv(KafkaEnv)
	if brokers == "" {
		tb.Skipf("set %s to the brokers of a Kafka cluster", KafkaEnv)
	}

	e := strings.Split(brokers, ",")
	if err := wipe(e, t); err != nil {
		tb.Fatal(err)
	}

	return start(tb, t, "kafka", e)
}

// An engine is one worker, which crashes and comes back as told.
type engine struct {
	tb     testing.TB
	name   string
	t      *topology.Topology
	config processors.Config
	client *processors.Client
	reader *reader

	mu     sync.Mutex
	w      *processors.Worker
	stop   context.CancelFunc
	done   chan error
	wire   *wire
	armed  topologytest.Crash // where the worker is to crash
	fallen chan struct{}      // closed when it has crashed, and must be started again
	broken error
}

// instance is the worker's name: it comes back without a rebalance.
const instance = "w"

const (
	patience = 30 * time.Second
	tick     = 5 * time.Millisecond
)

// mark is a header of what the test itself has sent.
const mark = "slipstream-test"

func start(tb testing.TB, t *topology.Topology, name string, brokers []string) topologytest.Engine {
	e := &engine{tb: tb, name: name, t: t}
	e.config = processors.Config{
		Brokers:  brokers,
		Dir:      tb.TempDir(),
		Instance: instance,
		// A busy machine may hold up heartbeats for seconds. A session that is lost has its calls made again, which a
		// script would see. Nothing waits for the time-out: a worker that crashes comes back under its name.
		SessionTimeout: 6 * time.Second,
		CommitEvery:    5 * time.Millisecond,
		Logger:         slog.New(slog.NewTextHandler(logs(), nil)),
	}
	e.run()

	var err error
	if err = e.Settle(tb.Context()); err == nil {
		e.client, err = processors.Dial(processors.Config{Brokers: brokers, Logger: e.config.Logger})
	}

	if err == nil {
		e.reader, err = newReader(brokers)
	}

	if err != nil {
		tb.Fatalf("processorstest: %v", err)
	}
	tb.Cleanup(func() {
		e.arm(topologytest.Crash{})

		if err := e.end(); err != nil && e.broken == nil {
			tb.Errorf("processorstest: a clean stop failed: %v", err)
		}
		_ = e.client.Close()
		_ = e.reader.client.Close()
	})

	return e
}

// logs are shown when SLIPSTREAM_TEST_LOGS is set.
func logs() io.Writer {
	if os.Getenv("SLIPSTREAM_TEST_LOGS") == "" {
		return io.Discard
	}
	return os.Stderr
}

// run starts a worker.
func (e *engine) run() {
	e.wire = &wire{}
	c := e.config
	c.Dialer = e.wire

	w, err := processors.NewWorker(c, e.t)
	if err != nil {
		e.tb.Fatalf("processorstest: %v", err)
	}
	OnPhase(w, e.phase)
	testhook.OnImpure(w, func(step, what string) { e.tb.Errorf("processorstest: %s %s", step, what) })

	ctx, stop := context.WithCancel(context.Background())
	e.mu.Lock()
	e.w, e.stop, e.done, e.fallen = w, stop, make(chan error, 1), make(chan struct{})
	e.mu.Unlock()
	go func(done chan error) { done <- w.Run(ctx) }(e.done)
}

func (e *engine) end() error {
	e.stop()

	select {
	case err := <-e.done:
		return err
	case <-time.After(patience):
		return errors.New("the worker does not stop")
	}
}

// crash is what the brokers see of a kill -9: every connection closes, and none opens.
func (e *engine) crash() {
	e.mu.Lock()
	e.fall() // no phase is passed any more
	e.mu.Unlock()

	select {
	case <-e.done: // with an error, of course
	case <-time.After(patience):
		e.tb.Errorf("processorstest: a worker without a network does not end")
	}
	e.run()
}

// fall cuts the worker off, with the lock held.
func (e *engine) fall() {
	if !e.hasFallen() {
		close(e.fallen)
		e.wire.cut()
		e.stop() // at once: the stages would be rebuilt without a network, which takes seconds
	}
}

func (e *engine) hasFallen() bool {
	select {
	case <-e.fallen:
		return true
	default:
		return false
	}
}

// revive starts the worker again if it has crashed, wherever that was noticed first.
func (e *engine) revive() {
	if e.hasFallen() {
		e.crash()
	}
}

var errCrash = errors.New("crash")

func (e *engine) phase(group, phase string) error {
	e.mu.Lock()
	defer e.mu.Unlock()

	if e.hasFallen() {
		return errCrash
	}

	if !e.armed.Passes(strings.TrimPrefix(group, e.t.Name()+"."), phase) {
		return nil
	}
	e.armed = topologytest.Crash{}
	e.fall()

	return errCrash
}

// arm has the worker crash at a phase. A crash that was armed and never came fails the test: it would prove nothing.
func (e *engine) arm(c topologytest.Crash) {
	e.mu.Lock()
	defer e.mu.Unlock()

	if e.armed.Armed() {
		e.tb.Errorf("processorstest: the crash %+v has not happened", e.armed)
	}
	e.armed = c
}

// Name implements topologytest.Named.
func (e *engine) Name() string { return e.name }

// Settle implements topologytest.Settler; it also brings a worker back that has crashed.
func (e *engine) Settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	for {
		e.revive()

		err := settle(ctx, e.w, e.fallen)
		if err == nil && !e.hasFallen() || ctx.Err() != nil {
			return err
		}

		select {
		case err := <-e.done:
			e.broken = fmt.Errorf("the worker has ended: %w", err)
			return e.broken
		default:
		}
	}
}

// settle does not wait for a worker whose questions to the brokers time out one after the other, once it has fallen or
// ctx has ended.
func settle(ctx context.Context, w *processors.Worker, fallen <-chan struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	settled := make(chan error, 1)
	go func() { settled <- Settle(ctx, w) }()

	select {
	case err := <-settled:
		return err
	case <-fallen:
		return errCrash
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Send implements topologytest.Engine.
func (e *engine) Send(topic, key string, value []byte) error {
	return e.Produce(topologytest.Message{Topic: topic, Key: key, Value: value})
}

// Produce implements topologytest.Producer.
func (e *engine) Produce(m topologytest.Message) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	r := topology.Record{Topic: m.Topic, Key: m.Key, Value: m.Value, Tombstone: m.Value == nil, Time: m.Time,
		Headers: map[string]string{mark: "sent"}}
	maps.Copy(r.Headers, m.Headers)
	if r.Time.IsZero() {
		r.Time = time.Now()
	}

	var err error
	if m.Partition == nil {
		err = e.client.Send(ctx, r)
	} else {
		r.Partition = *m.Partition
		err = e.client.SendTo(ctx, r)
	}

	if err != nil {
		return err
	}

	return e.Settle(ctx)
}

// Sent implements topologytest.Engine.
func (e *engine) Sent(topic string) (out []topology.Record) {
	e.revive()

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	all, err := e.reader.take(ctx, topic)
	if err != nil {
		e.tb.Errorf("processorstest: read %s: %v", topic, err)
	}

	for _, r := range all {
		_, own := r.Headers[mark]
		if _, dead := r.Headers["deadletter-topic"]; dead || !own { // a dead letter has its record's headers
			out = append(out, r)
		}
	}

	return out
}

// SetMode implements topologytest.Controller.
func (e *engine) SetMode(ctx context.Context, operator, mode string) error {
	to, err := processors.ParseMode(mode)
	if err != nil {
		return err
	}

	to.Operator, to.Why = operator, "a script says so"
	if err := e.client.SetOperator(ctx, e.t.Name(), to); err != nil {
		return err
	}

	isSet := func(m processors.OperatorMode) bool {
		m.Since = time.Time{}
		return m == to
	}
	for end := time.Now().Add(patience); !slices.ContainsFunc(e.w.Modes(e.t.Name()), isSet); {
		if time.Now().After(end) {
			return fmt.Errorf("the worker does not know that operator %s is %s", operator, mode)
		}
		time.Sleep(10 * time.Millisecond)
	}

	return e.Settle(ctx)
}

// Redrive implements topologytest.Redriver.
func (e *engine) Redrive(ctx context.Context, reason string) (int, error) {
	letters, err := e.openLetters(ctx, reason)
	if err != nil {
		return 0, err
	}

	n, err := e.client.Redrive(ctx, e.t.Name(), letters...)
	if err == nil {
		err = e.Settle(ctx)
	}

	return n, err
}

// Dismiss implements topologytest.Dismisser.
func (e *engine) Dismiss(ctx context.Context, reason string) (int, error) {
	letters, err := e.openLetters(ctx, reason)
	if err != nil {
		return 0, err
	}
	return e.client.Dismiss(ctx, e.t.Name(), "", letters...)
}

// openLetters returns the dead letters that were neither redriven nor dismissed, and whose reason contains a
// text.
func (e *engine) openLetters(ctx context.Context, reason string) (open []processors.DeadLetter, err error) {
	for l, err := range e.client.DeadLetters(ctx, e.t.Name()) {
		if err != nil {
			return nil, err
		}

		if !l.Redriven && !l.Dismissed && strings.Contains(l.Reason, reason) {
			open = append(open, l)
		}
	}
	return open, nil
}

// Advance implements topologytest.Engine. Time is real here.
func (e *engine) Advance(d time.Duration) {
	if d > 5*time.Second {
		e.tb.Fatalf("processorstest: advance %v: time is real on this engine; a script that needs more is `only memory`", d)
	}
	time.Sleep(d)

	if err := e.Settle(context.Background()); err != nil {
		e.tb.Errorf("processorstest: %v", err)
	}
}

// Fault implements topologytest.Engine. Beside crashes and "rebalance" there is "lose disk": a crash, after which the
// local state is gone; and crashes at "produced", "positions" and "flushed", which are within a commit.
func (e *engine) Fault(what string) error {
	switch step, crash := strings.CutPrefix(what, "crash "); {
	case what == "crash":
		e.crash()
		return e.Settle(context.Background())
	case what == "lose disk":
		e.config.Dir = e.tb.TempDir()
		e.crash()
		return e.Settle(context.Background())
	case what == "rebalance":
		return e.rebalance()
	case crash:
		c, err := topologytest.ParseCrash(step)
		e.arm(c)
		return err
	}

	return fmt.Errorf("engine %s has no fault %q", e.name, what)
}

// rebalance has another worker join and leave.
func (e *engine) rebalance() error {
	c := e.config
	c.Dir, c.Instance = "", ""
	c.StopTimeout = 100 * time.Millisecond // what it asks meanwhile, it need not know

	w, err := processors.NewWorker(c, e.t)
	if err != nil {
		return err
	}

	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()

	select {
	case <-w.Ready():
	case err := <-done:
		stop()
		return fmt.Errorf("the other worker: %w", err)
	case <-time.After(patience):
	}
	stop()

	return errors.Join(<-done, e.Settle(context.Background()))
}

// Committed implements topologytest.Offsets.
func (e *engine) Committed(_ context.Context, topic string, partition int32) (int64, error) {
	e.revive()
	return testhook.Committed(e.w, topic, partition)
}

// Row implements state.Source.
func (e *engine) Row(ctx context.Context, table, key string, into any) (state.Freshness, error) {
	e.revive()
	return e.w.Row(ctx, table, key, into)
}

// Keys implements state.Source.
func (e *engine) Keys(ctx context.Context, table, prefix, after string) iter.Seq2[string, error] {
	e.revive()
	return e.w.Keys(ctx, table, prefix, after)
}

// SendOnly sends a record to an engine of this package without waiting for what becomes of it, so that much is under way
// at once.
func SendOnly[K ~string, V any](e topologytest.Engine, topic topology.Topic[K, V], key K, v V) {
	b, err := json.Marshal(v)
	if err == nil {
		err = e.(*engine).client.Send(context.Background(),
			topology.Record{Topic: string(topic), Key: string(key), Value: b,
				Headers: map[string]string{mark: "sent"}})
	}

	if err != nil {
		e.(*engine).tb.Fatalf("processorstest: send %s: %v", topic, err)
	}
}
