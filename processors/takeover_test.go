package processors_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/processors"
)

// A worker without a name that has lost its partitions commits nothing: the generation of its group, beside
// the positions, is all that fences it. Without this, an event takes effect once here and once in the
// successor.
func TestACommitAfterATakeoverIsFenced(t *testing.T) {
	if n := commitAfterATakeover(t, processors.ExactlyOnce); n != 1 {
		t.Errorf("%d outputs of one event", n)
	}
}

// At least once, its records are there, but it learns that its positions were refused.
func TestPositionsAfterATakeoverAreRefused(t *testing.T) {
	commitAfterATakeover(t, processors.AtLeastOnce)
}

// commitAfterATakeover has a worker lose its partition to a successor while it commits an event, and returns
// how many outputs the event then has. The commit must fail.
func commitAfterATakeover(t *testing.T, g processors.Guarantee) (outputs int) {
	b := broker(t)
	c := processors.Config{Brokers: []string{b.Addr()}, Partitions: 1, SessionTimeout: time.Second,
		Guarantee: g, Logger: quiet}

	first, err := processors.NewWorker(c, counter(nil))
	if err != nil {
		t.Fatal(err)
	}

	var armed atomic.Bool
	stuck, free := make(chan struct{}), make(chan struct{})
	testhook.OnPhase(first, func(_, phase string) error {
		if phase == "before commit" && armed.CompareAndSwap(true, false) {
			close(stuck)
			<-free
		}
		return nil
	})

	ctx, stop := context.WithCancel(t.Context())
	defer stop()

	done := make(chan error, 1)
	go func() { done <- first.Run(ctx) }()
	<-first.Ready()

	if err := testhook.Settle(ctx, first); err != nil {
		t.Fatal(err)
	}

	armed.Store(true)
	send(t, b, 1, 1)
	<-stuck // with the event in its hands
	evict(t, b, "counter.guests")

	settle(t, run(t, c, counter(nil)))

	if n := len(read(t, b, string(echoes))); n != 1 {
		t.Fatalf("the successor has sent %d outputs of one event", n)
	}

	stop()
	close(free)

	if err := <-done; err == nil {
		t.Error("the worker that has lost its partition has committed")
	}

	return len(read(t, b, string(echoes)))
}

// evict takes the members out of a group, as the brokers do with those that are silent for too long.
func evict(t *testing.T, b *devkafka.Broker, group string) {
	t.Helper()
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0

	client, err := sarama.NewClient([]string{b.Addr()}, c)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	coordinator, err := client.Coordinator(group)
	if err != nil {
		t.Fatal(err)
	}

	withAdmin(t, b, func(a sarama.ClusterAdmin) error {
		groups, err := a.DescribeConsumerGroups([]string{group})
		if err != nil {
			return err
		}

		for member := range groups[0].Members {
			_, e := coordinator.LeaveGroup(&sarama.LeaveGroupRequest{GroupId: group, MemberId: member})
			err = errors.Join(err, e)
		}

		return err
	})
}
