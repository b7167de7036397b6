package processors_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// sendAll sends records to a broker.
func sendAll(t *testing.T, b cluster, rs ...topology.Record) {
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
func createWith(t *testing.T, b cluster, topic, setting, value string) {
	t.Helper()
	create(t, b, topic, sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1,
		ConfigEntries: map[string]*string{setting: &value}})
}

// A record three hours ahead of its time, in a topic that takes it: others take an hour, by default.
func TestARecordAheadOfItsTime(t *testing.T) {
	b := brokerUnderTest(t)
	createWith(t, b, string(visits), "message.timestamp.after.max.ms", "9223372036854775807")
	top := counter(nil)
	topology.Configure(top, visits, topology.TopicConfig[visit]{Ahead: 24 * time.Hour})
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, top)

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

// A topic whose broker sets the times itself takes a record of any time.
func TestATopicThatSetsTimesItself(t *testing.T) {
	b := brokerUnderTest(t)
	createWith(t, b, string(visits), "message.timestamp.after.max.ms", "9223372036854775807")
	createWith(t, b, string(echoes), "message.timestamp.type", "LogAppendTime")
	createWith(t, b, "counter.guests-table", "message.timestamp.type", "LogAppendTime")
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		const op = sarama.IncrementalAlterConfigsOperationSet
		compact := "compact"
		return a.IncrementalAlterConfig(sarama.TopicResource, "counter.guests-table",
			map[string]sarama.IncrementalAlterConfigsEntry{
				"cleanup.policy": {Operation: op, Value: &compact},
			}, false)
	})
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, counter(nil))

	later := time.Now().Add(3 * time.Hour)
	sendAll(t, b, topology.Record{Topic: string(visits), Key: "g", Value: []byte(`{"N":1}`), Time: later})
	settle(t, w)

	letters, out := read(t, b, "counter.dead-letters"), read(t, b, string(echoes))
	if len(letters) != 0 || len(out) != 1 {
		t.Fatalf("%d dead letters, outputs %v", len(letters), out)
	}
}

// A record without a key is a dead letter also if its topic of dead letters is compacted, which takes no
// record without a key.
func TestADeadLetterWithoutAKeyInACompactedTopic(t *testing.T) {
	b := brokerUnderTest(t)
	createWith(t, b, "counter.dead-letters", "cleanup.policy", "compact")
	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, counter(nil))
	settle(t, w)

	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	c.Producer.Return.Successes = true
	p, err := sarama.NewSyncProducer([]string{b.Addr()}, c)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()

	for _, key := range []sarama.Encoder{nil, sarama.StringEncoder("g")} {
		value := sarama.StringEncoder(`{"N":1}`)
		m := &sarama.ProducerMessage{Topic: string(visits), Key: key, Value: value}
		if _, _, err := p.SendMessage(m); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, w)

	letters, out := read(t, b, "counter.dead-letters"), read(t, b, string(echoes))
	if len(letters) != 1 || len(out) != 1 {
		t.Errorf("%d dead letters and %d outputs, want one each", len(letters), len(out))
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
	b := brokerUnderTest(t)
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

// shrink lowers what a topic takes, while workers run.
func shrink(t *testing.T, b cluster, topic, most string) {
	t.Helper()
	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		const op = sarama.IncrementalAlterConfigsOperationSet
		set := sarama.IncrementalAlterConfigsEntry{Operation: op, Value: &most}
		entries := map[string]sarama.IncrementalAlterConfigsEntry{"max.message.bytes": set}
		return a.IncrementalAlterConfig(sarama.TopicResource, topic, entries, false)
	})
}

// A topic takes less than it did when the worker asked. The event whose output is refused is found among
// others, and becomes a dead letter, cut short if that is refused, too. The others take effect once.
func TestWhatOnlyTheBrokerRefuses(t *testing.T) {
	if raceDetector {
		t.Skip("sarama races with itself when a batch is refused; runs without the race detector")
	}

	for name, smaller := range map[string][]string{
		"the output":           {"copies"},
		"the dead letter, too": {"copies", "blown.dead-letters"},
	} {
		t.Run(name, func(t *testing.T) {
			b := brokerUnderTest(t)
			told := &notices{}
			c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 2, OnNotice: told.add,
				CommitEvery: 50 * time.Millisecond}
			w := run(t, c, blown())
			settle(t, w)

			for _, topic := range smaller {
				shrink(t, b, topic, "3000")
			}

			var rs []topology.Record
			for i := range 20 {
				rs = append(rs, topology.Record{Topic: "asks", Key: fmt.Sprint("k-", i),
					Value: []byte(`{"Copies":1,"Bytes":10}`)})
			}
			padding := strings.Repeat(" ", 5000)
			rs[7].Value = []byte(`{"Copies":1,` + padding + `"Bytes":5000}`)
			sendAll(t, b, rs...)
			settle(t, w)

			letters, out := read(t, b, "blown.dead-letters"), read(t, b, "copies")
			if len(letters) != 1 || letters[0].Key != "k-7" || len(out) != 19 {
				t.Fatalf("%d dead letters and %d outputs, want 1 and 19", len(letters), len(out))
			}

			if cut := len(letters[0].Value) == 0; cut != (len(smaller) > 1) {
				t.Errorf("the dead letter has %d bytes", len(letters[0].Value))
			}

			if why := letters[0].Headers["deadletter-error"]; !strings.Contains(why, "too large") {
				t.Errorf("the reason is %q", why)
			}

			sendAll(t, b, rs[0], rs[1])
			settle(t, w)

			if n := len(told.of(processors.Rebuilt)); n > 2+len(smaller) {
				t.Errorf("rebuilt %d times", n)
			}
		})
	}
}

// The answer of an operator becomes a record that the broker refuses. It is found without being asked for
// ever.
func TestAnAnswerThatOnlyTheBrokerRefuses(t *testing.T) {
	if raceDetector {
		t.Skip("sarama races with itself when a batch is refused; runs without the race detector")
	}

	b := brokerUnderTest(t)
	large := topology.Func[visit, visit](func(_ context.Context, v visit) (visit, error) { return v, nil })
	top := topology.New("long")
	asked := topology.From(top, visits)
	settled, _ := topology.Async(asked, "echo", large, topology.Policy[visit]{})
	topology.Map(settled, func(v visit) string { return strings.Repeat("x", v.N) }).
		To(topology.Topic[id, string]("echoed"))

	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, top)
	settle(t, w)
	shrink(t, b, "echoed", "3000")

	var rs []topology.Record
	for i := range 20 {
		rs = append(rs, topology.Record{Topic: string(visits), Key: fmt.Sprint("g-", i),
			Value: []byte(`{"N":10}`)})
	}
	rs[7].Value = []byte(`{"N":5000}`)
	sendAll(t, b, rs...)
	settle(t, w)

	letters, out := read(t, b, "long.dead-letters"), read(t, b, "echoed")
	if len(letters) != 1 || letters[0].Key != "g-7" || len(out) != 19 {
		t.Errorf("%d dead letters and %d outputs, want 1 and 19", len(letters), len(out))
	}
}
