package processors_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

type (
	id    string
	visit struct{ N int }
	seen  struct{ Count, Sum int }
)

const (
	visits topology.Topic[id, visit] = "visits"
	echoes topology.Topic[id, visit] = "echoes"
	guests topology.Table[id, seen]  = "guests"
)

// counter has one table, and an operator if there is one.
func counter(op topology.Operator[visit, visit]) *topology.Topology {
	t := topology.New("counter")
	heard := topology.Fold(guests, topology.From(t, visits),
		func(s seen, v visit) seen { s.Count++; s.Sum += v.N; return s })
	if op == nil {
		heard.To(echoes)
		return t
	}
	settled, _ := topology.Async(heard, "echo", op, topology.Policy[visit]{})
	settled.To(echoes)

	return t
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func broker(t *testing.T) *devkafka.Broker {
	t.Helper()

	b, err := devkafka.Start(devkafka.Config{MinSessionTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// A running worker, which must stop cleanly.
type running struct {
	*processors.Worker
	stop func() error
}

func run(t *testing.T, c processors.Config, tops ...*topology.Topology) running {
	t.Helper()

	if c.Logger == nil {
		c.Logger = quiet
	}

	if c.SessionTimeout == 0 {
		c.SessionTimeout = 2 * time.Second
	}

	w, err := processors.NewWorker(c, tops...)
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	var stopped atomic.Bool
	r := running{w, func() error {
		cancel()

		if stopped.Swap(true) {
			return nil
		}
		return <-done
	}}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})

	select {
	case <-w.Ready():
	case err := <-done:
		stopped.Store(true)
		t.Fatalf("the worker ended: %v", err)
	case <-time.After(30 * time.Second):
		t.Fatal("the worker does not get ready")
	}

	return r
}

func send(t *testing.T, b cluster, keys, each int) {
	t.Helper()

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	for n := range each {
		var rs []topology.Record
		for i := range keys {
			rs = append(rs, topology.Record{Topic: string(visits), Key: fmt.Sprint("g-", i),
				Value: []byte(fmt.Sprintf(`{"N":%d}`, n))})
		}

		if err := k.Send(t.Context(), rs...); err != nil {
			t.Fatal(err)
		}
	}
}

func settle(t *testing.T, w running) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	if err := w.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

// read returns all committed records of a topic.
func read(t *testing.T, b cluster, topic string) (rs []topology.Record) {
	t.Helper()

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	for r, err := range k.Follow(t.Context(), topic,
		processors.FollowOptions{FromBeginning: true, ToEnd: true}) {
		if err != nil {
			t.Fatal(err)
		}

		rs = append(rs, r)
	}

	return rs
}

func TestConfigReportsAllThatIsWrong(t *testing.T) {
	_, err := processors.NewWorker(processors.Config{Brokers: []string{"nowhere"}, Partitions: -1,
		SASL: &processors.SASL{Mechanism: "MD5"}}, topology.New(""))
	for _, want := range []string{`"nowhere"`, "Partitions", `"MD5"`, "topology has no name"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not speak of %s: %v", want, err)
		}
	}
}

// Names may have dots, so two stages may have one. They would have one group, and one topic for their rows.
func TestStagesOfOneName(t *testing.T) {
	keeping := func(name string, table topology.Table[id, visit]) *topology.Topology {
		top := topology.New(name)
		topology.Fold(table, topology.From(top, visits), topology.Latest)
		return top
	}

	_, err := processors.NewWorker(processors.Config{Brokers: []string{"127.0.0.1:1"}},
		keeping("shop", "eu.orders"), keeping("shop.eu", "orders"))
	if err == nil || !strings.Contains(err.Error(), "the stages shop.eu.orders of topologies shop and shop.eu") {
		t.Errorf("two stages of one name: %v", err)
	}
}

// A worker without brokers does not run, and neither does a client: the error names the setting and the
// remedy.
func TestBrokersAreRequired(t *testing.T) {
	_, worker := processors.NewWorker(processors.Config{}, counter(nil))
	_, client := processors.Dial(processors.Config{})
	for who, err := range map[string]error{"worker": worker, "client": client} {
		for _, want := range []string{"Brokers is empty", "devkafka", "dev"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the %s's error does not speak of %s: %v", who, want, err)
			}
		}
	}
}

func TestTopicsThatDoNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		topic  string
		detail sarama.TopicDetail
		want   string
	}{
		"partitions differ": {"counter.guests-table",
			sarama.TopicDetail{NumPartitions: 3, ReplicationFactor: 1,
				ConfigEntries: entries("compact")}, "same number"},
		"rows are deleted": {"counter.guests-table",
			sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1,
				ConfigEntries: entries("delete")}, "cleanup.policy"},
		"changelog as wanted": {"counter.guests-table",
			sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1,
				ConfigEntries: entries("compact")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := broker(t)
			create(t, b, string(visits), sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1})
			create(t, b, c.topic, c.detail)

			if c.want == "" {
				run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
				return
			}

			w, err := processors.NewWorker(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet},
				counter(nil))
			if err != nil {
				t.Fatal(err)
			}

			if err := w.Run(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) ||
				!strings.Contains(err.Error(), c.topic) {
				t.Errorf("%v, want an error about %s of %s", err, c.want, c.topic)
			}
		})
	}
}

func entries(policy string) map[string]*string { return map[string]*string{"cleanup.policy": &policy} }

func create(t *testing.T, b cluster, topic string, d sarama.TopicDetail) {
	t.Helper()
	withAdmin(t, b, func(a sarama.ClusterAdmin) error { return a.CreateTopic(topic, &d, false) })
}

func withAdmin(t *testing.T, b cluster, do func(sarama.ClusterAdmin) error) {
	t.Helper()
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0

	a, err := sarama.NewClusterAdmin([]string{b.Addr()}, c)
	if err == nil {
		err = errors.Join(do(a), a.Close())
	}

	if err != nil {
		t.Fatal(err)
	}
}

func TestRowsWithoutPositionsAreRefused(t *testing.T) {
	b := broker(t)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil))
	send(t, b, 8, 1)
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	withAdmin(t, b, func(a sarama.ClusterAdmin) error { return a.DeleteConsumerGroup("counter.guests") })

	again, err := processors.NewWorker(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet},
		counter(nil))
	if err != nil {
		t.Fatal(err)
	}

	var fatal *processors.FatalError
	if err := again.Run(t.Context()); !errors.As(err, &fatal) ||
		!strings.Contains(err.Error(), "no committed positions") {
		t.Errorf("%v, want a fatal error that says what to do", err)
	}
}

// Workers come and go while events flow: each takes effect once.
func TestScaleOutAndIn(t *testing.T) {
	for _, g := range []processors.Guarantee{processors.ExactlyOnce, processors.AtLeastOnce} {
		t.Run(g.String(), func(t *testing.T) {
			b := broker(t)
			c := processors.Config{Brokers: []string{b.Addr()}, Guarantee: g}
			first := run(t, c, counter(nil))
			send(t, b, 20, 10)
			second := run(t, c, counter(nil))
			send(t, b, 20, 10)

			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
			send(t, b, 20, 10)
			settle(t, second)

			for i := range 20 {
				row, err := state.Of(second, guests).Get(t.Context(), id(fmt.Sprint("g-", i)))
				if err != nil || row != (seen{30, 135}) {
					t.Errorf("g-%d: %+v, %v", i, row, err)
				}
			}

			if n := len(read(t, b, string(echoes))); n != 600 {
				t.Errorf("%d outputs of 600 events", n)
			}
		})
	}
}

// A row is where its partition is: the others say where that is.
func TestRowsAreElsewhere(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Listen: "127.0.0.1:0"}
	ws := []running{run(t, c, counter(nil)), run(t, c, counter(nil))}
	send(t, b, 20, 1)

	here := map[int]int{}
	for i := range 20 {
		deadline := time.Now().Add(20 * time.Second)
		for found := false; !found; {
			for j, w := range ws {
				row, err := state.Of(w, guests).Get(t.Context(), id(fmt.Sprint("g-", i)))
				var not *state.NotHereError
				switch {
				case err == nil && row.Count == 1:
					here[j]++
					found = true
				case errors.As(err, &not) && not.Owner == ws[1-j].Address(), err == nil, errors.As(err,
					&not) && not.Owner == "":
				default:
					t.Fatalf("g-%d at worker %d: %+v, %v; the other is %s", i, j, row, err, ws[1-j].Address())
				}
			}

			if time.Now().After(deadline) {
				t.Fatalf("g-%d is nowhere", i)
			}
		}
	}

	if here[0] == 0 || here[1] == 0 {
		t.Errorf("the rows are not divided: %v", here)
	}
}

// A stop lets the call under way settle, and makes no new one; what waits is asked at the next start.
func TestStopLetsCallsSettle(t *testing.T) {
	b := broker(t)
	asked, free := make(chan int, 10), make(chan struct{})
	op := topology.Func[visit, visit](func(ctx context.Context, v visit) (visit, error) {
		asked <- v.N

		select {
		case <-free:
			return v, nil
		case <-ctx.Done():
			return v, ctx.Err()
		}
	})
	dir := t.TempDir()
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Dir: dir}, counter(op))
	send(t, b, 1, 2) // the second waits for the first

	if n := <-asked; n != 0 {
		t.Fatalf("asked %d first", n)
	}

	settle(t, w)
	stopped := make(chan error)
	go func() { stopped <- w.stop() }()

	for !w.Draining() {
		time.Sleep(time.Millisecond)
	}
	close(free) // an answer from before would let the next call begin

	if err := <-stopped; err != nil {
		t.Fatal(err)
	}

	if n := len(read(t, b, string(echoes))); n != 1 || len(asked) != 0 {
		t.Errorf("%d answers, %d more calls; want one answer and no call after the stop", n, len(asked))
	}
	again := run(t, processors.Config{Brokers: []string{b.Addr()}, Dir: dir}, counter(op))
	settle(t, again)

	if n := <-asked; n != 1 {
		t.Errorf("asked %d at the next start", n)
	}
	settle(t, again)

	if rs := read(t, b, string(echoes)); len(rs) != 2 {
		t.Errorf("%d answers", len(rs))
	}
}

// However many events there are, no more wait than the bound says and were on their way, all are answered,
// and rows that left the cache come back from the store as they were.
func TestBoundsOfWhatWaits(t *testing.T) {
	const onTheWay = 2*64 + 2 // when the bound is met
	for name, c := range map[string]struct {
		config           processors.Config
		keys, each, most int
	}{
		"of a partition": {processors.Config{Waiting: 8, CachedRows: 3}, 20, 30, 8 + onTheWay},
		"in bytes":       {processors.Config{WaitingBytes: 4000, CachedRows: 3}, 20, 30, 8 + onTheWay},
		"one key":        {processors.Config{CachedRows: 3}, 1, 400, 400},
	} {
		t.Run(name, func(t *testing.T) {
			b := broker(t)
			op := topology.Func[visit, visit](func(ctx context.Context, v visit) (visit, error) {
				select {
				case <-time.After(time.Millisecond):
					return v, nil
				case <-ctx.Done():
					return v, ctx.Err()
				}
			})
			c.config.Brokers, c.config.Partitions = []string{b.Addr()}, 1
			w := run(t, c.config, counter(op))
			send(t, b, c.keys, c.each)
			settle(t, w)

			for i := range c.keys {
				row, err := state.Of(w, guests).Get(t.Context(), id(fmt.Sprint("g-", i)))
				if err != nil || row != (seen{c.each, c.each * (c.each - 1) / 2}) {
					t.Errorf("g-%d: %+v, %v", i, row, err)
				}
			}

			until(t, "an answer to each event", func() bool {
				return len(read(t, b, string(echoes))) >= c.keys*c.each
			})
			settle(t, w)

			if n := len(read(t, b, string(echoes))); n != c.keys*c.each {
				t.Errorf("%d answers to %d events", n, c.keys*c.each)
			}

			if n := mostWaiting(read(t, b, "counter.guests-cells")); n == 0 || n > c.most {
				t.Errorf("%d events waited at once, at most %d may", n, c.most)
			}

			for _, r := range read(t, b, "counter.guests-table") {
				for name := range r.Headers {
					if name != "slipstream-version" && r.Key != "" {
						t.Fatalf("a row carries %s", name)
					}
				}
			}
		})
	}
}

// mostWaiting is how many events have waited at once, as the cells of one partition tell.
func mostWaiting(changes []topology.Record) (most int) {
	waiting := map[string]bool{}
	for _, r := range changes {
		if strings.Contains(r.Key, "/head/") {
			continue
		}

		if delete(waiting, r.Key); !r.Tombstone {
			waiting[r.Key] = true
		}
		most = max(most, len(waiting))
	}

	return most
}

// A worker more than there are partitions is ready, idle, and takes over when it is needed.
func TestSpareWorker(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}
	first, second := run(t, c, counter(nil)), run(t, c, counter(nil))
	send(t, b, 3, 2)

	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	settle(t, second)

	if row, err := state.Of(second, guests).Get(t.Context(), "g-1"); err != nil || row.Count != 2 {
		t.Errorf("%+v, %v", row, err)
	}
}

// A worker that is stopped before it is ready stops cleanly.
func TestStopAtOnce(t *testing.T) {
	b := broker(t)
	for _, after := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond,
		100 * time.Millisecond} {
		w, err := processors.NewWorker(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet},
			counter(nil))
		if err != nil {
			t.Fatal(err)
		}

		ctx, cancel := context.WithTimeout(t.Context(), after)
		if err := w.Run(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stopped after %v: %v", after, err)
		}
		cancel()
	}
}

func TestOneWorkerPerDir(t *testing.T) {
	b := broker(t)
	dir := t.TempDir()
	run(t, processors.Config{Brokers: []string{b.Addr()}, Dir: dir}, counter(nil))

	w, err := processors.NewWorker(processors.Config{Brokers: []string{b.Addr()}, Dir: dir, Logger: quiet},
		counter(nil))
	if err != nil {
		t.Fatal(err)
	}

	if err := w.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "in use by another worker") {
		t.Errorf("%v", err)
	}
}

// Two workers of one name would fence each other in turns: the one that is fenced says so and ends.
func TestTwoWorkersOfOneName(t *testing.T) {
	if raceDetector {
		t.Skip("sarama races with itself when a producer is fenced; runs without the race detector")
	}
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Instance: "same", Logger: quiet,
		SessionTimeout: 2 * time.Second}

	w, err := processors.NewWorker(c, counter(nil))
	if err != nil {
		t.Fatal(err)
	}

	done := make(chan error, 1)
	go func() { done <- w.Run(t.Context()) }()
	<-w.Ready()
	run(t, c, counter(nil))
	send(t, b, 4, 1) // something to commit

	select {
	case err := <-done:
		var fatal *processors.FatalError
		if !errors.As(err, &fatal) || !strings.Contains(err.Error(), `instance "same"`) {
			t.Errorf("%v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the fenced worker goes on")
	}
}
