package processors

import (
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/lovoo/goka"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A producer sends the records of one stage. Only the committer uses it, and never again after an error.
type producer struct {
	client sarama.Client
	async  sarama.AsyncProducer
	topics map[string]topicInfo

	turn int32 // of the next output without a key

	latch latch // held while records are sent or a transaction runs

	acks   sync.WaitGroup        // of what was sent; sarama's CommitTxn can return before the last was handled here
	failed atomic.Pointer[error] // the first error
	drains sync.WaitGroup        // the two goroutines that handle acknowledgements
}

// newProducer returns a producer that has fenced its predecessor of the same transactional id, if it has one.
// before, unless it is nil, is called with the producer's client before there is an epoch.
func newProducer(brokers []string, c *sarama.Config, topics map[string]topicInfo,
	before func(sarama.Client) error) (*producer, error) {
	txn := new(txnClient)
	retry := &c.Producer.Transaction.Retry
	retry.BackoffFunc = txn.backoff(retry.BackoffFunc)

	var err error
	if txn.Client, err = sarama.NewClient(brokers, c); err != nil {
		return nil, err
	}

	if before != nil {
		if err := before(txn.Client); err != nil {
			return nil, errors.Join(err, txn.Close())
		}
	}

	p := &producer{client: txn, topics: topics}
	if p.async, err = sarama.NewAsyncProducerFromClient(txn); err != nil {
		return nil, errors.Join(err, txn.Close())
	}
	txn.hasEpoch.Store(true)

	p.drains.Go(func() {
		for m := range p.async.Successes() {
			p.acked(m)
		}
	})
	p.drains.Go(func() {
		for e := range p.async.Errors() {
			var err error = &produceError{e.Msg.Topic, e.Msg.Partition, e.Err}
			p.failed.CompareAndSwap(nil, &err)
			p.acks.Done()
		}
	})

	return p, nil
}

// acked notes where a record is.
func (p *producer) acked(m *sarama.ProducerMessage) {
	switch r := m.Metadata.(type) {
	case *change:
		r.offset = m.Offset
	case *cellChange:
		r.offset = m.Offset
	}
	p.acks.Done()
}

// row sends a changed row to its changelog.
func (p *producer) row(changelog string, part int32, r *change) {
	m := &sarama.ProducerMessage{
		Topic:     changelog,
		Partition: part,
		Key:       sarama.StringEncoder(r.key),
		Timestamp: r.row.Time,
		Metadata:  r,
	}
	switch {
	case r.key == stage.MarkerKey:
		value, headers := stage.Marker()
		m.Value, m.Headers = sarama.ByteEncoder(value), recordHeaders(headers)
	case r.row.Bytes != nil:
		m.Value, m.Headers = sarama.ByteEncoder(r.row.Bytes), recordHeaders(r.row.Headers())
	}
	p.send(m)
}

// cell sends an event that begins to wait, or ends, or the attempts of one.
func (p *producer) cell(topic string, part int32, c *cellChange) {
	key, value := c.record()
	m := &sarama.ProducerMessage{
		Topic:     topic,
		Partition: part,
		Key:       sarama.StringEncoder(key),
		Timestamp: time.Now(),
		Metadata:  c,
	}
	if value != nil {
		m.Value = sarama.ByteEncoder(value)
	}
	p.send(m)
}

// output sends an output to the partition of its key. One without a key has the null key, and goes to each
// partition in turn.
func (p *producer) output(o *stage.Output) {
	m := &sarama.ProducerMessage{
		Topic:     o.Topic,
		Partition: murmur2.Partition(o.Key, p.topics[o.Topic].partitions),
		Key:       sarama.StringEncoder(o.Key),
		Timestamp: o.Time,
		Headers:   recordHeaders(o.Headers),
	}
	if o.Key == "" && !o.EmptyKey {
		m.Key, m.Partition = noKey{}, p.turn%p.topics[o.Topic].partitions
		p.turn = (p.turn + 1) & math.MaxInt32
	}

	if o.Value != nil {
		m.Value = sarama.ByteEncoder(o.Value)
	}
	p.send(m)
}

// noKey is Kafka's null key. It can be padded, which a nil encoder can't.
type noKey struct{}

func (noKey) Encode() ([]byte, error) { return nil, nil }
func (noKey) Length() int             { return 0 }

func recordHeaders(hs []stage.Header) []sarama.RecordHeader {
	if len(hs) == 0 {
		return nil
	}

	out := make([]sarama.RecordHeader, len(hs))
	for i, h := range hs {
		out[i] = sarama.RecordHeader{Key: []byte(h.Key), Value: h.Value}
	}
	return out
}

// A padded key claims to be longer than it is. sarama has one limit of batches for all topics, by which it
// splits them. Each record of a topic that takes smaller ones is padded by the difference, so that a batch is
// as full with the bytes that its topic takes.
type padded struct {
	sarama.Encoder
	by int
}

func (k padded) Length() int { return k.Encoder.Length() + k.by }

func (p *producer) send(m *sarama.ProducerMessage) {
	if by := defaultBatch - p.topics[m.Topic].limits.maxBatch(); by > 0 {
		m.Key = padded{m.Key, by}
	}
	p.acks.Add(1)

	p.async.Input() <- m
}

// wait returns when everything that was sent is acknowledged, or the first error.
func (p *producer) wait() error {
	if testhook.IsOff(testhook.Acks) {
		return nil
	}
	p.acks.Wait()

	if e := p.failed.Load(); e != nil {
		return *e
	}
	return nil
}

// close waits for a transaction that runs, but not for a producer that has failed. sarama first retries what
// is in flight, for many seconds, and the successor fences it anyway.
func (p *producer) close(failed bool) error {
	end := func() error {
		p.latch.close()
		p.async.AsyncClose()
		p.drains.Wait()
		return p.client.Close()
	}

	if failed {
		go func() { _ = end() }()
		return nil
	}

	return end()
}

// silent is the producer that goka gets. Rows and outputs go through the committer, so it refuses to emit.
type silent struct{ end func() error }

func (silent) Emit(topic, key string, value []byte) *goka.Promise {
	return silent{}.EmitWithHeaders(topic, key, value, nil)
}

func (silent) EmitWithHeaders(string, string, []byte, goka.Headers) *goka.Promise {
	p, finish := goka.NewPromiseWithFinisher()
	finish(nil, errors.New("processors: goka emitted a record"))
	return p
}

func (s silent) Close() error { return s.end() }
