package processors

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/topology"
)

// A Client sends records to topics and follows them, from outside of any topology. Command lines, tests and
// gateways use one. Its methods may be called by any goroutine.
type Client struct {
	c       Config
	client  sarama.Client
	prod    sarama.AsyncProducer
	latch   latch          // held while records are handed to prod
	release func() bool    // lets go of the context
	drains  sync.WaitGroup // the two goroutines that hand out acknowledgements
}

// Dial is [DialContext] without a context.
func Dial(c Config) (*Client, error) { return DialContext(context.Background(), c) }

// DialContext connects to the brokers of the config. It uses Brokers, TLS, SASL, Dialer, Logger and
// SessionTimeout, which bounds the time that a broker may be silent within a request, and ignores the rest.
// When ctx ends, all connections of the client are closed at once, also those that are being made, and what
// is under way fails.
func DialContext(ctx context.Context, c Config) (*Client, error) {
	c, err := c.normal()
	if err != nil {
		return nil, err
	}

	if err := c.SASL.fetchable(); err != nil {
		return nil, err
	}

	c.Instance = ""

	l := c.connections()
	release := context.AfterFunc(ctx, l.cut)

	cl, err := sarama.NewClient(c.Brokers, c.sarama("slipstream-client", l))
	if err != nil {
		release()
		return nil, fmt.Errorf("processors: connect to %v: %w", c.Brokers, errors.Join(ctx.Err(), err))
	}

	p, err := sarama.NewAsyncProducerFromClient(cl)
	if err != nil {
		release()
		return nil, errors.Join(err, cl.Close())
	}

	k := &Client{c: c, client: cl, prod: p, release: release}
	k.drains.Go(func() {
		for m := range p.Successes() {
			m.Metadata.(func(error))(nil)
		}
	})
	k.drains.Go(func() {
		for e := range p.Errors() {
			e.Msg.Metadata.(func(error))(e.Err)
		}
	})

	return k, nil
}

// Close sends what is under way, and disconnects. Closing it again has no effect.
func (k *Client) Close() error {
	if !k.latch.close() {
		return nil
	}
	defer k.release()

	k.prod.AsyncClose()
	k.drains.Wait()

	return k.client.Close()
}

// Send sends records and returns when the brokers have all of them, or the first error. It reads a record's
// Topic, Key, Value or Tombstone, Time (zero: now) and Headers. Records of one key stay in order. One with an
// empty key has none, which is Kafka's null, and goes to any partition. The error of a record that was not
// sent is a [*SendError].
//
// A record without a value must say that it is a tombstone, so that a value that was forgotten does not
// delete a row. See [Send] for values that are not bytes yet.
func (k *Client) Send(ctx context.Context, records ...topology.Record) error {
	messages := make([]*sarama.ProducerMessage, len(records))
	for i, r := range records {
		m, err := message(r)
		if err != nil {
			return &SendError{Index: i, Err: err}
		}

		n, err := k.partitions(r.Topic)
		if err != nil {
			return &SendError{Index: i, Err: err}
		}
		m.Partition = murmur2.Partition(r.Key, n)
		if r.Key == "" {
			m.Partition = rand.Int32N(n)
		}
		messages[i] = m
	}

	return k.produce(ctx, messages)
}

// SendTo sends one record as Send does, but to the partition that it names, whatever its key. Workers take a
// record that is not in its key's partition for a dead letter.
func (k *Client) SendTo(ctx context.Context, r topology.Record) error {
	m, err := message(r)
	if err != nil {
		return err
	}

	if _, err := k.partitions(r.Topic); err != nil {
		return err
	}
	m.Partition = r.Partition

	return k.produce(ctx, []*sarama.ProducerMessage{m})
}

// message checks a record, and makes it sarama's, without its partition.
func message(r topology.Record) (*sarama.ProducerMessage, error) {
	m := &sarama.ProducerMessage{
		Topic:     r.Topic,
		Key:       sarama.StringEncoder(r.Key),
		Timestamp: r.Time,
	}

	if r.Key == "" {
		m.Key = noKey{}
	}

	switch {
	case !r.Time.IsZero() && !stage.IsRecordTime(r.Time):
		return nil, fmt.Errorf("processors: send to %s, key %q: the time %s is not one "+
			"that a record can have: that is from 1970 to April 2262", r.Topic, r.Key, r.Time.UTC().Format(time.RFC3339))
	case r.Tombstone && r.Value != nil:
		return nil, fmt.Errorf("processors: send to %s, key %q: the record is a tombstone and has a value: it can't be both",
			r.Topic, r.Key)
	case !r.Tombstone && r.Value == nil:
		return nil, fmt.Errorf("processors: send to %s, key %q: the record has no value: set Tombstone to delete what is there",
			r.Topic, r.Key)
	case r.Value != nil:
		m.Value = sarama.ByteEncoder(r.Value)
	}

	for name, v := range r.Headers {
		m.Headers = append(m.Headers, sarama.RecordHeader{Key: []byte(name), Value: []byte(v)})
	}

	return m, nil
}

// input hands messages to the producer. acked is called with each one's index, and with its error if there is
// one.
func (k *Client) input(
	ctx context.Context, messages []*sarama.ProducerMessage, acked func(int, error),
) error {
	release, ok := k.latch.hold()
	if !ok {
		return errors.New("processors: send: the client is closed")
	}
	defer release()

	for i, m := range messages {
		m.Metadata = func(err error) { acked(i, err) }
		select {
		case k.prod.Input() <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	return nil
}

// A SendError reports the first of the records given to Send that was not sent.
type SendError struct {
	Index int // of the record
	Sent  int // how many of the records the brokers have, before and after this one
	Err   error
}

func (e *SendError) Error() string { return e.Err.Error() }
func (e *SendError) Unwrap() error { return e.Err }

// produce sends messages and waits for their acknowledgements.
func (k *Client) produce(ctx context.Context, messages []*sarama.ProducerMessage) error {
	type ack struct {
		index int
		err   error
	}
	acks := make(chan ack, len(messages)) // all fit: the drains never wait for a caller that has left
	if err := k.input(ctx, messages, func(i int, err error) { acks <- ack{i, err} }); err != nil {
		return err
	}

	var first *SendError
	sent := 0
	for range messages {
		select {
		case a := <-acks:
			switch {
			case a.err == nil:
				sent++
			case first == nil || a.index < first.Index:
				first = &SendError{Index: a.index, Err: fmt.Errorf("processors: send: %w", a.err)}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	if first == nil {
		return nil
	}
	first.Sent = sent

	return first
}

// errNoTopic is the remedy for a topic that does not exist.
var errNoTopic = errors.New("a worker creates the topics of its topologies")

func (k *Client) partitions(topic string) (int32, error) {
	ps, err := k.client.Partitions(topic)
	if errors.Is(err, sarama.ErrUnknownTopicOrPartition) || err == nil && len(ps) == 0 {
		return 0, fmt.Errorf("processors: topic %s does not exist: %w", topic, errNoTopic)
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

// Ends returns, for each partition of a topic, the offset after the last record that was committed at the
// time of the call. A follower of the topic has caught up when it has come so far. Ends waits for open
// transactions to end.
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
