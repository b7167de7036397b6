package processors

import (
	"log/slog"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/internal/store"
)

// A store that was away for longer than its topic keeps deletions may have what was deleted meanwhile:
// nothing of it is trusted.
func TestAStoreThatWasAwayForTooLongIsWiped(t *testing.T) {
	for _, c := range []struct {
		name   string
		away   time.Duration
		cells  string
		wanted bool
	}{
		{"a moment", time.Minute, "", true},
		{"nearly half of what deletions last", 11 * time.Hour, "", true},
		{"over half of it", 13 * time.Hour, "", false},
		{"over half of what the deletions of cells last", 2 * time.Hour, "cells", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &Worker{
				c:   Config{Logger: slog.New(slog.DiscardHandler)},
				dir: t.TempDir(),
				topics: map[string]topicInfo{
					"rows":  {id: "a", deletesLast: 24 * time.Hour},
					"cells": {id: "b", deletesLast: 3 * time.Hour},
				},
			}

			st, err := w.openStore("tables", "rows", c.cells, 0)
			if err != nil {
				t.Fatal(err)
			}

			rows := []store.Record{{Key: rowSpace + "k", Value: []byte("1")},
				{Key: metaComplete, Value: number(time.Now().Add(-c.away).UnixMilli())}}
			if err := st.Flush(rows, 5); err != nil {
				t.Fatal(err)
			}

			if err := st.Close(); err != nil {
				t.Fatal(err)
			}

			st, err = w.openStore("tables", "rows", c.cells, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()

			b, err := st.Get(rowSpace + "k")
			if kept := b != nil && st.Offset() == 5; err != nil || kept != c.wanted {
				t.Errorf("kept: %v, want %v (%v)", kept, c.wanted, err)
			}
		})
	}
}

// What a store is told of its completeness is the time of the last commit, at most once a minute.
func TestCompletenessIsOfACommit(t *testing.T) {
	in, x := newTestSession(t, nil)
	before := time.Now().UnixMilli()

	if err := in.commit(x); err != nil {
		t.Fatal(err)
	}

	until, err := readNumber(in.stores[0], metaComplete, 0)
	if err != nil || until < before || until > time.Now().UnixMilli() {
		t.Errorf("complete until %d, committed after %d (%v)", until, before, err)
	}
}
