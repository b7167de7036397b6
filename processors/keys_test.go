package processors

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/internal/stage"
	"github.com/slipstream-go/slipstream/internal/store"
)

// counted is a store that counts the rows that it is read, and closes after some.
type counted struct {
	store.Store
	rows   int
	closes int // after so many rows; 0: never
}

func (c *counted) Scan(prefix, after string, f func(string, []byte) bool) error {
	if c.closes > 0 && c.rows >= c.closes {
		return store.ErrClosed
	}
	return c.Store.Scan(prefix, after, func(key string, value []byte) bool {
		c.rows++
		return f(key, value)
	})
}

// partitions deals n rows to three stores, and returns their keys in order.
func partitions(t *testing.T, n int) (stores []store.Store, keys []string) {
	t.Helper()

	rows := make([][]store.Record, 3)
	for i := range n {
		key := fmt.Sprintf("%c%05d", "ab"[i%2], i)
		keys = append(keys, key)
		rows[i%7%3] = append(rows[i%7%3], store.Record{Key: rowSpace + key,
			Value: (&stage.Row{Version: 1, Bytes: []byte("1")}).Pack()})
	}

	for _, r := range rows {
		s := store.Memory()
		if err := s.Flush(r, 0); err != nil {
			t.Fatal(err)
		}
		stores = append(stores, &counted{Store: s})
	}
	slices.Sort(keys)

	return stores, keys
}

func take(t *testing.T, seq iter.Seq2[string, error], n int) (keys []string) {
	t.Helper()

	for k, err := range seq {
		if err != nil {
			t.Fatal(err)
		}

		if keys = append(keys, k); len(keys) == n {
			break
		}
	}

	return keys
}

// Around a stretch's end, with stores that end early, from any place on: the keys are those of one table, in
// order.
func TestKeysOfSeveralPartitions(t *testing.T) {
	for _, n := range []int{0, 1, stretch, 3 * stretch, 3*stretch + 1, 1000} {
		stores, all := partitions(t, n)
		for _, after := range []string{"", "a", "a00064", "a00064x", "b", "b99999"} {
			for _, prefix := range []string{"", "a", "b000", "c"} {
				want := slices.DeleteFunc(slices.Clone(all), func(k string) bool { return k <= after || !strings.HasPrefix(k, prefix) })
				if got := take(t, merged(stores, prefix, after), -1); !slices.Equal(got, want) {
					t.Errorf("%d rows, prefix %q after %q: %d keys %q, want %d", n, prefix, after, len(got),
						got, len(want))
				}
			}
		}
	}
}

// A page costs a stretch of each partition, wherever it is, and not the table.
func TestKeysReadNoFurtherThanAsked(t *testing.T) {
	stores, all := partitions(t, 30_000)
	if got := take(t, merged(stores, "", all[20_000]), 10); !slices.Equal(got, all[20_001:20_011]) {
		t.Errorf("the page is %q", got)
	}

	for i, s := range stores {
		if n := s.(*counted).rows; n > stretch {
			t.Errorf("partition %d: %d rows were read", i, n)
		}
	}
}

// Keys that only keep events waiting are not in the table.
func TestKeysWithoutValue(t *testing.T) {
	s := store.Memory()

	rows := []store.Record{{Key: rowSpace + "z", Value: (&stage.Row{Version: 1, Bytes: []byte("1")}).Pack()}}
	for _, space := range []string{queueSpace, cellSpace, legacySpace, metaSpace} {
		rows = append(rows, store.Record{Key: space + "k", Value: []byte("1")})
	}

	if err := s.Flush(rows, 0); err != nil {
		t.Fatal(err)
	}

	if got := take(t, merged([]store.Store{s}, "", ""), -1); !slices.Equal(got, []string{"z"}) {
		t.Errorf("%q", got)
	}
}

// A partition that moves away ends the listing with an error, as the last thing: half a table does not look
// like a whole one.
func TestKeysOfAPartitionThatMovesAway(t *testing.T) {
	stores, all := partitions(t, 1000)
	stores[1].(*counted).closes = 1
	var last error
	n := 0
	for _, err := range merged(stores, "", "") {
		if last != nil {
			t.Fatal("something came after the error")
		}

		if last = err; err == nil {
			n++
		}
	}

	if !errors.Is(last, store.ErrClosed) || n == 0 || n == len(all) {
		t.Errorf("%d of %d keys, then %v", n, len(all), last)
	}
}
