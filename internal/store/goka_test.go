package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/slipstream-go/slipstream/internal/store"
)

// crashing is a store whose process dies after some flushes.
type crashing struct {
	store.Store
	flushes int // that succeed
	rows    int // the most in one of them
}

var errCrash = errors.New("crash")

func (c *crashing) Flush(rows []store.Record, offset int64) error {
	if c.flushes--; c.flushes < 0 {
		return errCrash
	}
	c.rows = max(c.rows, len(rows))
	return c.Store.Flush(rows, offset)
}

func (c *crashing) Close() error { return nil }

// change is one changelog record; its place in the log is its offset.
type change struct{ key, value string } // value "": deleted

func changelog(n, keys int) (log []change) {
	rnd := rand.New(rand.NewPCG(3, 0))
	for i := range n {
		c := change{fmt.Sprint("k", rnd.IntN(keys)), fmt.Sprint("v", i)}
		if rnd.IntN(5) == 0 {
			c.value = ""
		}

		log = append(log, c)
	}

	return log
}

// rowsOf are the rows that the first n records make.
func rowsOf(log []change, n int64) map[string]string {
	rows := map[string]string{}
	for _, c := range log[:n] {
		if rows[c.key] = c.value; c.value == "" {
			delete(rows, c.key)
		}
	}
	return rows
}

// replay does as goka does: from the record after the stored offset to the end.
func replay(s store.Store, log []change) error {
	g := store.Goka(s)
	defer g.Close()

	from, err := g.GetOffset(-3)
	if err != nil {
		return err
	}

	for o := max(from+1, 0); o < int64(len(log)); o++ {
		if c := log[o]; c.value == "" {
			err = g.Delete(c.key)
		} else {
			err = g.Set(c.key, []byte(c.value))
		}

		if err = errors.Join(err, g.SetOffset(o)); err != nil {
			return err
		}
	}

	return g.MarkRecovered()
}

// However often recovery is cut short, the rows on disk are those of the stored offset, and in the end of
// all.
func TestGokaRecovery(t *testing.T) {
	log := changelog(20_000, 3_000)
	disk := open(t, t.TempDir())
	for crashes := 0; ; crashes++ {
		c := &crashing{Store: disk, flushes: 1}
		err := replay(c, log)
		wantRows(t, disk, rowsOf(log, disk.Offset()+1))

		if c.rows > 1000 {
			t.Errorf("%d rows in one batch", c.rows)
		}

		if err == nil {
			if crashes < 5 || disk.Offset() != int64(len(log)-1) {
				t.Errorf("recovered to offset %d after %d crashes", disk.Offset(), crashes)
			}
			return
		}

		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
	}
}

func wantRows(t *testing.T, s store.Store, want map[string]string) {
	t.Helper()

	n := 0
	err := s.Scan("", "", func(k string, v []byte) bool {
		if n++; want[k] != string(v) {
			t.Errorf("offset %d: %s is %q, want %q", s.Offset(), k, v, want[k])
		}
		return !t.Failed()
	})
	if err != nil || n != len(want) {
		t.Errorf("offset %d: %d rows (%v), want %d", s.Offset(), n, err, len(want))
	}
}

func TestGokaHeldRowsAreRead(t *testing.T) {
	s := store.Memory()
	g := store.Goka(s)
	must(t, g.Set("a", []byte("1")), g.SetOffset(0), g.Delete("b"))

	for key, want := range map[string]string{"a": "1", "b": "", "c": ""} {
		v, err := g.Get(key)
		has, _ := g.Has(key)
		if err != nil || string(v) != want || (v != nil) != (want != "") || has != (want != "") {
			t.Errorf("%s is %q, %t, %v before the flush", key, v, has, err)
		}
	}

	if s.Offset() != -1 {
		t.Error("flushed before the batch was full")
	}
}

func TestGokaAfterRecovery(t *testing.T) {
	s := store.Memory()

	g := store.Goka(s)
	if o, err := g.GetOffset(-3); o != -3 || err != nil {
		t.Errorf("offset of an empty store: %d, %v, want the default", o, err)
	}
	must(t, g.Open(), g.MarkRecovered())

	if s.Offset() != -1 {
		t.Errorf("recovering nothing stored offset %d", s.Offset())
	}
	must(t, g.Set("a", []byte("1")), g.SetOffset(5))
	wantRows(t, s, map[string]string{"a": "1"})
	must(t, g.SetOffset(3))

	if o, _ := g.GetOffset(-3); o != 5 || s.Offset() != 5 {
		t.Errorf("offset is %d, in the store %d, want 5", o, s.Offset())
	}
}

func TestGokaRefuses(t *testing.T) {
	g := store.Goka(store.Memory())
	if _, err := g.Iterator(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Iterator: %v", err)
	}

	if err := g.Set("a", nil); err == nil {
		t.Error("a nil value was set")
	}
	must(t, g.Set("a", []byte("1")), g.Close(), g.Close())

	if _, err := g.Get("b"); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Get after Close: %v", err)
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()

	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
