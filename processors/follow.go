package processors

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/topology"
)

// FollowOptions says where [Client.Follow] begins and ends. Its zero value follows what comes from now on.
type FollowOptions struct {
	// FromBeginning starts at the oldest record of each partition that Offsets does not name. Defaults to the
	// newest.
	FromBeginning bool
	// Offsets are the records to start at, by partition. Defaults to none.
	Offsets map[int32]int64
	// ToEnd stops at what was committed at the time of the call. Defaults to waiting for more, until ctx
	// ends.
	ToEnd bool
}

// Follow yields the committed records of a topic. Records of one partition come in order. It ends with ctx,
// with an error, which is the last it yields, or at the end that the options ask for.
func (k *Client) Follow(ctx context.Context, topic string,
	o FollowOptions) iter.Seq2[topology.Record, error] {
	return func(yield func(topology.Record, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()

		f := &follower{topic: topic, records: make(chan *sarama.ConsumerMessage, 256),
			errs: make(chan error, 1)}
		if err := f.start(ctx, k.c, o); err != nil {
			yield(topology.Record{}, err)
			return
		}
		defer f.stop()

		for {
			select {
			case m, ok := <-f.records:
				if !ok {
					select {
					case err := <-f.errs: // of the last partition
						yield(topology.Record{}, err)
					default:
					}
					return
				}

				if !yield(record(m), nil) {
					return
				}
			case err := <-f.errs:
				yield(topology.Record{}, err)
				return
			case <-ctx.Done():
				return
			}
		}
	}
}

func record(m *sarama.ConsumerMessage) topology.Record {
	r := topology.Record{
		Key:       string(m.Key),
		Value:     m.Value,
		Tombstone: m.Value == nil,
		Time:      m.Timestamp,
		Headers:   map[string]string{},
		Topic:     m.Topic,
		Partition: m.Partition,
		Offset:    m.Offset,
	}
	for _, h := range m.Headers {
		r.Headers[string(h.Key)] = string(h.Value)
	}
	r.ID = r.Headers["ce_id"]

	return r
}

// A follower reads all partitions of a topic, on a connection of its own: on a shared one, a fetch that waits
// for records would hold up everybody else's requests.
type follower struct {
	client   sarama.Client
	topic    string
	consumer sarama.Consumer
	records  chan *sarama.ConsumerMessage // closed when all partitions have ended
	errs     chan error                   // capacity 1: the first
	parts    sync.WaitGroup
}

func (f *follower) start(ctx context.Context, c Config, o FollowOptions) (err error) {
	l := c.connections()
	context.AfterFunc(ctx, l.cut) // ctx ends when the caller has had enough, at the latest

	if f.client, err = sarama.NewClient(c.Brokers, c.sarama("slipstream-follow", l)); err != nil {
		return fmt.Errorf("processors: follow %s: %w", f.topic, err)
	}

	if f.consumer, err = sarama.NewConsumerFromClient(f.client); err != nil {
		return errors.Join(fmt.Errorf("processors: follow %s: %w", f.topic, err), f.client.Close())
	}

	parts, err := f.client.Partitions(f.topic)
	for i := 0; i < len(parts) && err == nil; i++ {
		err = f.partition(ctx, parts[i], o)
	}

	if err != nil {
		f.stop()
		return fmt.Errorf("processors: follow %s: %w", f.topic, err)
	}

	go func() {
		f.parts.Wait()
		close(f.records)
	}()

	return nil
}

// partition begins to read one partition, unless it ends before it has begun.
func (f *follower) partition(ctx context.Context, part int32, o FollowOptions) error {
	at := sarama.OffsetNewest
	if o.FromBeginning {
		at = sarama.OffsetOldest
	}

	if offset, ok := o.Offsets[part]; ok {
		at = offset
	}

	end := int64(-1) // none
	if o.ToEnd {
		var err error
		if end, err = visibleEnd(ctx, f.client, f.topic, part); err != nil {
			return err
		}

		oldest, err := f.client.GetOffset(f.topic, part, sarama.OffsetOldest)
		if err != nil || max(at, oldest) >= end {
			return err
		}
	}

	pc, err := f.consumer.ConsumePartition(f.topic, part, at)
	if err != nil {
		return err
	}
	f.parts.Go(func() {
		defer pc.AsyncClose()
		f.read(ctx, pc, end)
	})

	return nil
}

// read passes on the records of a partition up to the offset end, if that is not negative.
func (f *follower) read(ctx context.Context, pc sarama.PartitionConsumer, end int64) {
	for {
		m, err := nextRecord(ctx, pc)
		if ctx.Err() != nil {
			return
		}

		if err != nil {
			select {
			case f.errs <- fmt.Errorf("processors: follow %s: %w", f.topic, err):
			default:
			}
			return
		}

		select {
		case f.records <- m:
		case <-ctx.Done():
			return
		}

		if end >= 0 && m.Offset >= end-1 {
			return
		}
	}
}

// stop disconnects. What was read and not yielded is dropped.
func (f *follower) stop() {
	_ = f.consumer.Close()
	_ = f.client.Close()
}
