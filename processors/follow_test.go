package processors

import (
	"context"
	"errors"
	"testing"

	"github.com/IBM/sarama"
)

// A brokenConsumer is a sarama.PartitionConsumer after an error that it has not survived.
type brokenConsumer struct {
	sarama.PartitionConsumer
	messages chan *sarama.ConsumerMessage
	errs     chan *sarama.ConsumerError
}

func (b brokenConsumer) Messages() <-chan *sarama.ConsumerMessage { return b.messages }
func (b brokenConsumer) Errors() <-chan *sarama.ConsumerError     { return b.errs }

// A reader that takes the end of a consumer for the end of its partition tells less than there is, and one that
// takes it for a record ends the process. sarama closes its channels after the error, so either may come first.
func TestTheEndOfAConsumerIsAnError(t *testing.T) {
	for range 100 {
		pc := brokenConsumer{nil, make(chan *sarama.ConsumerMessage), make(chan *sarama.ConsumerError, 1)}
		pc.errs <- &sarama.ConsumerError{Topic: "notes", Partition: 3, Err: sarama.ErrOffsetOutOfRange}
		close(pc.messages)
		close(pc.errs)

		f := &follower{topic: "notes", records: make(chan *sarama.ConsumerMessage), errs: make(chan error, 1)}
		f.read(t.Context(), pc, 7)

		select {
		case err := <-f.errs:
			if !errors.Is(err, sarama.ErrOffsetOutOfRange) {
				t.Fatal(err)
			}
		default:
			t.Fatal("the follower has ended as if it had read all")
		}

		if m, err := nextRecord(t.Context(), pc); m != nil || err == nil {
			t.Fatalf("a consumer that has ended has %v, %v", m, err)
		}
	}

	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := nextRecord(ended, brokenConsumer{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
