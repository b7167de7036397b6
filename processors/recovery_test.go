package processors_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/processors"
	"github.com/slipstream-go/slipstream/topology"
)

// The log of a transaction ends with a marker, which no consumer is ever given. A recovery that waited for
// the record there would never end.
func TestATransactionEndsBeforeItsMarker(t *testing.T) {
	b := broker(t)
	create(t, b, "notes", sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1})

	value := "1"
	produceBatch(t, keptProducer(t, b, true), []keptRecord{
		{Topic: "notes", Offset: 0, Key: "ann", Value: &value, Time: time.Now()},
		{Topic: "notes", Offset: 1, Key: "bob", Value: &value, Time: time.Now()},
	})

	c := processors.Config{Brokers: []string{b.Addr()}, Logger: quiet}
	if end, err := processors.RecoveryEnd(c, "notes", 0); err != nil || end != 2 {
		t.Errorf("the recovery of two records ends at %d (%v)", end, err)
	}
}

// A worker without a store has what waits from its topic, before its session begins.
func TestWhatWaitsIsRecovered(t *testing.T) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, StopTimeout: time.Millisecond}

	var asked atomic.Int64
	w := run(t, c, adjusting("adjust", hang(&asked), topology.Policy[claim]{}))
	sendClaims(t, b, topology.Record{Key: "k", Value: []byte(`{"n":42}`)})
	until(t, "the call", func() bool { return asked.Load() == 1 })
	settle(t, w) // it is committed

	if err := w.stop(); err != nil {
		t.Fatal(err)
	}

	echo := topology.Func[claim, claim](func(_ context.Context, c claim) (claim, error) { return c, nil })
	w = run(t, c, adjusting("adjust", echo, topology.Policy[claim]{}))
	settle(t, w)

	if got := read(t, b, string(settled)); len(got) != 1 {
		t.Errorf("%d answers to the event that waited", len(got))
	}
}
