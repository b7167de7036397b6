package processors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// recoverCells reads what the store of a partition lacks of its cells, up to the visible end.
func (in *incarnation) recoverCells(ctx context.Context, part int32, st store.Store) error {
	topic, client := in.s.cells, in.prod.client

	offset, err := readNumber(st, metaCells, -1)
	if err != nil {
		return err
	}

	end, err := visibleEnd(ctx, client, topic, part)
	if err != nil {
		return err
	}

	c, err := newCellRecovery(st)
	if err != nil {
		return err
	}

	done := offset
	err = readRange(ctx, client, place{topic, part}, offset+1, end, func(m *sarama.ConsumerMessage) error {
		err := c.apply(m)
		if bad := new(foreignError); errors.As(err, &bad) {
			err = in.s.w.foreign(topic, part, m.Offset, bad.error)
		}

		if err != nil {
			return fmt.Errorf("%s/%d/%d: %w", topic, part, m.Offset, err)
		}

		done = m.Offset
		return nil
	})

	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()): // cut short: see handler.Setup
		return nil
	case err != nil || done == offset:
		return err
	}

	return c.flush()
}

// A cellRecovery applies the records of cells to a store. What it does not know from the order of the log, it
// asks the store: compaction may have removed a deletion whose number was used again since.
type cellRecovery struct {
	st        store.Store
	unflushed map[string][]byte // nil: deleted
	size      int               // bytes of unflushed
	census    census
	offset    int64
}

// recoveryBytes is about how much a recovery of cells collects before it flushes.
const recoveryBytes = 8 << 20

func newCellRecovery(st store.Store) (*cellRecovery, error) {
	have, err := readCensus(st)
	return &cellRecovery{st: st, unflushed: map[string][]byte{}, census: have}, err
}

func (c *cellRecovery) get(key string) ([]byte, error) {
	if v, ok := c.unflushed[key]; ok {
		return v, nil
	}
	return c.st.Get(key)
}

func (c *cellRecovery) set(key string, value []byte) {
	c.unflushed[key] = value
	c.size += len(key) + len(value)
}

// foreignError is why the engine can't have written a record.
type foreignError struct{ error }

// apply takes in a record. Its error may be a foreignError.
func (c *cellRecovery) apply(m *sarama.ConsumerMessage) error {
	c.offset = m.Offset
	id, head, err := parseCell(string(m.Key))
	if err != nil {
		return &foreignError{err}
	}

	packed, err := c.get(queueSpace + id.key)
	if err != nil {
		return err
	}

	queues, err := stage.UnpackQueues(packed)
	if err != nil {
		return err
	}
	row := stage.Row{Queues: queues}
	q := row.Queue(id.op)

	switch {
	case head:
		q, err = withAttempts(q, m.Value)
	case m.Value == nil:
		err = c.remove(id, &q)
	default:
		err = c.put(id, &q, m.Value)
	}

	if err != nil {
		return err
	}

	c.set(queueSpace+id.key, stage.PackQueues(row.With(q)))

	if c.size >= recoveryBytes {
		return c.flush()
	}
	return nil
}

// withAttempts takes in the record of the attempts of a queue's head.
func withAttempts(q stage.Queue, value []byte) (stage.Queue, error) {
	q.Marked = value != nil
	if value == nil {
		return q, nil
	}

	var a attempts
	if err := json.Unmarshal(value, &a); err != nil {
		return q, &foreignError{err}
	}

	if a.Seq == q.First {
		q.Asked, q.Reasks, q.Cause = a.Asked, a.Reasks, a.Cause
	}
	return q, nil
}

// put takes in an event that waits.
func (c *cellRecovery) put(id cellID, q *stage.Queue, value []byte) error {
	kept, err := stage.DecodeKept(value)
	if err != nil {
		return &foreignError{err}
	}

	if q.First <= id.seq && id.seq < q.Next { // a lookup for each would take most of the time
		if err := c.discount(id); err != nil {
			return err
		}
	}
	c.census.add(kept.Request, 1)
	c.set(id.stored(), value)

	if q.IsEmpty() {
		q.First, q.Next = id.seq, id.seq+1
	}

	q.First, q.Next = min(q.First, id.seq), max(q.Next, id.seq+1)
	if q.First == id.seq {
		q.Asked, q.Reasks, q.Cause = kept.Asked, kept.Reasks, kept.Cause
	}

	return nil
}

// discount removes an event from the census, if it is there.
func (c *cellRecovery) discount(id cellID) error {
	b, err := c.get(id.stored())
	if err != nil || b == nil {
		return err
	}

	kept, err := stage.DecodeKept(b)
	if err == nil {
		c.census.add(kept.Request, -1)
	}
	return err
}

// remove takes out an event that has been answered.
func (c *cellRecovery) remove(id cellID, q *stage.Queue) error {
	if err := c.discount(id); err != nil {
		return err
	}
	c.set(id.stored(), nil)

	for q.First < q.Next {
		b, err := c.get(cellID{id.key, id.op, q.First}.stored())
		if err != nil {
			return err
		}

		if b != nil {
			break
		}
		q.First++
		q.Asked, q.Reasks, q.Cause = 0, 0, ""
	}

	for q.First < q.Next {
		b, err := c.get(cellID{id.key, id.op, q.Next - 1}.stored())
		if err != nil || b != nil {
			return err
		}
		q.Next--
	}

	return nil
}

// flush brings what was read to the store, in one batch with the offset.
func (c *cellRecovery) flush() error {
	c.set(metaCells, number(c.offset))
	c.set(metaWaiting, c.census.encode())

	records := make([]store.Record, 0, len(c.unflushed))
	for k, v := range c.unflushed {
		records = append(records, store.Record{Key: k, Value: v})
	}
	clear(c.unflushed)
	c.size = 0

	return c.st.Flush(records, -1)
}
