package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/internal/store"
	"github.com/slipstream-go/slipstream/internal/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Conformance(t, func(*testing.T) store.Store { return store.Memory() })
}

func TestPebble(t *testing.T) {
	storetest.Conformance(t, func(t *testing.T) store.Store { return open(t, t.TempDir()) })
}

func TestPebbleReopen(t *testing.T) { storetest.Reopen(t, store.OpenPebble) }

func open(t *testing.T, dir string) store.Store {
	t.Helper()

	s, err := store.OpenPebble(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestPebbleInUse(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)

	_, err := store.OpenPebble(dir)
	if corrupt := new(store.CorruptError); err == nil || errors.As(err, &corrupt) ||
		!strings.Contains(err.Error(), dir) {
		t.Errorf("a second open: %v, want an error that names %s and is no CorruptError", err, dir)
	}
}

// grown makes a store with tables and logs on disk: more than its memory table holds.
func grown(t *testing.T, dir string) {
	t.Helper()

	s := open(t, dir)
	for i := range 60 {
		var rs []store.Record
		for k := range 50 {
			rs = append(rs, store.Record{Key: fmt.Sprintf("%04d-%04d", i, k), Value: noise(i*50+k, 2000)})
		}

		if err := s.Flush(rs, int64(i)); err != nil {
			t.Fatal(err)
		}
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// noise does not compress.
func noise(seed, n int) []byte {
	b, x := make([]byte, n), uint32(seed)*2654435761+1
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// prefix fails unless the store is damaged, and says so, or holds what was
// flushed up to its offset: never rows missing under an offset that covers them.
func prefix(t *testing.T, dir, what string) (damaged bool) {
	t.Helper()

	s, err := store.OpenPebble(dir)
	rows := int64(0)
	if err == nil {
		defer s.Close()
		err = s.Scan("", "", func(string, []byte) bool { rows++; return true })
	}

	if corrupt := new(store.CorruptError); errors.As(err, &corrupt) {
		return true
	}

	if err != nil {
		t.Errorf("%s: %v, want a CorruptError", what, err)
	} else if want := (s.Offset() + 1) * 50; rows != want {
		t.Errorf("%s: %d rows under offset %d, want %d", what, rows, s.Offset(), want)
	}

	return false
}

func TestPebbleHalfDeleted(t *testing.T) {
	damaged := 0
	each(t, func(dir, file string) {
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}

		if prefix(t, dir, "without "+file) {
			damaged++
		}
	})

	if damaged == 0 {
		t.Error("no missing file was noticed")
	}
}

func TestPebbleDamaged(t *testing.T) {
	damaged := 0
	each(t, func(dir, file string) {
		overwrite(t, filepath.Join(dir, file))

		if prefix(t, dir, "damaged "+file) {
			damaged++
		}
	})

	if damaged == 0 {
		t.Error("no damage was noticed")
	}
}

// overwrite damages the middle of a file.
func overwrite(t *testing.T, path string) {
	t.Helper()

	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(b[len(b)/2:], bytes.Repeat([]byte{0xa5}, 64))

	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Damage found once, by whomever, ends the store: it would only spread.
func TestPebbleDamageSticks(t *testing.T) {
	found := false
	each(t, func(dir, file string) {
		if filepath.Ext(file) != ".sst" {
			return
		}
		overwrite(t, filepath.Join(dir, file))

		s := open(t, dir)
		corrupt := new(store.CorruptError)
		if err := s.Scan("", "", func(string, []byte) bool { return true }); !errors.As(err, &corrupt) {
			return // the damage hit what a scan does not read
		}
		found = true

		if err := s.Flush(nil, 100); !errors.As(err, &corrupt) || corrupt.Dir != dir {
			t.Errorf("%s: Flush after damage was read: %v", file, err)
		}
	})

	if !found {
		t.Error("no scan noticed damage")
	}
}

// A store whose damage was found while it was read is empty when it is opened again. With the old one, the
// damage would only be found again.
func TestPebbleDamageIsWiped(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s := open(t, dir)
	if err := s.Flush([]store.Record{{Key: "k", Value: []byte("row")}}, 3); err != nil {
		t.Fatal(err)
	}

	corrupt := new(store.CorruptError)
	if err := store.Damaged(s, errors.New("a row can't be read")); !errors.As(err, &corrupt) {
		t.Errorf("%v is no CorruptError", err)
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir)
	if b, err := s.Get("k"); b != nil || err != nil || s.Offset() != -1 {
		t.Errorf("after the damage the store has %q at offset %d, %v", b, s.Offset(), err)
	}
}

// each calls f with a fresh copy of a grown store and the name of each of its files.
func each(t *testing.T, f func(dir, file string)) {
	t.Helper()
	whole := t.TempDir()
	grown(t, whole)

	files, err := os.ReadDir(whole)
	if err != nil {
		t.Fatal(err)
	}

	for _, file := range files {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		f(dir, file.Name())
	}
}

func TestWipe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	grown(t, dir)

	for range 2 { // a folder that is not there is wiped
		if err := store.Wipe(dir); err != nil {
			t.Fatal(err)
		}
	}

	if s := open(t, dir); s.Offset() != -1 {
		t.Errorf("a wiped store has offset %d", s.Offset())
	}
}
