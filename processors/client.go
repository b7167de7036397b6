package processors

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/topology"
)

// A Client sends records to topics and follows them, from outside of any topology: what a command line, a test or a
// gateway needs. Its methods may be called by any goroutine.
type Client struct {
	c      Config
	client sarama.Client
	prod   sarama.AsyncProducer
	drains sync.WaitGroup
}

// Dial connects to the brokers of the config, of which Brokers, TLS, SASL and Dialer are used.
func Dial(c Config) (*Client, error) {
	c, err := c.normal()
	if err != nil {
		return nil, err
	}
	if len(c.Brokers) == 0 {
		return nil, errors.New("processors: Dial needs Brokers")
	}
	if err := c.SASL.fetchable(); err != nil {
		return nil, err
	}
	c.Instance = ""
	cl, err := sarama.NewClient(c.Brokers, c.sarama("slipstream-client"))
	if err != nil {
		return nil, fmt.Errorf("processors: connect to %v: %w", c.Brokers, err)
	}
	p, err := sarama.NewAsyncProducerFromClient(cl)
	if err != nil {
		return nil, errors.Join(err, cl.Close())
	}
	k := &Client{c: c, client: cl, prod: p}
	k.drains.Go(func() {
		for m := range p.Successes() {
			m.Metadata.(chan error) <- nil
		}
	})
	k.drains.Go(func() {
		for e := range p.Errors() {
			e.Msg.Metadata.(chan error) <- e.Err
		}
	})
	return k, nil
}

// Close sends what is under way, and disconnects.
func (k *Client) Close() error {
	k.prod.AsyncClose()
	k.drains.Wait()
	return k.client.Close()
}

// Send sends records and returns when the brokers have them all, or the first error. Of a record it reads Topic, Key,
// Value ([]byte; nil is a tombstone), Time (zero: now) and Headers. Records of one key stay in order.
func (k *Client) Send(ctx context.Context, records ...topology.Record) error {
	acks := make(chan error, len(records))
	for _, r := range records {
		m, err := k.message(r)
		if err != nil {
			return err
		}
		m.Metadata = acks
		select {
		case k.prod.Input() <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var first error
	for range records {
		select {
		case err := <-acks:
			if first == nil && err != nil {
				first = fmt.Errorf("processors: send: %w", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return first
}

func (k *Client) message(r topology.Record) (*sarama.ProducerMessage, error) {
	n, err := k.partitions(r.Topic)
	if err != nil {
		return nil, err
	}
	m := &sarama.ProducerMessage{Topic: r.Topic, Key: sarama.StringEncoder(r.Key), Partition: murmur2.Partition(r.Key, n), Timestamp: r.Time}
	if b, _ := r.Value.([]byte); b != nil {
		m.Value = sarama.ByteEncoder(b)
	}
	for name, v := range r.Headers {
		m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(name), Value: []byte(v)})
	}
	return m, nil
}

// SendTo is Send of one record to the partition that it names, whatever its key says.
func (k *Client) SendTo(ctx context.Context, r topology.Record) error {
	m, err := k.message(r)
	if err != nil {
		return err
	}
	ack := make(chan error, 1)
	m.Partition, m.Metadata = r.Partition, ack
	select {
	case k.prod.Input() <- m:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-ack:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Client) partitions(topic string) (int32, error) {
	ps, err := k.client.Partitions(topic)
	if errors.Is(err, sarama.ErrUnknownTopicOrPartition) || err == nil && len(ps) == 0 {
		return 0, fmt.Errorf("processors: topic %s does not exist: a worker creates the topics of its topologies", topic)
	}
	return int32(len(ps)), err
}

// Topics names the topics of the cluster, in order.
func (k *Client) Topics() ([]string, error) {
	if err := k.client.RefreshMetadata(); err != nil {
		return nil, fmt.Errorf("processors: %w", err)
	}
	topics, err := k.client.Topics()
	slices.Sort(topics)
	return topics, err
}

// Ends returns, for each partition of a topic, the offset after the last record that was committed when it was called: who
// follows the topic has caught up once it has come so far. It waits for open transactions to end.
func (k *Client) Ends(ctx context.Context, topic string) (map[int32]int64, error) {
	parts, err := k.client.Partitions(topic)
	ends := map[int32]int64{}
	for i := 0; i < len(parts) && err == nil; i++ {
		ends[parts[i]], err = visibleEnd(ctx, k.client, topic, parts[i])
	}
	if err != nil {
		return nil, fmt.Errorf("processors: ends of %s: %w", topic, err)
	}
	return ends, nil
}

// Start is where Follow begins: in each partition, at the offset given, else at Oldest or at what comes from now on.
type Start struct {
	Oldest  bool
	Offsets map[int32]int64
	// ToEnd ends it at what was committed when Follow was called.
	ToEnd bool
}

// Follow yields the committed records of a topic; each Value is []byte, nil for a tombstone. Records of one partition
// come in order. It ends with ctx, or with an error, or as From says.
func (k *Client) Follow(ctx context.Context, topic string, from Start) iter.Seq2[topology.Record, error] {
	return func(yield func(topology.Record, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		f := &follower{topic: topic, records: make(chan *sarama.ConsumerMessage, 256), errs: make(chan error, 1)}
		if err := f.start(ctx, k.c, from); err != nil {
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
	r := topology.Record{Key: string(m.Key), Topic: m.Topic, Value: m.Value, Time: m.Timestamp, Partition: m.Partition, Offset: m.Offset, Headers: map[string]string{}}
	for _, h := range m.Headers {
		r.Headers[string(h.Key)] = string(h.Value)
	}
	r.ID = r.Headers["ce_id"]
	return r
}

// A follower reads all partitions of a topic, on a connection of its own: on a shared one, a fetch that waits for records
// holds up everybody else's requests.
type follower struct {
	client   sarama.Client
	topic    string
	consumer sarama.Consumer
	records  chan *sarama.ConsumerMessage // closed when all partitions have ended
	errs     chan error
	parts    sync.WaitGroup
}

func (f *follower) start(ctx context.Context, c Config, from Start) (err error) {
	if f.client, err = sarama.NewClient(c.Brokers, c.sarama("slipstream-follow")); err != nil {
		return fmt.Errorf("processors: follow %s: %w", f.topic, err)
	}
	if f.consumer, err = sarama.NewConsumerFromClient(f.client); err != nil {
		return errors.Join(fmt.Errorf("processors: follow %s: %w", f.topic, err), f.client.Close())
	}
	parts, err := f.client.Partitions(f.topic)
	for i := 0; i < len(parts) && err == nil; i++ {
		err = f.partition(ctx, parts[i], from)
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

func (f *follower) partition(ctx context.Context, part int32, from Start) error {
	at, end := sarama.OffsetNewest, int64(-1)
	if from.Oldest {
		at = sarama.OffsetOldest
	}
	if o, ok := from.Offsets[part]; ok {
		at = o
	}
	if from.ToEnd {
		var err error
		if end, err = visibleEnd(ctx, f.client, f.topic, part); err != nil {
			return err
		}
		if o, err := f.client.GetOffset(f.topic, part, sarama.OffsetOldest); err != nil || max(at, o) >= end {
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

func (f *follower) read(ctx context.Context, pc sarama.PartitionConsumer, end int64) {
	for {
		select {
		case m, ok := <-pc.Messages():
			if !ok {
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
		case e, ok := <-pc.Errors():
			if !ok {
				return
			}
			select {
			case f.errs <- fmt.Errorf("processors: follow %s/%d: %w", e.Topic, e.Partition, e.Err):
			default:
			}
			return
		case <-ctx.Done():
			return
		}
	}
}

// stop disconnects; what was read and not yielded is dropped.
func (f *follower) stop() {
	_ = f.consumer.Close()
	_ = f.client.Close()
}
