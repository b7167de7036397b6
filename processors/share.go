package processors

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/internal/testhook"
)

// A share is what one partition contributes to a transaction. It belongs to the committer.
type share struct {
	p       *partition
	rows    []*change
	cells   []*cellChange
	queues  map[string]*stage.Row // whose queues have changed, by key
	legacy  []string              // keys whose events have left the headers of their row
	census  census
	outputs []stage.Output
	after   []stage.Call
	next    map[string]int64 // positions of all inputs that are known, changed or not
}

// A change is a row on its way to the changelog and the store.
type change struct {
	key    string
	row    *stage.Row
	offset int64 // in the changelog, from the acknowledgement
}

// A cellChange is a record on its way to the topic of cells, and to the store if it is a cell.
type cellChange struct {
	id     cellID
	kept   stage.Kept // the event that begins to wait
	head   *attempts  // instead: the attempts of a head
	gone   bool       // instead: the record is deleted
	isHead bool       // the record is that of a head, not of a cell

	value  []byte // encoded
	offset int64  // in the topic of cells, from the acknowledgement
}

// record returns key and value of the record.
func (c *cellChange) record() (key string, value []byte) {
	if c.isHead {
		return headID{c.id.key, c.id.op}.record(), c.value
	}
	return c.id.record(), c.value
}

// encode makes the value. It can't fail: a cell has texts, numbers and times.
func (c *cellChange) encode() {
	switch {
	case c.gone:
	case c.isHead:
		c.value, _ = json.Marshal(c.head)
	default:
		c.value = c.kept.Encode()
	}
}

// take returns the partition's share of the next transaction, and gives the partition empty buffers. Nothing
// else of a commit holds up callbacks.
func (p *partition) take() share {
	p.mu.Lock()
	defer p.mu.Unlock()

	t := share{
		p:       p,
		rows:    make([]*change, 0, len(p.dirty)),
		cells:   p.takeCells(),
		queues:  p.queued,
		legacy:  p.legacy,
		outputs: p.outputs,
		after:   p.after,
		next:    maps.Clone(p.next),
	}
	if len(t.cells) > 0 {
		t.census = maps.Clone(p.census)
	}

	for key, row := range p.dirty {
		t.rows = append(t.rows, &change{key: key, row: row})
	}

	// Before the first cell ever: a version before this one must not pass it over.
	if len(t.cells) > 0 && !p.marked && !testhook.IsOff(testhook.Marker) {
		t.rows = append(t.rows, &change{key: stage.MarkerKey, row: &stage.Row{Time: time.Now()}})
		p.marked = true
	}

	clear(p.dirty)
	p.queued, p.legacy = map[string]*stage.Row{}, nil
	p.outputs, p.after = nil, nil
	p.in.backlog.take(&p.backlog)

	return t
}

// size is how many records the share has.
func (t *share) size() int { return len(t.rows) + len(t.cells) + len(t.outputs) }

// takeCells returns the cells that have changed. Those that begin to wait have the attempts of their
// queue, if they are its head.
func (p *partition) takeCells() []*cellChange {
	if len(p.cells)+len(p.heads) == 0 {
		return nil
	}

	changes := make([]*cellChange, 0, len(p.cells)+len(p.heads))
	for id, c := range p.cells {
		change := &cellChange{id: id, gone: c.request == nil}
		if c.request != nil {
			change.kept = stage.Kept{Request: c.request}
			if q := p.rows[id.key].Queue(id.op); q.First == id.seq {
				change.kept.Asked, change.kept.Reasks, change.kept.Cause = q.Asked, q.Reasks, q.Cause
			}
		}

		changes = append(changes, change)
	}

	for id := range p.heads {
		change := &cellChange{id: cellID{key: id.key, op: id.op}, isHead: true, gone: true}
		if q := p.rows[id.key].Queue(id.op); !q.IsEmpty() {
			change.gone, change.head = false, &attempts{q.First, q.Asked, q.Reasks, q.Cause}
		}

		changes = append(changes, change)
	}

	if !testhook.IsOff(testhook.Committing) {
		p.committing = p.cells
	}
	p.cells = map[cellID]waitingCell{}
	p.committingHeads, p.heads = p.heads, map[headID]bool{}

	return changes
}

// flush brings what is committed to the store. Then it drops from the cache what the store has, including
// rows that were only read.
func (t *share) flush(cached int, committed time.Time) error {
	if t.p.store == nil {
		return nil
	}

	if err := t.write(committed); err != nil {
		return err
	}
	t.p.flushed(cached)
	return nil
}

// completeEvery is how often a store is told that it is complete.
const completeEvery = time.Minute

// write stores what has changed in one batch, with the offsets of the last records. committed is a time at
// which this worker owned the partition for certain, so all that was written until then is in the store.
func (t *share) write(committed time.Time) error {
	records := make([]store.Record, 0, len(t.rows)+len(t.cells)+len(t.queues)+3)
	put := func(key string, value []byte) { records = append(records, store.Record{Key: key, Value: value}) }

	offset := int64(-1)
	for _, r := range t.rows {
		offset = max(offset, r.offset)
		if r.key == stage.MarkerKey {
			put(metaMarked, number(1))
		} else {
			put(rowSpace+r.key, r.row.Pack())
		}
	}

	cells := int64(-1)
	for _, c := range t.cells {
		cells = max(cells, c.offset)
		if !c.isHead {
			put(c.id.stored(), c.value)
		}
	}

	for key, row := range t.queues {
		put(queueSpace+key, stage.PackQueues(row.Queues))
	}

	for _, key := range t.legacy {
		put(legacySpace+key, nil)
	}

	if cells >= 0 && !testhook.IsOff(testhook.CellsBatch) {
		put(metaCells, number(cells))
		put(metaWaiting, t.census.encode())
	}

	if committed.Sub(t.p.complete) >= completeEvery {
		t.p.complete = committed
		put(metaComplete, number(committed.UnixMilli()))
	}

	if len(records) == 0 {
		return nil
	}
	return t.p.store.Flush(records, offset)
}
