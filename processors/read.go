package processors

import (
	"context"
	"errors"

	"github.com/IBM/sarama"
)

// read calls f for the committed records of a partition, from an offset up to the end. A transaction that a
// worker has left open is waited for: it ends within its time-out.
func (w *Worker) read(
	ctx context.Context, topic string, part int32, from int64, f func(*sarama.ConsumerMessage) error,
) error {
	limited, cancel := context.WithTimeout(ctx, 2*w.c.SessionTimeout+shortestPatience)
	defer cancel()

	end, err := visibleEnd(limited, w.client_, topic, part)
	if err != nil {
		return err
	}

	return readRange(ctx, w.client_, place{topic, part}, from, end, f)
}

// readRange calls f for the committed records in [from, end) of a partition. end must be a visible end: see
// visibleEnd. An error of f ends the reading and is returned.
func readRange(
	ctx context.Context, client sarama.Client, at place, from, end int64, f func(*sarama.ConsumerMessage) error,
) error {
	oldest, err := client.GetOffset(at.topic, at.partition, sarama.OffsetOldest)
	if err != nil || max(from, oldest) >= end {
		return err
	}

	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	defer consumer.Close()

	records, err := consumer.ConsumePartition(at.topic, at.partition, max(from, oldest))
	if err != nil {
		return err
	}
	defer records.AsyncClose()

	for {
		m, err := nextRecord(ctx, records)
		if err != nil {
			return err
		}

		if err := f(m); err != nil || m.Offset >= end-1 {
			return err
		}
	}
}

// nextRecord returns the next record of a partition, or why there is none. After an error that it does not
// survive, such as an offset out of range, sarama closes both channels: no record is no end.
func nextRecord(ctx context.Context, pc sarama.PartitionConsumer) (*sarama.ConsumerMessage, error) {
	select {
	case m, ok := <-pc.Messages():
		if ok {
			return m, nil
		}
	case err, ok := <-pc.Errors():
		if ok {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}

	if err, ok := <-pc.Errors(); ok {
		return nil, err
	}
	return nil, errors.New("the client has ended")
}
