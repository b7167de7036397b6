package processors_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// A topology that is new to a topic begins where it is told, once.
func TestATopologyBeginsWhereItIsTold(t *testing.T) {
	b := broker(t)
	k := dial(t, b.Addr())
	first := run(t, processors.Config{Brokers: []string{b.Addr()}}, counter(nil)) // it creates the topic
	at := time.Now().Add(-time.Hour)
	for i := range 4 {
		r := topology.Record{Topic: string(visits), Key: "g-1", Value: []byte(`{"N":1}`),
			Time: at.Add(time.Duration(i) * time.Minute)}
		if err := k.Send(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, first)

	// Each sends one more event of g-1 between its two lives, which the next ones find.
	for i, c := range []struct {
		name  string
		start time.Time
		want  int
	}{
		{"beginning", time.Time{}, 4},
		{"a-time", at.Add(90 * time.Second), 2},
		{"now", time.Now().Add(time.Minute), -2},
	} {
		begun := func() *topology.Topology {
			top := topology.New(c.name)
			topology.Configure(top, visits, topology.TopicConfig[visit]{Start: c.start})
			count := func(s seen, v visit) seen { s.Count++; return s }
			topology.Fold(guests, topology.From(top, visits), count)
			return top
		}

		for again := range 2 {
			w := run(t, processors.Config{Brokers: []string{b.Addr()}}, begun())
			settle(t, w)

			var row seen
			_, err := w.Row(t.Context(), string(guests), "g-1", &row)
			if want := c.want + i + again; err != nil || row.Count != want {
				t.Errorf("%s, start %d: %d events are counted, want %d: %v",
					c.name, again+1, row.Count, want, err)
			}

			if err := w.stop(); err != nil {
				t.Fatal(err)
			}

			if again == 0 { // while no worker runs
				send(t, b, 2, 1)
			}
		}
	}
}

// A topic that is created has the settings of its configuration. An input that nobody here writes is told,
// except on a cluster that has no topics yet: there each input is new.
func TestTopicsAreCreatedAsConfigured(t *testing.T) {
	b := broker(t)
	unwarned := &warnings{}
	first := topology.New("first")
	topology.From(first, topology.Topic[string, visit]("of-first")).To("by-first")
	run(t, processors.Config{Brokers: []string{b.Addr()}, Logger: slog.New(unwarned)}, first)

	if unwarned.has("an input did not exist") {
		t.Error("a warning on a new cluster")
	}

	told := &warnings{}
	top := counter(nil)
	topology.Configure(top, echoes, topology.TopicConfig[visit]{
		Settings: map[string]string{"retention.ms": "86400000", "max.message.bytes": "100000"}})
	run(t, processors.Config{Brokers: []string{b.Addr()}, Logger: slog.New(told)}, top)

	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		ask := []*sarama.ConfigResource{{Type: sarama.TopicResource, Name: string(echoes)}}
		results, err := a.DescribeConfigs(ask, sarama.DescribeConfigsOptions{})
		has := map[string]string{}
		for _, r := range results {
			for _, e := range r.Configs {
				has[e.Name] = e.Value
			}
		}
		if err == nil && (has["retention.ms"] != "86400000" || has["max.message.bytes"] != "100000") {
			err = errors.New("the topic is not as configured")
		}
		return err
	})

	if !told.has("an input did not exist") {
		t.Error("nobody is told that the input is new")
	}
}

// Records without a key are spread, and stay without a key.
func TestRecordsWithoutAKey(t *testing.T) {
	b := broker(t)
	top := topology.New("passing")
	topology.From(top, visits).Filter(func(v visit) bool { return v.N < 100 }).To(echoes)
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 4}, top)
	k := dial(t, b.Addr())

	for range 40 {
		r := topology.Record{Topic: string(visits), Value: []byte(`{"N":1}`)}
		if err := k.Send(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, w)

	for _, topic := range []string{string(visits), string(echoes)} {
		in, n := map[int32]int{}, 0
		all := processors.FollowOptions{FromBeginning: true, ToEnd: true}
		for r, err := range k.Follow(t.Context(), topic, all) {
			if err != nil {
				t.Fatal(err)
			}
			in[r.Partition]++
			n++
		}

		if n != 40 || len(in) != 4 {
			t.Errorf("%s has %d records without a key, by partition: %v", topic, n, in)
		}
	}

	if keys := nullKeys(t, b.Addr(), string(echoes)); keys != 40 {
		t.Errorf("%d of 40 records have the null key", keys)
	}
}

// nullKeys counts the records of a topic whose key is Kafka's null.
func nullKeys(t *testing.T, addr, topic string) (n int) {
	t.Helper()

	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	consumer, err := sarama.NewConsumer([]string{addr}, c)
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close()

	parts, err := consumer.Partitions(topic)
	if err != nil {
		t.Fatal(err)
	}

	for _, part := range parts {
		pc, err := consumer.ConsumePartition(topic, part, sarama.OffsetOldest)
		if err != nil {
			t.Fatal(err)
		}

		for range 10 {
			if m := <-pc.Messages(); m.Key == nil {
				n++
			}
		}
		_ = pc.Close()
	}

	return n
}

// Partitions that are added to the input of a stage that keeps nothing are read after the next start.
func TestAStageThatKeepsNothingReadsAddedPartitions(t *testing.T) {
	b := broker(t)
	passing := func() *topology.Topology {
		top := topology.New("passing")
		topology.From(top, visits).To(echoes)
		return top
	}
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2}
	if err := run(t, c, passing()).stop(); err != nil {
		t.Fatal(err)
	}
	grow(t, b, 5, string(visits))

	w := run(t, c, passing())
	send(t, b, 20, 1)
	settle(t, w)

	n := 0
	for r, err := range dial(t, b.Addr()).Follow(t.Context(), string(echoes), processors.FollowOptions{
		FromBeginning: true, ToEnd: true}) {
		if err != nil || strings.HasPrefix(r.Key, "x") {
			t.Fatal(err)
		}
		n++
	}

	if n != 20 {
		t.Errorf("%d of 20 events are passed on", n)
	}
}
