package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/internal/store"
)

// Model does the given number of random steps with an empty store and with a
// map, and fails where they differ. A seed gives the same steps each time.
func Model(t *testing.T, s store.Store, seed uint64, steps int) {
	m := &model{rand.New(rand.NewPCG(seed, 0)), map[string]string{}, -1}
	for i := range steps {
		m.step(t, s)

		if t.Failed() {
			t.Fatalf("seed %d, step %d", seed, i)
		}
	}
	m.compare(t, s, "", "")
}

// Reopen runs a model over a store that is closed and opened again at random
// places, for stores that outlive their process. open opens the store in dir.
func Reopen(t *testing.T, open func(dir string) (store.Store, error)) {
	dir := t.TempDir()
	m := &model{rand.New(rand.NewPCG(2, 0)), map[string]string{}, -1}
	for range 20 {
		s, err := open(dir)
		if err != nil {
			t.Fatal(err)
		}
		m.compare(t, s, "", "")

		for range m.rnd.IntN(40) {
			m.step(t, s)
		}
		check(t, s.Close())
	}
}

type model struct {
	rnd    *rand.Rand
	rows   map[string]string
	offset int64
}

func (m *model) step(t *testing.T, s store.Store) {
	switch m.rnd.IntN(4) {
	case 0:
		m.compare(t, s, m.key(2), m.key(4))
	case 1:
		m.get(t, s, m.key(4))
	default:
		m.flush(t, s)
	}
}

func (m *model) flush(t *testing.T, s store.Store) {
	rs := make([]store.Record, m.rnd.IntN(8))
	for i := range rs {
		rs[i].Key = m.key(4)
		delete(m.rows, rs[i].Key)

		if m.rnd.IntN(3) > 0 {
			v := strings.Repeat("v", m.rnd.IntN(300)) + fmt.Sprint(m.offset)
			rs[i].Value, m.rows[rs[i].Key] = []byte(v), v
		}
	}
	offset := m.offset + m.rnd.Int64N(10) - 3
	m.offset = max(m.offset, offset)
	flush(t, s, offset, rs...)
}

func (m *model) get(t *testing.T, s store.Store, key string) {
	if want, ok := m.rows[key]; ok {
		present(t, s, key, want)
	} else {
		absent(t, s, key)
	}
}

// compare checks a whole scan, and with it the offset.
func (m *model) compare(t *testing.T, s store.Store, prefix, after string) {
	var want, got []string
	for _, k := range slices.Sorted(maps.Keys(m.rows)) {
		if strings.HasPrefix(k, prefix) && (after == "" || k > after) {
			want = append(want, k+"="+m.rows[k])
		}
	}
	check(t, s.Scan(prefix, after, func(k string, v []byte) bool {
		got = append(got, k+"="+string(v))
		return true
	}))

	if !slices.Equal(got, want) {
		t.Errorf("Scan(%q, %q) gave\n%q, want\n%q", prefix, after, got, want)
	}
	wantOffset(t, s, m.offset)
}

// key is a short word of few letters, at most n, so that keys meet and are prefixes of one another.
func (m *model) key(n int) string {
	b := make([]byte, m.rnd.IntN(n+1))
	for i := range b {
		b[i] = "\x00ab\xff"[m.rnd.IntN(4)]
	}
	return string(b)
}
