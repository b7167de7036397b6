package processors

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/IBM/sarama"
	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// # Where events wait
//
// An event that waits for an operator is a cell: a record of its own in a compacted topic beside the
// changelog, <topology>.<stage>-cells, in the partition of its row. Its key is
//
//	<operator>/<number in the queue, 20 digits>/<key of the row>
//
// and its value a line of JSON and, below it, the event (stage.Kept). It is written when the event begins to
// wait, never changes, and is deleted when the event has been answered, in the same transaction as all else
// that this has caused. An event that begins and ends within one transaction is never written.
//
// How often the head of a queue was asked is in the cell if that was known when it was written, else in a
// record of its own, whose key is
//
//	<operator>/head/<key of the row>
//
// So a queue of any length costs its row nothing, and the changelog has rows only.
//
// The store of a partition has rows, cells, queues and the positions in both topics; each batch moves all of
// them at once. Recovery of the rows is goka's; that of the cells is here.

// The keys of a store begin with what they are of.
const (
	rowSpace    = "r" // + key: stage.Row
	queueSpace  = "q" // + key: stage.PackQueues
	cellSpace   = "c" // see cellID.stored
	legacySpace = "l" // + key: events that waited in the headers of the key's row, in former versions
	metaSpace   = "m" // + one of the following
)

const (
	metaCells    = metaSpace + "cells"    // the offset up to which the cells are complete
	metaWaiting  = metaSpace + "waiting"  // census as JSON
	metaComplete = metaSpace + "complete" // Unix milliseconds until which the store was known to be complete
	metaMarked   = metaSpace + "marked"   // the changelog has the record of stage.MarkerKey
)

// A cellID is where an event waits.
type cellID struct {
	key, op string
	seq     int64
}

// record is the key of the cell's record.
func (c cellID) record() string { return fmt.Sprintf("%s/%020d/%s", c.op, c.seq, c.key) }

// stored is the key of the cell in the store: those of one queue are in their order.
func (c cellID) stored() string {
	b := append(make([]byte, 0, 32+len(c.op)+len(c.key)), cellSpace...)
	b = append(binary.AppendUvarint(b, uint64(len(c.op))), c.op...)
	b = append(binary.AppendUvarint(b, uint64(len(c.key))), c.key...)
	return string(binary.BigEndian.AppendUint64(b, uint64(c.seq)))
}

// A headID is a queue whose head has a record of its attempts.
type headID struct{ key, op string }

const headWord = "head"

func (h headID) record() string { return h.op + "/" + headWord + "/" + h.key }

// attempts is the value of such a record.
type attempts struct {
	Seq    int64 `json:"seq"` // of the head; those of an earlier one mean nothing
	Asked  int   `json:"asked"`
	Reasks int   `json:"reasks,omitempty"`

	Cause string `json:"cause,omitempty"` // why the last answer was refused
}

// parseCell returns what a record's key is of: a cell, or the attempts of a head.
func parseCell(record string) (c cellID, head bool, err error) {
	op, rest, ok := strings.Cut(record, "/")
	number, key, ok2 := strings.Cut(rest, "/")
	c = cellID{key: key, op: op}
	switch {
	case !ok || !ok2 || op == "":
		return c, false, errors.New("the key is not operator/number/key")
	case number == headWord:
		return c, true, nil
	}

	c.seq, err = strconv.ParseInt(number, 10, 64)
	return c, false, err
}

// A census counts what waits, by operator and anchor.
type census map[string]kindWaiting

// kindWaiting are the events of one operator that were kept in one form.
type kindWaiting struct {
	Op     string `json:"op"`
	Anchor string `json:"anchor,omitempty"`
	Events int64  `json:"events"`
	Bytes  int64  `json:"bytes"` // about
}

// add counts an event, or discounts it if n is -1.
func (c census) add(q *stage.Request, n int64) {
	at := q.Op + "\x00" + q.Anchor
	g := c[at]
	g.Op, g.Anchor = q.Op, q.Anchor
	g.Events += n
	g.Bytes += n * int64(q.Size())

	if c[at] = g; g.Events <= 0 {
		delete(c, at)
	}
}

// total returns how many events wait, and about how many bytes they have.
func (c census) total() (events, bytes int64) {
	for _, g := range c {
		events += g.Events
		bytes += g.Bytes
	}
	return events, bytes
}

func (c census) encode() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // texts and numbers
	}
	return b
}

// readCensus returns what a store says of itself.
func readCensus(st store.Store) (census, error) {
	c := census{}

	b, err := st.Get(metaWaiting)
	if err == nil && b != nil {
		err = json.Unmarshal(b, &c)
	}

	return c, err
}

// number is a count in the store's own records.
func number(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// readNumber returns a number that the store keeps under a key, or def if it keeps none.
func readNumber(st store.Store, key string, def int64) (int64, error) {
	b, err := st.Get(key)
	if err != nil || b == nil {
		return def, err
	}
	return strconv.ParseInt(string(b), 10, 64)
}

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
