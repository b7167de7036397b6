package devkafka_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/slipstream-go/slipstream/devkafka"
)

// This file is what the tests say in Kafka's words.

func start(t *testing.T, c devkafka.Config) *devkafka.Broker {
	t.Helper()

	b, err := devkafka.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// settings are those of the engine: everything in a transaction, nothing read before it has committed.
func settings() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Return.Successes = true
	c.Producer.Idempotent = true
	c.Producer.Partitioner = sarama.NewManualPartitioner
	c.Net.MaxOpenRequests = 1
	c.Consumer.IsolationLevel = sarama.ReadCommitted
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Metadata.Retry.Max = 0

	return c
}

func newAdmin(t *testing.T, b *devkafka.Broker, c *sarama.Config) sarama.ClusterAdmin {
	t.Helper()
	return closed(t)(sarama.NewClusterAdmin([]string{b.Addr()}, c)).(sarama.ClusterAdmin)
}

func createTopic(t *testing.T, b *devkafka.Broker, name string, config map[string]string) {
	t.Helper()

	detail := &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1, ConfigEntries: map[string]*string{}}
	for k, v := range config {
		detail.ConfigEntries[k] = &v
	}
	must(t, newAdmin(t, b, settings()).CreateTopic(name, detail, false))
}

// topic is what Kafka says of a topic, its UUID among it.
func topic(t *testing.T, b *devkafka.Broker, name string) *sarama.TopicMetadata {
	t.Helper()
	ms, err := newAdmin(t, b, settings()).DescribeTopics([]string{name})
	must(t, err)
	return ms[0]
}

func newProducer(t *testing.T, b *devkafka.Broker, c *sarama.Config) sarama.SyncProducer {
	t.Helper()
	return closed(t)(sarama.NewSyncProducer([]string{b.Addr()}, c)).(sarama.SyncProducer)
}

// newTxn is a producer whose id lasts.
func newTxn(t *testing.T, b *devkafka.Broker, id string) sarama.SyncProducer {
	t.Helper()
	c := settings()
	c.Producer.Transaction.ID = id
	return newProducer(t, b, c)
}

func send(t *testing.T, p sarama.SyncProducer, topic string, values ...string) {
	t.Helper()

	for _, v := range values {
		_, _, err := p.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(v)})
		must(t, err)
	}
}

// want reads partition 0 from its start until as many values have come as wanted.
func want(t *testing.T, b *devkafka.Broker, topic string, values ...string) {
	t.Helper()

	c := closed(t)(sarama.NewConsumer([]string{b.Addr()}, settings())).(sarama.Consumer)
	p := closed(t)(c.ConsumePartition(topic, 0, sarama.OffsetOldest)).(sarama.PartitionConsumer)
	var got []string
	for len(got) < len(values) {
		select {
		case m := <-p.Messages():
			got = append(got, string(m.Value))
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: %d values in 20 s, want %d", topic, len(got), len(values))
		}
	}

	if !slices.Equal(got, values) {
		t.Errorf("%s has %q, want %q", topic, got, values)
	}
}

func numbers(from, to int) (vs []string) {
	for i := from; i < to; i++ {
		vs = append(vs, fmt.Sprint(i))
	}
	return vs
}

// closed takes a constructor's results and sees to the closing.
func closed(t *testing.T) func(c interface{ Close() error }, err error) interface{ Close() error } {
	return func(c interface{ Close() error }, err error) interface{ Close() error } {
		t.Helper()
		must(t, err)
		t.Cleanup(func() { c.Close() })
		return c
	}
}

func must(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Fatal(err)
	}
}
