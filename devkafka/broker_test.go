package devkafka_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"github.com/slipstream-go/slipstream/devkafka"
)

func TestRestartKeepsWhatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	b := start(t, devkafka.Config{Dir: dir})
	createTopic(t, b, "orders", map[string]string{"cleanup.policy": "compact"})
	send(t, newProducer(t, b, settings()), "orders", numbers(0, 100)...)
	id := topic(t, b, "orders").Uuid
	must(t, b.Close())

	b = start(t, devkafka.Config{Dir: dir})
	send(t, newProducer(t, b, settings()), "orders", numbers(100, 110)...)
	want(t, b, "orders", numbers(0, 110)...)

	if got := topic(t, b, "orders").Uuid; got != id || got == (sarama.Uuid{}) {
		t.Errorf("the topic's UUID is %v, was %v", got, id)
	}
}

func TestTopicMadeAnewHasAnotherUUID(t *testing.T) {
	b := start(t, devkafka.Config{})
	createTopic(t, b, "orders", nil)
	id := topic(t, b, "orders").Uuid
	must(t, newAdmin(t, b, settings()).DeleteTopic("orders"))
	createTopic(t, b, "orders", nil)

	if topic(t, b, "orders").Uuid == id {
		t.Errorf("both have %v", id)
	}
}

func TestTransactions(t *testing.T) {
	b := start(t, devkafka.Config{})
	createTopic(t, b, "orders", nil)
	p := newTxn(t, b, "stage-0")

	must(t, p.BeginTxn())
	send(t, p, "orders", "refused")
	must(t, p.AbortTxn())

	p = newTxn(t, b, "stage-0") // a producer is not used again after an abort
	must(t, p.BeginTxn())
	send(t, p, "orders", "a", "b")
	must(t, p.CommitTxn())
	must(t, p.BeginTxn())
	send(t, p, "orders", "c")
	must(t, p.CommitTxn())
	want(t, b, "orders", "a", "b", "c")
}

// The second producer of an id ends the first one's transaction, and the first can do no more.
func TestFencing(t *testing.T) {
	b := start(t, devkafka.Config{})
	createTopic(t, b, "orders", nil)
	zombie := newTxn(t, b, "stage-0")
	must(t, zombie.BeginTxn())
	send(t, zombie, "orders", "half")

	p := newTxn(t, b, "stage-0")
	must(t, p.BeginTxn())
	send(t, p, "orders", "whole")
	must(t, p.CommitTxn())

	if err := zombie.CommitTxn(); err == nil {
		t.Error("the zombie committed")
	}
	want(t, b, "orders", "whole")
}

func TestOffsetsInTransactions(t *testing.T) {
	b := start(t, devkafka.Config{})
	createTopic(t, b, "orders", nil)

	p := newTxn(t, b, "stage-0")
	at := int64(4)
	for _, end := range []func() error{p.CommitTxn, p.AbortTxn} {
		must(t, p.BeginTxn())
		send(t, p, "orders", "x")
		must(t, p.AddOffsetsToTxn(map[string][]*sarama.PartitionOffsetMetadata{
			"orders": {{Partition: 0, Offset: at}}}, "group"))
		must(t, end())

		at++
	}

	if got := committed(t, b); got != 4 {
		t.Errorf("offset %d is committed, want that of the first transaction, 4", got)
	}
}

func committed(t *testing.T, b *devkafka.Broker) int64 {
	t.Helper()
	r, err := newAdmin(t, b, settings()).ListConsumerGroupOffsets("group", map[string][]int32{"orders": {0}})
	must(t, err)
	return r.GetBlock("orders", 0).Offset
}

// Asking for a topic must not make it: a misspelt name is an error.
func TestTopicsAreNotMadeByAsking(t *testing.T) {
	b := start(t, devkafka.Config{})
	c := settings()
	c.Metadata.AllowAutoTopicCreation = true

	_, _, err := newProducer(t, b, c).SendMessage(&sarama.ProducerMessage{Topic: "odrers",
		Value: sarama.StringEncoder("x")})
	if !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		t.Errorf("sending to a topic that is not there: %v", err)
	}
}

// Nothing is deleted by age, even from topics that other policies would let go.
func TestRetentionIsOff(t *testing.T) {
	b := start(t, devkafka.Config{})
	createTopic(t, b, "orders", map[string]string{"cleanup.policy": "compact"})
	_, _, err := newProducer(t, b, settings()).SendMessage(&sarama.ProducerMessage{
		Topic: "orders", Timestamp: time.Unix(1, 0), Value: sarama.StringEncoder("old")})
	must(t, err)
	b.Cluster().ApplyRetention()
	want(t, b, "orders", "old")
}

func TestDirIsClaimed(t *testing.T) {
	dir := t.TempDir()
	first := start(t, devkafka.Config{Dir: dir})
	_, err := devkafka.Start(devkafka.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), first.Addr()) {
		t.Errorf("a second broker: %v, want an error that names folder and owner", err)
	}
	must(t, first.Close())
	second := start(t, devkafka.Config{Dir: dir})
	must(t, first.Close()) // again, and the second is not disturbed

	_, err = devkafka.Start(devkafka.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), second.Addr()) {
		t.Errorf("a third broker: %v", err)
	}
}

func TestAddrInUse(t *testing.T) {
	dir := t.TempDir()
	first := start(t, devkafka.Config{})
	_, err := devkafka.Start(devkafka.Config{Addr: first.Addr(), Dir: dir})
	if err == nil || !strings.Contains(err.Error(), first.Addr()) {
		t.Errorf("a second broker: %v, want an error that names the address", err)
	}
	start(t, devkafka.Config{Dir: dir}) // the folder was let go
}

func TestSessionTimeout(t *testing.T) {
	b := start(t, devkafka.Config{MinSessionTimeout: 100 * time.Millisecond})
	createTopic(t, b, "orders", nil)

	for timeout, ok := range map[time.Duration]bool{100 * time.Millisecond: true,
		99 * time.Millisecond: false} {
		if err := join(t, b, timeout); (err == nil) != ok {
			t.Errorf("joining with a session of %v: %v", timeout, err)
		}
	}
}

// join is a member's life: it joins, gets its partitions, and leaves.
func join(t *testing.T, b *devkafka.Broker, timeout time.Duration) error {
	c := settings()
	c.Consumer.Group.Session.Timeout = timeout
	c.Consumer.Group.Heartbeat.Interval = timeout / 4
	c.Consumer.Group.Rebalance.Retry.Max = 0
	g, err := sarama.NewConsumerGroup([]string{b.Addr()}, "group", c)
	must(t, err)

	defer g.Close()

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	return g.Consume(ctx, []string{"orders"}, leaver{cancel})
}

// leaver leaves as soon as it has its partitions.
type leaver struct{ leave context.CancelFunc }

func (l leaver) Setup(sarama.ConsumerGroupSession) error { l.leave(); return nil }
func (leaver) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (leaver) ConsumeClaim(s sarama.ConsumerGroupSession, _ sarama.ConsumerGroupClaim) error {
	<-s.Context().Done()
	return nil
}
