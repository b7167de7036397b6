package processors

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/slipstream-go/slipstream/internal/testhook"
	"github.com/slipstream-go/slipstream/topology"
)

// topicManager is the one that goka gets. It creates nothing: ensureTopics has created all topics before.
//
// goka's recovery waits until it has read the record before the end of the changelog
// (partition_table.go:484). In a transactional changelog that is a transaction's marker, which no consumer is
// ever given, so recovery would hang. The manager therefore tells goka an earlier end: the offset after the
// last record that a reader of committed records sees.
type topicManager struct {
	client   sarama.Client
	patience time.Duration // for open transactions to end

	told func(topic string, part int32, end int64) // is told each end; nil: nobody is
}

func (c Config) topicManagers(client string, l *connections) goka.TopicManagerBuilder {
	return func(brokers []string) (goka.TopicManager, error) {
		cl, err := sarama.NewClient(brokers, c.sarama(client, l))
		return &topicManager{client: cl, patience: 3*c.SessionTimeout + 10*time.Second}, err
	}
}

func (t *topicManager) EnsureTableExists(string, int) error                         { return nil }
func (t *topicManager) EnsureStreamExists(string, int) error                        { return nil }
func (t *topicManager) EnsureTopicExists(string, int, int, map[string]string) error { return nil }
func (t *topicManager) Close() error                                                { return t.client.Close() }

func (t *topicManager) Partitions(topic string) ([]int32, error) {
	ps, err := t.client.Partitions(topic)
	slices.Sort(ps)
	return ps, err
}

func (t *topicManager) GetOffset(topic string, part int32, at int64) (int64, error) {
	if at != sarama.OffsetNewest {
		return t.client.GetOffset(topic, part, at)
	}

	ctx, cancel := context.WithTimeout(context.Background(), t.patience)
	defer cancel()

	end, err := visibleEnd(ctx, t.client, topic, part)
	if err == nil && t.told != nil {
		t.told(topic, part, end)
	}

	return end, err
}

// visibleEnd returns the offset after the last record that a reader of committed records sees, or the oldest
// offset if it sees none. It waits for open transactions to end.
//
// No request of Kafka's protocol tells that offset, so the end of the log is fetched: the last 8 offsets
// first, which nearly always hold a visible record, and else eight times as many each time.
func visibleEnd(ctx context.Context, client sarama.Client, topic string, part int32) (int64, error) {
	hwm, err := client.GetOffset(topic, part, sarama.OffsetNewest)
	if err != nil || hwm == 0 || testhook.IsOff(testhook.VisibleEnd) {
		return hwm, err
	}

	oldest, err := client.GetOffset(topic, part, sarama.OffsetOldest)
	if err != nil {
		return 0, err
	}

	for back := int64(8); ; back *= 8 {
		from := max(hwm-back, oldest)

		end, err := lastVisible(ctx, client, topic, part, from, hwm)
		if err != nil {
			return 0, fmt.Errorf("end of %s/%d: %w", topic, part, err)
		}

		if end > 0 || from == oldest {
			return max(end, oldest), nil
		}
	}
}

// lastVisible returns the offset after the last visible record in [from, hwm), or 0 if it has none.
func lastVisible(ctx context.Context, client sarama.Client, topic string, part int32, from, hwm int64) (
	end int64, err error,
) {
	for from < hwm {
		b, err := fetch(client, topic, part, from)
		if err != nil {
			return 0, err
		}

		next, last := scan(b, from)
		if last >= 0 {
			end = last + 1
		}

		if next > from {
			from = next
			continue
		}

		select { // an open transaction is in the way, until its producer is fenced or it times out
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return 0, errors.Join(errors.New("a transaction is still open"), ctx.Err())
		}
	}

	return end, nil
}

// fetch reads a stretch of a partition, up to the first open transaction.
func fetch(client sarama.Client, topic string, part int32, from int64) (
	b *sarama.FetchResponseBlock, err error,
) {
	return fetchWithin(50*time.Millisecond, client, topic, part, from)
}

// fetchWithin is fetch, which waits for records for as long as wait.
func fetchWithin(wait time.Duration, client sarama.Client, topic string, part int32, from int64) (
	b *sarama.FetchResponseBlock, err error,
) {
	defer func() {
		if err != nil {
			forgetLeaders(client)
		}
	}()

	leader, err := client.Leader(topic, part)
	if err != nil {
		return nil, err
	}

	req := &sarama.FetchRequest{
		Version:     5,
		MaxWaitTime: int32(wait.Milliseconds()),
		MinBytes:    1,
		MaxBytes:    8 << 20,
		Isolation:   sarama.ReadCommitted,
	}
	req.AddBlock(topic, part, from, 8<<20, -1)

	resp, err := leader.Fetch(req)
	if err != nil {
		_ = leader.Close() // it is opened again when it is asked again
		return nil, err
	}

	b = resp.GetBlock(topic, part)
	if b == nil {
		return nil, errors.New("the broker answered without the partition")
	}

	if b.Err != sarama.ErrNoError {
		return nil, b.Err
	}

	return b, nil
}

// scan returns the offset after what was fetched, and the offset of the last visible record, or -1 if none is
// visible.
func scan(b *sarama.FetchResponseBlock, from int64) (next, last int64) {
	last = -1
	next = eachVisible(b, from, func(rb *sarama.RecordBatch) {
		last = rb.FirstOffset + rb.Records[len(rb.Records)-1].OffsetDelta
	})
	return next, last
}

// visible returns the offset after what was fetched, and the visible records.
func visible(b *sarama.FetchResponseBlock, topic string, part int32, from int64) (
	next int64, all []topology.Record,
) {
	next = eachVisible(b, from, func(rb *sarama.RecordBatch) {
		for _, r := range rb.Records {
			if at := rb.FirstOffset + r.OffsetDelta; at >= from {
				all = append(all, record(&sarama.ConsumerMessage{
					Topic:     topic,
					Partition: part,
					Offset:    at,
					Key:       r.Key,
					Value:     r.Value,
					Headers:   r.Headers,
					Timestamp: rb.FirstTimestamp.Add(r.TimestampDelta),
				}))
			}
		}
	})

	return next, all
}

// eachVisible passes the batches to f whose records are visible, and returns the offset after what was
// fetched.
//
// A broker sends the records of aborted transactions, too, with a list of where these begin. Reading in
// order, a producer is within an aborted transaction from there to its next marker.
func eachVisible(b *sarama.FetchResponseBlock, from int64, f func(*sarama.RecordBatch)) (next int64) {
	aborted := slices.Clone(b.AbortedTransactions)
	slices.SortFunc(aborted, func(a, b *sarama.AbortedTransaction) int {
		return cmp.Compare(a.FirstOffset, b.FirstOffset)
	})
	active := map[int64]bool{} // producers within an aborted transaction; one can have several in one response

	next = from
	for _, set := range b.RecordsSet {
		rb := set.RecordBatch
		if rb == nil || rb.LastOffset() < from {
			continue
		}

		next = rb.LastOffset() + 1
		for len(aborted) > 0 && aborted[0].FirstOffset <= rb.LastOffset() {
			active[aborted[0].ProducerID] = true
			aborted = aborted[1:]
		}

		switch {
		case rb.Control:
			delete(active, rb.ProducerID) // a marker ends the producer's transaction either way
		case len(rb.Records) > 0 && !(rb.IsTransactional && active[rb.ProducerID]):
			f(rb)
		}
	}

	return next
}
