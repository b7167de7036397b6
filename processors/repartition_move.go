package processors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/murmur2"
	"github.com/slipstream-go/slipstream/internal/stage"
)

// move moves what the stages keep.
func (r *repartition) move(ctx context.Context) (err error) {
	c := r.w.c.sarama(r.w.client("repartition"), r.w.conns)
	c.Producer.Transaction.ID = r.w.plans[0].Name + "/repartition" // that of no stage, and no name
	if r.prod, err = newProducer(r.w.c.Brokers, c, r.w.topics, nil); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.prod.close(err != nil)) }()

	for _, s := range r.stages {
		if !s.stage.Keeps {
			continue
		}
		m := Moved{Stage: s.group}

		if m.Rows, err = r.moveTopic(ctx, s.changelog, rowOf); err != nil {
			return err
		}

		if s.cells != "" {
			if m.Waiting, err = r.moveTopic(ctx, s.cells, rowOfCell); err != nil {
				return err
			}
		}

		r.moved = append(r.moved, m)
	}

	return nil
}

// rowOf is the key of the row that a record of a changelog is of.
func rowOf(record string) (key string, err error) { return record, nil }

// rowOfCell is the same for a record of an event that waits.
func rowOfCell(record string) (key string, err error) {
	id, _, err := parseCell(record)
	return id.key, err
}

// A move is a record on its way to its new partition.
type move struct {
	record *sarama.ConsumerMessage
	to     int32
}

// moveTopic moves the latest record of each key of a compacted topic to the partition of its row's key, and
// returns how many have moved.
func (r *repartition) moveTopic(
	ctx context.Context, topic string, rowOf func(record string) (string, error),
) (int, error) {
	if _, exists := r.topics.have[topic]; !exists {
		return 0, nil
	}

	l := &latest{topic: topic, n: r.n, rowOf: rowOf, placed: map[string]bool{}, marked: map[int32]bool{}}
	for part := range r.n {
		l.moves = append(l.moves, map[string]move{})

		if err := r.w.read(ctx, topic, part, 0, l.add); err != nil {
			return 0, err
		}
	}

	moves, err := l.inOrder()
	if err != nil {
		return 0, err
	}

	for batch := range slices.Chunk(moves, movedAtOnce) {
		if err := r.transact(ctx, func() { r.send(topic, batch) }); err != nil {
			return 0, err
		}
	}

	return len(moves), r.mark(ctx, l)
}

// movedAtOnce is how many records a transaction moves.
const movedAtOnce = 1000

func (r *repartition) transact(ctx context.Context, send func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}

	if err := r.prod.async.BeginTxn(); err != nil {
		return err
	}
	send()

	if err := r.prod.wait(); err != nil {
		return err
	}

	if r.w.onPhase != nil {
		if err := r.w.onPhase("repartition", "produced"); err != nil {
			return err
		}
	}

	if err := r.prod.async.CommitTxn(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return r.prod.wait()
}

// send sends records to their new partitions, and their deletions to the old ones.
func (r *repartition) send(topic string, batch []move) {
	for _, m := range batch {
		var headers []sarama.RecordHeader
		for _, h := range m.record.Headers {
			headers = append(headers, *h)
		}

		r.prod.send(&sarama.ProducerMessage{
			Topic:     topic,
			Partition: m.to,
			Key:       sarama.ByteEncoder(m.record.Key),
			Value:     sarama.ByteEncoder(m.record.Value),
			Headers:   headers,
			Timestamp: m.record.Timestamp,
		})
		r.prod.send(&sarama.ProducerMessage{
			Topic:     topic,
			Partition: m.record.Partition,
			Key:       sarama.ByteEncoder(m.record.Key),
			Timestamp: time.Now(),
		})
	}
}

// mark writes the record of stage.MarkerKey to partitions that lack it, if another one has it.
func (r *repartition) mark(ctx context.Context, l *latest) error {
	if len(l.marked) == 0 || len(l.marked) == int(r.n) {
		return nil
	}

	return r.transact(ctx, func() {
		for part := range r.n {
			if !l.marked[part] {
				r.prod.row(l.topic, part, &change{key: stage.MarkerKey, row: &stage.Row{Time: time.Now()}})
			}
		}
	})
}

// latest has the latest record of each key that is to be moved.
type latest struct {
	topic  string
	n      int32
	rowOf  func(record string) (string, error)
	placed map[string]bool   // keys of records in their partition
	moves  []map[string]move // by partition where the record is, and key
	marked map[int32]bool    // partitions that have the record of stage.MarkerKey
}

func (l *latest) add(m *sarama.ConsumerMessage) error {
	key := string(m.Key)
	if key == stage.MarkerKey {
		l.marked[m.Partition] = true
		return nil
	}

	row, err := l.rowOf(key)
	if err != nil {
		return fmt.Errorf("%s/%d/%d: %w", m.Topic, m.Partition, m.Offset, err)
	}

	switch to := murmur2.Partition(row, l.n); {
	case to == m.Partition && m.Value == nil:
		delete(l.placed, key)
	case to == m.Partition:
		l.placed[key] = true
	case m.Value == nil:
		delete(l.moves[m.Partition], key)
	default:
		l.moves[m.Partition][key] = move{m, to}
	}

	return nil
}

// inOrder returns the records that are to be moved, events that wait before their attempts. A key that has
// two records is refused: events have begun a second row since partitions were added.
func (l *latest) inOrder() (all []move, err error) {
	for _, of := range l.moves {
		for key, m := range of {
			if l.placed[key] {
				return nil, fmt.Errorf("topic %s has two rows of key %q: a worker has run since partitions "+
					"were added, and has begun it anew. Delete the topic and its group to compute the table "+
					"again", l.topic, key)
			}
			l.placed[key] = true
			all = append(all, m)
		}
	}

	slices.SortFunc(all, func(a, b move) int { return bytes.Compare(a.record.Key, b.record.Key) })

	return all, nil
}
