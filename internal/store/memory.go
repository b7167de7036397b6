package store

import (
	"bytes"
	"strings"
	"sync"

	"github.com/tidwall/btree"
)

// memory is a Store that ends with its process.
type memory struct {
	gate
	mu     sync.RWMutex // guards rows and offset
	rows   *btree.Map[string, []byte]
	offset int64
}

// Memory returns an empty [Store] that keeps its rows in memory: for tests, and for tables small enough to be
// recovered from the changelog at each start.
func Memory() Store {
	return &memory{rows: btree.NewMap[string, []byte](0), offset: -1}
}

func (m *memory) Get(key string) ([]byte, error) {
	if err := m.enter(); err != nil {
		return nil, err
	}
	defer m.leave()

	m.mu.RLock()
	defer m.mu.RUnlock()

	v, _ := m.rows.Get(key)

	return bytes.Clone(v), nil // Clone keeps nil and empty apart
}

func (m *memory) Flush(rows []Record, offset int64) error {
	if err := m.enter(); err != nil {
		return err
	}
	defer m.leave()

	m.mu.Lock()
	defer m.mu.Unlock()

	for _, r := range rows {
		if r.Value == nil {
			m.rows.Delete(r.Key)
		} else {
			m.rows.Set(r.Key, bytes.Clone(r.Value))
		}
	}
	m.offset = max(m.offset, offset)

	return nil
}

func (m *memory) Offset() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.offset
}

func (m *memory) Scan(prefix, after string, f func(string, []byte) bool) error {
	if err := m.enter(); err != nil {
		return err
	}
	defer m.leave()

	var err error
	m.snapshot().Ascend(max(prefix, after), func(key string, value []byte) bool {
		switch {
		case after != "" && key == after:
			return true
		case !strings.HasPrefix(key, prefix):
			return false
		case m.closing():
			err = ErrClosed
			return false
		}

		return f(key, value)
	})

	return err
}

// snapshot returns a copy that stays as it is while the writer goes on. Nodes are copied when they are
// written, so it is cheap, however many rows there are. Taking one changes the original's bookkeeping, hence
// the exclusive lock.
func (m *memory) snapshot() *btree.Map[string, []byte] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows.Copy()
}

func (m *memory) Close() error {
	m.close()
	return nil
}
