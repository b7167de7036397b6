package processors_test

import (
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// sendAll sends records to a broker.
func sendAll(t *testing.T, b *devkafka.Broker, rs ...topology.Record) {
	t.Helper()

	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	if err := k.Send(t.Context(), rs...); err != nil {
		t.Fatal(err)
	}
}

// createWith creates a topic of one partition with a setting.
func createWith(t *testing.T, b *devkafka.Broker, topic, setting, value string) {
	t.Helper()
	create(t, b, topic, sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1,
		ConfigEntries: map[string]*string{setting: &value}})
}

// A record three hours ahead of its time, in a topic that takes it: others take an hour, by default.
func TestARecordAheadOfItsTime(t *testing.T) {
	b := broker(t)
	createWith(t, b, string(visits), "message.timestamp.after.max.ms", "9223372036854775807")
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, counter(nil))

	later := time.Now().Add(3 * time.Hour)
	sendAll(t, b,
		topology.Record{Topic: string(visits), Key: "g", Value: []byte(`{"N":1}`), Time: later},
		topology.Record{Topic: string(visits), Key: "g", Value: []byte(`{"N":2}`)})
	settle(t, w)

	letters, out := read(t, b, "counter.dead-letters"), read(t, b, string(echoes))
	if len(letters) != 1 || len(out) != 1 || string(out[0].Value) != `{"N":2}` {
		t.Fatalf("%d dead letters, outputs %v", len(letters), out)
	}

	if why := letters[0].Headers["deadletter-error"]; !strings.Contains(why, "later than topic") {
		t.Errorf("the reason is %q", why)
	}

	if ahead := time.Until(letters[0].Time); ahead > time.Hour {
		t.Errorf("the dead letter is %v ahead, too", ahead)
	}
}

// blown sends what an event asks for: as many copies, of so many bytes.
func blown() *topology.Topology {
	type ask struct{ Copies, Bytes int }

	t := topology.New("blown")
	asked := topology.From(t, topology.Topic[id, ask]("asks"))
	topology.FlatMap(asked, func(a ask) (all []string) {
		for range a.Copies {
			all = append(all, strings.Repeat("x", a.Bytes))
		}
		return all
	}).To(topology.Topic[id, string]("copies"))

	return t
}

// A topic takes less than others do: single records, and batches of them.
func TestOutputsForATopicThatTakesLittle(t *testing.T) {
	b := broker(t)
	createWith(t, b, "copies", "max.message.bytes", "20000")
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, blown())

	sendAll(t, b,
		topology.Record{Topic: "asks", Key: "k", Value: []byte(`{"Copies":1,"Bytes":50000}`)},
		topology.Record{Topic: "asks", Key: "k", Value: []byte(`{"Copies":200,"Bytes":1000}`)})
	settle(t, w)

	letters, out := read(t, b, "blown.dead-letters"), read(t, b, "copies")
	if len(letters) != 1 || len(out) != 200 {
		t.Fatalf("%d dead letters and %d outputs, want 1 and 200", len(letters), len(out))
	}

	why := letters[0].Headers["deadletter-error"]
	if !strings.Contains(why, "the record for topic copies has") {
		t.Errorf("the reason is %q", why)
	}
}
