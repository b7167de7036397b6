// Package statetest holds what every [store.Store] must pass:
//
//	func TestMemory(t *testing.T) {
//		storetest.Conformance(t, func(*testing.T) store.Store { return store.Memory() })
//	}
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/slipstream-go/slipstream/internal/store"
)

// Conformance runs the suite. open returns a new, empty store each time; the suite closes it.
func Conformance(t *testing.T, open func(*testing.T) store.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"Empty", empty},
		{"Rows", rows},
		{"OneBatch", oneBatch},
		{"Offset", offset},
		{"Ownership", ownership},
		{"ScanOrder", scanOrder},
		{"ScanAfter", scanAfter},
		{"ScanSnapshot", scanSnapshot},
		{"ScanReenters", scanReenters},
		{"Concurrent", concurrent},
		{"Closed", closed},
		{"ClosedWhileScanning", closedWhileScanning},
		{"Model", func(t *testing.T, s store.Store) { Model(t, s, 1, 400) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			defer s.Close()
			c.test(t, s)
		})
	}
}

func empty(t *testing.T, s store.Store) {
	absent(t, s, "")
	absent(t, s, "k")
	wantOffset(t, s, -1)
	wantKeys(t, s, "", "")
}

func rows(t *testing.T, s store.Store) {
	flush(t, s, 0, store.Record{Key: "a", Value: []byte("1")}, store.Record{Key: "", Value: []byte("no key")})
	present(t, s, "a", "1")
	present(t, s, "", "no key")
	flush(t, s, 1, store.Record{Key: "a", Value: []byte{}})
	present(t, s, "a", "")
	flush(t, s, 2, store.Record{Key: "a"}, store.Record{Key: "never written"})
	absent(t, s, "a")
	wantKeys(t, s, "", "", "")
}

func oneBatch(t *testing.T, s store.Store) {
	flush(t, s, 7,
		store.Record{Key: "a", Value: []byte("1")},
		store.Record{Key: "b", Value: []byte("1")},
		store.Record{Key: "a"},
		store.Record{Key: "b", Value: []byte("2")})
	absent(t, s, "a")
	present(t, s, "b", "2")
}

func offset(t *testing.T, s store.Store) {
	for _, step := range []struct{ flushed, want int64 }{{-1, -1}, {0, 0}, {9, 9}, {4, 9}, {-1, 9},
		{10, 10}} {
		flush(t, s, step.flushed)
		wantOffset(t, s, step.want)
	}
}

func ownership(t *testing.T, s store.Store) {
	mine := []byte("value")
	flush(t, s, 0, store.Record{Key: "k", Value: mine})
	mine[0] = '!'
	present(t, s, "k", "value")
	got, err := s.Get("k")
	check(t, err)
	got[0] = '!'
	present(t, s, "k", "value")
}

func scanOrder(t *testing.T, s store.Store) {
	for i, k := range []string{"b", "a\xff", "a", "\xff", "", "ab", "\x00", "b\x00"} {
		flush(t, s, int64(i), store.Record{Key: k, Value: []byte(k)})
	}
	wantKeys(t, s, "", "", "", "\x00", "a", "ab", "a\xff", "b", "b\x00", "\xff")
	wantKeys(t, s, "a", "", "a", "ab", "a\xff")
	wantKeys(t, s, "\xff", "", "\xff")
	wantKeys(t, s, "c", "")
	var first []string
	check(t, s.Scan("", "", func(k string, v []byte) bool {
		first = append(first, k)
		return len(first) < 2
	}))

	if !slices.Equal(first, []string{"", "\x00"}) {
		t.Errorf("a scan stopped after two keys gave %q", first)
	}
}

func scanAfter(t *testing.T, s store.Store) {
	for i, k := range []string{"a", "p1", "p2", "p3", "q"} {
		flush(t, s, int64(i), store.Record{Key: k, Value: []byte(k)})
	}
	wantKeys(t, s, "p", "p1", "p2", "p3")
	wantKeys(t, s, "p", "p11", "p2", "p3") // after need not exist
	wantKeys(t, s, "p", "p3")
	wantKeys(t, s, "p", "a", "p1", "p2", "p3") // before the prefix
	wantKeys(t, s, "p", "q")                   // behind it
	wantKeys(t, s, "", "p3", "q")
}

// A scan shows the rows as they were when it began.
func scanSnapshot(t *testing.T, s store.Store) {
	flush(t, s, 0, numbered(0, 100, "old")...)
	n := 0
	check(t, s.Scan("", "", func(k string, v []byte) bool {
		if n++; n == 1 {
			flush(t, s, 1, append(numbered(50, 150, "new"), store.Record{Key: key(99)})...)
		}

		if string(v) != "old" {
			t.Errorf("%s is %q", k, v)
		}
		return true
	}))

	if n != 100 {
		t.Errorf("saw %d rows, want 100", n)
	}
	present(t, s, key(149), "new")
}

func scanReenters(t *testing.T, s store.Store) {
	flush(t, s, 0, numbered(0, 3, "v")...)
	check(t, s.Scan("", "", func(k string, v []byte) bool {
		present(t, s, k, "v")
		wantKeys(t, s, k, "", k)
		return true
	}))
}

// Readers beside the writer see whole batches: all rows of a batch have one value.
func concurrent(t *testing.T, s store.Store) {
	const batches = 200

	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					wantUniform(t, s)
				}
			}
		})
	}

	for i := range batches {
		flush(t, s, int64(i), numbered(0, 20, fmt.Sprint(i))...)
	}
	close(done)
	wg.Wait()
	present(t, s, key(19), fmt.Sprint(batches-1))
}

func wantUniform(t *testing.T, s store.Store) {
	seen := map[string]bool{}
	before := s.Offset()
	check(t, s.Scan("", "", func(_ string, v []byte) bool {
		seen[string(v)] = true
		return true
	}))

	if len(seen) > 1 {
		t.Errorf("half a batch was seen: %v", seen)
	}

	for v := range seen {
		var n int64
		if fmt.Sscan(v, &n); n < before {
			t.Errorf("offset %d was there before its rows (%d)", before, n)
		}
	}
}

func closed(t *testing.T, s store.Store) {
	flush(t, s, 0, store.Record{Key: "k", Value: []byte("v")})
	check(t, s.Close())
	check(t, s.Close())
	_, err := s.Get("k")
	wantClosed(t, "Get", err)
	wantClosed(t, "Flush", s.Flush(nil, 1))
	wantClosed(t, "Scan", s.Scan("", "", func(string, []byte) bool { return true }))
	wantOffset(t, s, 0)
}

// Close waits for calls under way, and a scan hears of it: a slow reader does not hold up a worker's stop.
func closedWhileScanning(t *testing.T, s store.Store) {
	flush(t, s, 0, numbered(0, 1000, "v")...)
	var closing sync.WaitGroup
	seen := 0
	err := s.Scan("", "", func(string, []byte) bool {
		if seen++; seen == 1 {
			closing.Go(func() { check(t, s.Close()) })

			for !errors.Is(s.Flush(nil, -1), store.ErrClosed) { // until Close has begun
			}
		}
		return true
	})
	wantClosed(t, "Scan", err)
	closing.Wait()

	if seen != 1 {
		t.Errorf("the scan went on for %d rows", seen)
	}
}

func key(i int) string { return fmt.Sprintf("key-%04d", i) }

func numbered(from, to int, value string) (rs []store.Record) {
	for i := from; i < to; i++ {
		rs = append(rs, store.Record{Key: key(i), Value: []byte(value)})
	}
	return rs
}

func flush(t *testing.T, s store.Store, offset int64, rs ...store.Record) {
	t.Helper()
	check(t, s.Flush(rs, offset))
}

func absent(t *testing.T, s store.Store, key string) {
	t.Helper()
	v, err := s.Get(key)
	check(t, err)

	if v != nil {
		t.Errorf("row %q is %q, want none", key, v)
	}
}

func present(t *testing.T, s store.Store, key, want string) {
	t.Helper()
	v, err := s.Get(key)
	check(t, err)

	if v == nil || string(v) != want {
		t.Errorf("row %q is %q (nil: %t), want %q", key, v, v == nil, want)
	}
}

func wantOffset(t *testing.T, s store.Store, want int64) {
	t.Helper()

	if got := s.Offset(); got != want {
		t.Errorf("offset is %d, want %d", got, want)
	}
}

func wantKeys(t *testing.T, s store.Store, prefix, after string, want ...string) {
	t.Helper()
	var got []string
	check(t, s.Scan(prefix, after, func(k string, _ []byte) bool {
		got = append(got, strings.Clone(k))
		return true
	}))

	if !slices.Equal(got, want) {
		t.Errorf("Scan(%q, %q) gave %q, want %q", prefix, after, got, want)
	}
}

func wantClosed(t *testing.T, call string, err error) {
	t.Helper()

	if !errors.Is(err, store.ErrClosed) {
		t.Errorf("%s on a closed store: %v, want ErrClosed", call, err)
	}
}

func check(t *testing.T, err error) {
	t.Helper()

	if err != nil {
		t.Error(err)
	}
}
