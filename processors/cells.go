package processors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

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
// them at once. Recovery of the rows is goka's; that of the cells is in cell_recovery.go.

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
