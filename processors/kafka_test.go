package processors_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/processors/processorstest"
	"github.com/slipstream-go/slipstream/state"
	"github.com/slipstream-go/slipstream/topology"
)

// realKafka returns the brokers of a real Kafka: the embedded broker compacts nothing.
func realKafka(t *testing.T) []string {
	t.Helper()

	brokers := os.Getenv(processorstest.KafkaEnv)
	if brokers == "" {
		t.Skipf("set %s to the brokers of a Kafka cluster", processorstest.KafkaEnv)
	}
	return strings.Split(brokers, ",")
}

// A store that was away while a row was deleted, and while compaction removed even the deletion, does not
// bring the row back.
func TestDeletedRowsStayDeleted(t *testing.T) {
	brokers := realKafka(t)
	name := "deleted" + time.Now().Format("150405.000")

	type event struct{ N int }
	in := topology.Topic[id, event](name + ".in")
	declare := func() *topology.Topology {
		top := topology.New(name)
		topology.Fold(guests, topology.From(top, in), func(s seen, e event) seen {
			if e.N < 0 {
				return seen{}
			}
			return seen{s.Count + 1, s.Sum + e.N}
		})
		return top
	}
	createCompacted(t, brokers, name+".guests-table")

	client, err := processors.Dial(processors.Config{Brokers: brokers, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	send := func(key, value string) {
		t.Helper()

		err := client.Send(t.Context(), topology.Record{Topic: string(in), Key: key, Value: []byte(value)})
		if err != nil {
			t.Fatal(err)
		}
	}

	one := processors.Config{Brokers: brokers, Dir: t.TempDir(), Partitions: 1}
	other := processors.Config{Brokers: brokers, Dir: t.TempDir(), Partitions: 1}
	w := run(t, one, declare())
	for range 5 {
		send("gone", `{"N":1}`)
	}
	send("stays", `{"N":1}`)
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	w = run(t, other, declare())
	send("gone", `{"N":-1}`)
	settle(t, w)

	until(t, "the deletion is compacted away", func() bool {
		send("stays", `{"N":1}`) // segments roll only with records
		time.Sleep(time.Second)

		for r, err := range client.Follow(t.Context(), name+".guests-table",
			processors.FollowOptions{FromBeginning: true, ToEnd: true}) {
			if err != nil {
				t.Fatal(err)
			}

			if r.Key == "gone" {
				return false
			}
		}
		return true
	})
	settle(t, w)

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	w = run(t, one, declare()) // back with its store
	send("gone", `{"N":1}`)
	settle(t, w)

	if row, err := state.Of(w, guests).Get(t.Context(), "gone"); err != nil || row.Count != 1 {
		t.Errorf("the row is %+v, want a count of 1 (%v)", row, err)
	}
}

// createCompacted creates a topic that is compacted within seconds.
func createCompacted(t *testing.T, brokers []string, topic string) {
	t.Helper()

	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0

	admin, err := sarama.NewClusterAdmin(brokers, c)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()

	entries := map[string]*string{}
	for name, value := range map[string]string{
		"cleanup.policy":            "compact",
		"delete.retention.ms":       "100",
		"segment.ms":                "200",
		"min.cleanable.dirty.ratio": "0.001",
		"min.compaction.lag.ms":     "0",
		"max.compaction.lag.ms":     "500",
	} {
		entries[name] = &value
	}

	d := &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1, ConfigEntries: entries}
	if err := admin.CreateTopic(topic, d, false); err != nil {
		t.Fatal(err)
	}
}
