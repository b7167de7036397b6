package topologytest

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/slipstream-go/slipstream/internal/stage"
)

// memoryCopies are the copies of tables that lookups and operators read. They follow at once, or, when what
// has no order is shuffled, some time later: each table's in the order of its changes.
type memoryCopies struct {
	late     bool
	behind   map[string][]change     // by table: not followed yet; only the engine's goroutine
	followed func(table, key string) // is told of each change that is visible

	mu   sync.RWMutex // calls read, too
	rows map[string]map[string]*stage.Row
}

type change struct {
	key string
	row *stage.Row
}

func newCopies(p []*memoryStage, late bool) *memoryCopies {
	c := &memoryCopies{late: late, behind: map[string][]change{}, rows: map[string]map[string]*stage.Row{}}
	for _, s := range p {
		c.rows[s.s.Table] = map[string]*stage.Row{}
	}
	return c
}

// changed takes over a committed row, now or later.
func (c *memoryCopies) changed(table, key string, row *stage.Row) {
	c.behind[table] = append(c.behind[table], change{key, row})
	if !c.late {
		c.follow(table)
	}
}

// lagging are the tables with changes that have not been followed.
func (c *memoryCopies) lagging() []string { return slices.Sorted(maps.Keys(c.behind)) }

// follow makes the oldest change of a table visible.
func (c *memoryCopies) follow(table string) {
	next := c.behind[table][0]
	if c.behind[table] = c.behind[table][1:]; len(c.behind[table]) == 0 {
		delete(c.behind, table)
	}
	c.mu.Lock()
	c.rows[table][next.key] = next.row
	if next.row.Bytes == nil {
		delete(c.rows[table], next.key)
	}
	c.mu.Unlock()

	c.followed(table, next.key)
}

// Lookup implements stage.Copies.
func (c *memoryCopies) Lookup(table, key string) ([]byte, int64, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()

	if r := c.rows[table][key]; r != nil {
		return r.Bytes, r.Version, nil
	}
	return nil, 0, nil
}

// Scan implements stage.Copies.
func (c *memoryCopies) Scan(table, prefix string, f func(string, []byte, int64) bool) error {
	for _, key := range c.keys(table) {
		if !strings.HasPrefix(key, prefix) {
			continue
		}

		if b, version, _ := c.Lookup(table, key); b != nil && !f(key, b, version) {
			return nil
		}
	}

	return nil
}

func (c *memoryCopies) keys(table string) []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Sorted(maps.Keys(c.rows[table]))
}
