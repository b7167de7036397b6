package processors

import (
	"maps"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// taken is a partition's share of one transaction. It belongs to the committer.
type taken struct {
	p       *partition
	rows    []*change
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

// take swaps the partition's buffers. Nothing else of a commit holds up callbacks.
func (p *partition) take() taken {
	p.mu.Lock()
	defer p.mu.Unlock()

	t := taken{
		p:       p,
		rows:    make([]*change, 0, len(p.dirty)),
		outputs: p.outputs,
		after:   p.after,
		next:    maps.Clone(p.next),
	}
	for key, row := range p.dirty {
		t.rows = append(t.rows, &change{key: key, row: row})
	}

	clear(p.dirty)
	p.outputs, p.after = nil, nil
	p.backlog.Store(0)
	p.rouse()

	return t
}

// flush brings committed rows to the store. Then it drops from the cache what the store has, rows that were
// only read among them.
func (t *taken) flush(cached int) error {
	if t.p.store == nil {
		return nil
	}

	if err := t.write(); err != nil {
		return err
	}
	t.p.evict(cached)
	return nil
}

// write stores the rows with the changelog offset of the last of them.
func (t *taken) write() error {
	if len(t.rows) == 0 {
		return nil
	}

	rows, offset := make([]store.Record, len(t.rows)), int64(-1)
	for i, r := range t.rows {
		rows[i] = store.Record{Key: r.key, Value: r.row.Pack()}
		offset = max(offset, r.offset)
	}

	return t.p.store.Flush(rows, offset)
}
