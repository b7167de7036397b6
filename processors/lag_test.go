package processors_test

import (
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// The lag of a group is 0 once it has nothing left to read, also on a topic that is written by transactions:
// each ends with a marker, which is an offset but no record. A worker passes the markers when it looks at its
// topics.
func TestLagIsZeroWhenATransactionalTopicIsIdle(t *testing.T) {
	b := broker(t)
	reader := topology.New("reader")
	heard := topology.From(reader, topology.Topic[string, int]("told"))
	topology.Fold(topology.Table[string, int]("heard"), heard, topology.Latest)

	teller := topology.New("teller")
	topology.From(teller, topology.Topic[string, int]("asked")).To("told")

	w := run(t, processors.Config{Brokers: []string{b.Addr()}, Partitions: 1}, teller, reader)
	k, err := processors.Dial(processors.Config{Brokers: []string{b.Addr()}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()

	if err := processors.Send(t.Context(), k, "asked", "ann", 1); err != nil {
		t.Fatal(err)
	}
	settle(t, w)

	lag := lagOf(t, b.Addr(), "reader.heard", "told")
	until(t, "the lag is that of the marker", func() bool { return lag() == 1 })

	if err := w.LookAround(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the lag is 0", func() bool { return lag() == 0 })
}

// lagOf returns how the tools of Kafka compute the lag: of partition 0 of a topic.
func lagOf(t *testing.T, broker, group, topic string) func() int64 {
	t.Helper()

	c := sarama.NewConfig()
	c.Net.DialTimeout = 10 * time.Second

	client, err := sarama.NewClient([]string{broker}, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })

	admin, err := sarama.NewClusterAdminFromClient(client)
	if err != nil {
		t.Fatal(err)
	}

	return func() int64 {
		end, err := client.GetOffset(topic, 0, sarama.OffsetNewest)
		if err != nil {
			t.Fatal(err)
		}

		got, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0}})
		if err != nil {
			t.Fatal(err)
		}

		return end - got.GetBlock(topic, 0).Offset
	}
}
