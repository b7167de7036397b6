package processors_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// Topics may change while no worker runs, or while some do. What can't be taken up any more is refused, with
// the cause and the way out; nothing is counted from zero, twice, or not at all.

// startIsRefused runs a worker that must end with a FatalError that has each of these texts.
func startIsRefused(t *testing.T, c processors.Config, top *topology.Topology, texts ...string) {
	t.Helper()
	expectRefusal(t, refused(t, c, top), texts...)
}

func expectRefusal(t *testing.T, err error, texts ...string) {
	t.Helper()

	if fatal := new(processors.FatalError); !errors.As(err, &fatal) {
		t.Errorf("%v, want a FatalError", err)
		return
	}

	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%v\nwant it to say %q", err, text)
		}
	}
}

// counted runs a worker until it has counted visits of 8 guests, and stops it.
func counted(t *testing.T, b cluster, c processors.Config, top *topology.Topology) {
	t.Helper()

	w := run(t, c, top)
	send(t, b, 8, 1)
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
}

// grow adds partitions to topics, and waits until the brokers tell of them.
func grow(t *testing.T, b cluster, n int32, topics ...string) {
	t.Helper()
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		var errs []error
		for _, topic := range topics {
			errs = append(errs, a.CreatePartitions(topic, n, nil, false))
		}

		until(t, "the partitions are there", func() bool {
			all, err := a.ListTopics()
			return err == nil && !slices.ContainsFunc(topics, func(topic string) bool {
				return all[topic].NumPartitions < n
			})
		})
		return errors.Join(errs...)
	})
}

// own are the topics of counter that must have the same number of partitions.
var own = []string{string(visits), "counter.guests-table", "counter.guests-cells"}

func TestPartitionsThatWereAddedWhileStoppedAreRefused(t *testing.T) {
	for name, dir := range map[string]string{"recovered": "", "on disk": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			b := brokerUnderTest(t)
			c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, Dir: dir}
			counted(t, b, c, counter(nil))
			grow(t, b, 3, own[:2]...)
			startIsRefused(t, c, counter(nil), "have 3 partitions, and had 2", "repartition")
		})
	}
}

// Positions that another tool has set say nothing of partitions. Then the rows do, wherever they are read.
func TestRowsInAnotherPartitionThanTheirEventsAreRefused(t *testing.T) {
	for name, dir := range map[string]string{"recovered": "", "on disk": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			b := brokerUnderTest(t)
			c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, Dir: dir}
			counted(t, b, c, counter(nil))
			forget(t, b, 2)
			grow(t, b, 3, own[:2]...)
			startIsRefused(t, c, counter(nil), "the row of key", "repartition")
		})
	}
}

// An event that waits for its answer is refused as its row is. It was a nil dereference, if the partition of
// its key was another worker's.
func TestEventsThatWaitInAnotherPartitionAreRefused(t *testing.T) {
	b := brokerUnderTest(t)
	never := topology.Func[visit, visit](func(ctx context.Context, v visit) (visit, error) {
		<-ctx.Done()
		return v, ctx.Err()
	})

	asking := func() *topology.Topology {
		top := topology.New("counter")
		settled, _ := topology.Async(topology.From(top, visits), "guests", never, topology.Policy[visit]{})
		settled.To(echoes)
		return top
	}
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, StopTimeout: time.Millisecond}
	counted(t, b, c, asking())
	forget(t, b, 2)
	grow(t, b, 3, own...)

	for range 2 {
		startIsRefused(t, c, asking(), "the row of key", "repartition")
	}
}

// Two workers start at once, and each has events of keys whose new partition is the other's. Both are refused,
// whichever partition they get, by the signatures of the positions or by the rows.
func TestPartitionsThatWereAddedToTwoWorkersAreRefused(t *testing.T) {
	for name, isSigned := range map[string]bool{"positions are signed": true, "positions are not": false} {
		t.Run(name, func(t *testing.T) {
			b := brokerUnderTest(t)
			c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, StopTimeout: time.Millisecond}
			counted(t, b, c, counter(asked(nil)))
			if !isSigned {
				forget(t, b, 2)
			}
			grow(t, b, 3, own...)

			ends := make(chan error)
			c.Logger, c.SessionTimeout = quiet, 2*time.Second
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()

			for range 2 {
				release := make(chan struct{})
				close(release)

				w, err := processors.NewWorker(c, counter(asked(release)))
				if err != nil {
					t.Fatal(err)
				}
				go func() { ends <- w.Run(ctx) }()
			}

			for range 2 {
				expectRefusal(t, <-ends, "repartition")
			}

			if n := len(read(t, b, string(echoes))); n > 0 {
				t.Errorf("%d answers", n)
			}
		})
	}
}

// forget sets the positions of the stage to where they are, as kafka-consumer-groups does.
func forget(t *testing.T, b cluster, partitions int32) {
	t.Helper()
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		parts := map[string][]int32{}
		for _, topic := range []string{string(visits), "counter.guests-inbox"} {
			for p := range partitions {
				parts[topic] = append(parts[topic], p)
			}
		}

		have, err := a.ListConsumerGroupOffsets("counter.guests", parts)
		if err != nil {
			return err
		}

		for topic, all := range parts {
			for _, p := range all {
				setPosition(t, b, topic, p, have.GetBlock(topic, p).Offset)
			}
		}
		return nil
	})
}

func setPosition(t *testing.T, b cluster, topic string, part int32, next int64) {
	t.Helper()
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0

	client, err := sarama.NewClient([]string{b.Addr()}, c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	m, err := sarama.NewOffsetManagerFromClient("counter.guests", client)
	if err != nil {
		t.Fatal(err)
	}

	p, err := m.ManagePartition(topic, part)
	if err != nil {
		t.Fatal(err)
	}
	p.ResetOffset(next, "")
	p.MarkOffset(next, "")
	m.Commit()

	if err := errors.Join(p.Close(), m.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestInputThatWasDeletedUnreadIsRefused(t *testing.T) {
	b := brokerUnderTest(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}
	counted(t, b, c, counter(nil))
	send(t, b, 8, 1)
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		return a.DeleteRecords(string(visits), map[int32]int64{0: 12})
	})
	startIsRefused(t, c, counter(nil),
		"were deleted before they were read", "offset 8", "is 12", "--to-earliest")

	setPosition(t, b, string(visits), 0, 12) // as it says
	w := run(t, c, counter(nil))
	settle(t, w)

	sum := 0
	for i := range 8 {
		row, err := state.Of(w, guests).Get(t.Context(), id(fmt.Sprint("g-", i)))
		if err != nil {
			t.Fatal(err)
		}
		sum += row.Count
	}

	if sum != 12 {
		t.Errorf("%d visits are counted, want 12", sum)
	}
}

// Nothing is lost if all that was deleted are the markers of transactions.
func TestMarkersThatWereDeletedAreNotMissed(t *testing.T) {
	b := brokerUnderTest(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}

	// The second stage reads what the first one writes in transactions.
	chain := func() *topology.Topology {
		top := topology.New("chain")
		topology.Fold(guests, topology.From(top, visits),
			func(s seen, v visit) seen { s.Count++; return s }).To(echoes)
		topology.Fold("heard", topology.From(top, echoes), func(s seen, v visit) seen { s.Count++; return s })
		return top
	}
	counted(t, b, c, chain())
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		return a.DeleteRecords(string(echoes), map[int32]int64{0: -1}) // all
	})
	run(t, c, chain())
}

func TestPositionsBeyondTheEndAreRefused(t *testing.T) {
	b := brokerUnderTest(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}
	counted(t, b, c, counter(nil))
	setPosition(t, b, string(visits), 0, 100)
	startIsRefused(t, c, counter(nil), "up to offset 100", "ends at 8", "--to-latest")
}

// recreate deletes a topic, and makes it anew.
func recreate(t *testing.T, b cluster, topic string, policy string) {
	t.Helper()
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		return errors.Join(a.DeleteTopic(topic), a.CreateTopic(topic, &sarama.TopicDetail{
			NumPartitions:     1,
			ReplicationFactor: 1,
			ConfigEntries:     entries(policy),
		}, false))
	})
}

func TestTopicsThatWereMadeAnewWhileStoppedAreRefused(t *testing.T) {
	b := brokerUnderTest(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}
	counted(t, b, c, counter(nil))
	recreate(t, b, string(visits), "delete")
	send(t, b, 8, 2) // the old position is among these

	// Kafka deletes the positions with the topic, and the embedded broker keeps them.
	startIsRefused(t, c, counter(nil), "positions")

	b = brokerUnderTest(t)
	c.Brokers = []string{b.Addr()}
	counted(t, b, c, counter(nil))
	recreate(t, b, "counter.guests-table", "compact")
	startIsRefused(t, c, counter(nil),
		"changelog counter.guests-table was deleted and made anew", "--delete --group")
}

// A worker that runs ends when partitions are added: at the latest by the first record in a wrong partition,
// which does not become a dead letter.
func TestPartitionsThatAreAddedWhileRunningAreNoticed(t *testing.T) {
	b := brokerUnderTest(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, Logger: quiet}

	w, err := processors.NewWorker(c, counter(nil))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	go func() { done <- w.Run(ctx) }()
	<-w.Ready()

	grow(t, b, 5, string(visits))
	send(t, b, 64, 1)
	expectRefusal(t, <-done, "has 5 partitions now and had 2", "repartition")
	if n := len(read(t, b, "counter.dead-letters")); n > 0 {
		t.Errorf("%d dead letters", n)
	}
}

// A new input of a stage is read from its beginning. One that was read before, and has lost its positions, is
// refused.
func TestInputsWithoutPositions(t *testing.T) {
	const more topology.Topic[id, visit] = "more"
	two := func() *topology.Topology {
		top := topology.New("counter")
		all := topology.Merge(topology.From(top, visits), topology.From(top, more))
		topology.Fold(guests, all, func(s seen, v visit) seen { s.Count++; return s })
		return top
	}

	b := brokerUnderTest(t)
	told := &warnings{}
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, Logger: slog.New(told)}
	counted(t, b, c, counter(nil))

	counted(t, b, c, two())
	if !told.has("read from its beginning") {
		t.Error("nothing is said of the new input")
	}

	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		return a.DeleteConsumerGroupOffset("counter.guests", string(more), 0)
	})
	startIsRefused(t, c, two(), "has read topic more before", "no positions")
}

// warnings are what a worker warns of.
type warnings struct {
	mu   sync.Mutex
	text strings.Builder
}

func (w *warnings) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (w *warnings) WithAttrs([]slog.Attr) slog.Handler           { return w }
func (w *warnings) WithGroup(string) slog.Handler                { return w }

func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintln(&w.text, r.Message)
	return nil
}

func (w *warnings) has(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(w.text.String(), text)
}
