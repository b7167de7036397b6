package processorstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/topology"
)

// A reader takes the committed records of topics, each once. It asks on one connection and waits for nothing: a consumer
// for each question, as Client.Follow has, takes a tenth of a second to close.
type reader struct {
	client sarama.Client
	next   map[string]map[int32]int64
}

func newReader(brokers []string) (*reader, error) {
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	client, err := sarama.NewClient(brokers, c)
	return &reader{client, map[string]map[int32]int64{}}, err
}

// take returns what has been committed on a topic since the call before. It waits for open transactions to end.
func (r *reader) take(ctx context.Context, topic string) ([]topology.Record, error) {
	parts, err := r.client.Partitions(topic)
	if err != nil {
		return nil, err
	}

	if r.next[topic] == nil {
		r.next[topic] = map[int32]int64{}
	}

	var all []topology.Record
	for _, part := range parts {
		for {
			from := r.next[topic][part]
			got, newest, err := r.fetch(topic, part)
			all = append(all, got...)
			next := r.next[topic][part]

			if err != nil {
				return all, err
			}

			if next >= newest {
				break
			}

			if next > from {
				continue
			}

			select {
			case <-time.After(tick):
			case <-ctx.Done():
				return all, fmt.Errorf("%s/%d: a transaction is still open: %w", topic, part, ctx.Err())
			}
		}
	}

	return all, nil
}

// fetch takes one response of a partition, and returns the offset at which the partition ends.
func (r *reader) fetch(topic string, part int32) (out []topology.Record, newest int64, err error) {
	leader, err := r.client.Leader(topic, part)
	if err != nil {
		return nil, 0, err
	}
	ask := &sarama.FetchRequest{Version: 5, MaxBytes: 8 << 20, Isolation: sarama.ReadCommitted}
	ask.AddBlock(topic, part, r.next[topic][part], 8<<20, -1)

	answer, err := leader.Fetch(ask)
	if err != nil {
		return nil, 0, err
	}

	b := answer.GetBlock(topic, part)
	if b == nil {
		return nil, 0, errors.New("the broker answered without the partition")
	}

	if b.Err != sarama.ErrNoError {
		return nil, 0, b.Err
	}

	aborted := abortedIn(b)
	for _, set := range b.RecordsSet {
		batch := set.RecordBatch
		if batch == nil || batch.LastOffset() < r.next[topic][part] {
			continue
		}

		if !aborted(batch) && !batch.Control {
			out = append(out, records(topic, part, batch, r.next[topic][part])...)
		}
		r.next[topic][part] = batch.LastOffset() + 1
	}

	return out, b.HighWaterMarkOffset, nil
}

// abortedIn tells which batches, in the order of their offsets, belong to transactions that were aborted.
func abortedIn(b *sarama.FetchResponseBlock) func(*sarama.RecordBatch) bool {
	waiting := slices.Clone(b.AbortedTransactions)
	slices.SortFunc(waiting, func(a, b *sarama.AbortedTransaction) int { return int(a.FirstOffset - b.FirstOffset) })
	open := map[int64]bool{} // producers

	return func(batch *sarama.RecordBatch) bool {
		for len(waiting) > 0 && waiting[0].FirstOffset <= batch.LastOffset() {
			open[waiting[0].ProducerID] = true
			waiting = waiting[1:]
		}

		if batch.Control {
			delete(open, batch.ProducerID) // a marker ends the producer's transaction
			return false
		}

		return batch.IsTransactional && open[batch.ProducerID]
	}
}

func records(topic string, part int32, batch *sarama.RecordBatch, from int64) (out []topology.Record) {
	for _, r := range batch.Records {
		offset := batch.FirstOffset + r.OffsetDelta
		if offset < from {
			continue // a batch comes whole
		}

		rec := topology.Record{Topic: topic, Partition: part, Offset: offset, Key: string(r.Key),
			Value: r.Value, Tombstone: r.Value == nil,
			Time: batch.FirstTimestamp.Add(r.TimestampDelta), Headers: map[string]string{}}
		for _, h := range r.Headers {
			rec.Headers[string(h.Key)] = string(h.Value)
		}
		rec.ID = rec.Headers["ce_id"]
		out = append(out, rec)
	}

	return out
}
